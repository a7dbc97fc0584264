"""Addresses in the one form in which they are compared."""

import pytest

from chassis.addresses import address_of, is_reserved
from chassis.mail_identity import no_reply_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("desk@homes.example", "desk@homes.example"),
        (" Desk@HOMES.example ", "desk@homes.example"),
        ("räume@Bücher.example", "räume@xn--bcher-kva.example"),
        ("desk@straße.example", "desk@xn--strae-oqa.example"),
        ("desk@XN--BCHER-KVA.example", "desk@xn--bcher-kva.example"),
        ("o'neil+lift@homes.example", "o'neil+lift@homes.example"),
        ("e\u0301@homes.example", "é@homes.example"),
        ("desk@homes.example.", "desk@homes.example"),
        ("desk@homes.example。", "desk@homes.example"),
        (f"{'x' * 200}@{'y' * 45}.example", f"{'x' * 200}@{'y' * 45}.example"),
    ],
)
def test_one_form_of_an_address(given, address):
    """Lower case, NFC, the domain in IDNA 2008; doing it again changes nothing."""
    assert address_of(given) == address
    assert address_of(address) == address


@pytest.mark.parametrize(
    "given",
    [
        "",
        "desk",
        "@homes.example",
        "desk@",
        "desk@homes..example",
        "desk@homes.example..",
        "desk@.",
        "desk@-homes.example",
        "a b@homes.example",
        "desk@homes.example\nbcc: x@y.example",
        "a@b@homes.example",
        "<desk@homes.example>",
        "desk@[127.0.0.1]",
        "desk\udcff@homes.example",
        "desk\x00@homes.example",
        "x" * 201 + "@homes.example",
        "desk@" + "x" * 70 + ".example",
        f"{'x' * 40}@{'ü' * 50}.{'ü' * 50}.{'ü' * 50}.{'ü' * 50}.example",
        f"{'x' * 200}@{'y' * 46}.example",
        "desk@homes.example>",
        *(f"desk{mark}other@homes.example" for mark in ' \t\u2003@<>()[],;:\\"\x00\x1f\x7f'),
    ],
)
def test_what_is_no_address(given):
    """It is refused, never mended."""
    with pytest.raises(ValueError, match=r".+"):
        address_of(given)


def test_reply_addresses_are_reserved_in_any_domain():
    """No mailbox may look like one, and nobody asks by one."""
    assert is_reserved("reply+abc@homes.example")
    assert is_reserved(no_reply_address("homes.example"))
    assert not is_reserved("replies@homes.example")
    assert not is_reserved("no-reply-yet@homes.example")
