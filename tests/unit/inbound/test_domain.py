"""Addresses, what makes two mails one, what a form asks for."""

from datetime import timedelta

import pytest

from chassis.mail_identity import no_reply_address
from services.inbound.domain import (
    address_of,
    delivery_key,
    is_given_up,
    is_reserved,
    missing_fields,
    retry_horizon,
)

DAYS, HOUR = timedelta(days=6), timedelta(hours=1)


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
        "desk,other@homes.example",
        "desk@homes.example>",
    ],
)
def test_what_is_no_address(given):
    """It is refused, never mended."""
    with pytest.raises(ValueError, match=r".+"):
        address_of(given)


def test_reply_addresses_are_reserved_in_any_domain():
    """No mailbox may look like one."""
    assert is_reserved("reply+abc@homes.example")
    assert is_reserved(no_reply_address("homes.example"))
    assert not is_reserved("replies@homes.example")
    assert not is_reserved("no-reply-yet@homes.example")


def test_a_delivery_is_a_mail_and_a_recipient():
    """Both decide, and nothing else."""
    key = delivery_key("a" * 64, "desk@homes.example")
    assert key == delivery_key("a" * 64, "desk@homes.example")
    assert key != delivery_key("a" * 64, "other@homes.example")
    assert key != delivery_key("b" * 64, "desk@homes.example")


@pytest.mark.parametrize(
    ("raw", "horizon"),
    [
        (b"Message-ID: <a@b>\r\n\r\nx", DAYS),
        (b"Subject: x\r\ndate : Mon\r\n\r\nx", DAYS),
        (b"Subject: x\r\n\r\nDate: Monday", HOUR),
        (b"Subject: x\n\nMessage-ID: y", HOUR),
        (b"X-Date: Mon\r\n\r\nx", HOUR),
        (b"", HOUR),
        (b"Subject: " + b"x" * 200_000 + b"\r\nDate: Mon\r\n\r\n", HOUR),
    ],
)
def test_how_long_a_repetition_is_the_same_mail(raw, horizon):
    """Only the header says what is unique."""
    assert retry_horizon(raw) == horizon


def test_what_a_form_asks_for():
    """Required fields must be there, others must be asked for."""
    asked = [{"name": "email", "required": True}, {"name": "name", "required": False}]
    assert missing_fields(asked, {"email": "a@b.example", "name": "", "site": None}) == {}
    assert missing_fields(asked, {"email": None, "name": "Rosa", "site": "1"}) == {
        "email": ["Missing data for required field."],
        "site": ["This form does not ask for it."],
    }


@pytest.mark.parametrize(
    ("tries", "stopped", "given_up"),
    [(0, "timeout", False), (0, "died", False), (1, "died", False), (1, "timeout", True), (2, "died", True)],
)
def test_when_a_mail_is_given_up(tries, stopped, given_up):
    """The first reading may be bad luck, a second time-out is not, nor is a third death."""
    assert is_given_up(tries, stopped) is given_up
