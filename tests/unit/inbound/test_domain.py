"""What makes two mails one, what a form asks for."""

from datetime import timedelta

import pytest

from services.inbound.domain import (
    delivery_key,
    is_given_up,
    missing_fields,
    retry_horizon,
)

DAYS, HOUR = timedelta(days=6), timedelta(hours=1)


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
        (b"Message-ID\t:\r\n <a@b>\r\n\r\nx", DAYS),
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
