"""CVE-2018-7194 (osTicket): by the format of its numbers the desk could be brought to open no more tickets.

Here a number is a year and the next of one sequence, there is no format to set, and neither a long serial nor what
is written in a ticket keeps the next one from opening.
"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.tickets import domain

#: As long as the column is wide; a desk that opens a thousand tickets a second gets there in three million years.
LAST = 10**17 - 1


@given(some.integers(1, LAST), some.integers(2026, 2099))
def test_unique_and_sortable_by_eye(serial, year):
    """Year and serial can be read back, however long the serial grows."""
    number = domain.number_of(serial, datetime(year, 12, 31, tzinfo=UTC))
    assert number[:3] == f"{year % 100:02d}-"
    assert int(number[3:]) == serial
    assert 9 <= len(number) <= 20


@pytest.mark.parametrize("serial", [999_999, 9_999_999, LAST - 1])
def test_no_length_is_the_end(desk, place, serial):
    """Two tickets in a row are opened, told, read and found by their numbers."""
    desk.work.flush()
    desk.work.load(f"ALTER SEQUENCE ticket_numbers RESTART {serial}")
    for number in (f"26-{serial}", f"26-{serial + 1}"):
        ticket = place.ticket()
        assert (ticket["number"], desk.told("TicketOpened")[-1]["number"]) == (number, number)
        found = desk.ask(place.admin, "list_tickets", q=number)["items"]
        assert [each["id"] for each in found] == [ticket["id"]]


@pytest.mark.parametrize("subject", ["26-000001", "#26-000001", "[#26-000001]", "%06d", "{serial}", "-1", "' || 1"])
def test_what_looks_like_a_number_is_none(place, subject):
    """The next one has the next."""
    first, second = place.ticket(subject=subject), place.ticket(subject=subject)
    assert int(second["number"][3:]) == int(first["number"][3:]) + 1
