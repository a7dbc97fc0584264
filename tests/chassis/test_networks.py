"""Whose addresses count as one caller's."""

import pytest

from chassis.networks import Caller, caller_at, counted_origin


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("8.8.8.8", Caller("8.8.8.8", is_here=False, is_public=True)),
        ("10.1.2.3", Caller("10.1.2.3", is_here=False, is_public=False)),
        ("127.0.0.1", Caller("127.0.0.1", is_here=True, is_public=False)),
        ("2001:4860:4860:1234:2:3:4:5", Caller("2001:4860:4860:1200::/56", is_here=False, is_public=True)),
        ("2001:4860:4860:1300::1", Caller("2001:4860:4860:1300::/56", is_here=False, is_public=True)),
        ("fe80::1%eth0", Caller("fe80::/56", is_here=False, is_public=False)),
        ("::1", Caller("::/56", is_here=True, is_public=False)),
        ("::ffff:8.8.8.8", Caller("8.8.8.8", is_here=False, is_public=True)),
        ("::ffff:127.0.0.1", Caller("127.0.0.1", is_here=True, is_public=False)),
        ("", None),
        ("unknown", None),
        ("8.8.8.8/24", None),
    ],
)
def test_the_network_of_one_caller(address, caller):
    """An IPv4 address by itself, of IPv6 the whole /56; what looks like IPv6 and is IPv4 is not all one network."""
    assert caller_at(address) == caller


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("2001:4860:4860:1234:2:3:4:5", "2001:4860:4860:1200::/56"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("::1", None),
        ("", None),
        ("unknown", None),
    ],
)
def test_only_public_networks_are_counted(address, counted):
    """Behind a private one stands a proxy or an office."""
    assert counted_origin(address) == counted
