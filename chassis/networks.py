"""The network of a caller: what is counted as one, whoever counts."""

from ipaddress import ip_address, ip_network
from typing import NamedTuple

#: Bits of an IPv6 address that a caller is given: a home often has all the networks behind them (RFC 6177).
SITE_BITS = 56


class Caller(NamedTuple):
    """Where a connection comes from.

    :param network: as text: an IPv4 address, or an IPv6 /56.
    :param is_here: it comes from this very host.
    :param is_public: its network is no private one.
    """

    network: str
    is_here: bool
    is_public: bool


def caller_at(address):
    """Return the `Caller` at a network address, `None` for what is not one.

    :param address: as text; an IPv4 address that a socket for both shows as IPv6 is the IPv4 address.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return None
    found = getattr(found, "ipv4_mapped", None) or found
    network = found if found.version == 4 else ip_network((found, SITE_BITS), strict=False)
    return Caller(str(network), found.is_loopback, found.is_global)


def counted_origin(address):
    """Return the network whose attempts are counted together, or `None` where they are not.

    Private and loopback addresses are not counted: behind them stands a proxy or an office, and one sinner would
    lock out all.

    :param address: network address as text; what is not one is not counted.
    """
    caller = caller_at(address)
    return caller.network if caller and caller.is_public else None
