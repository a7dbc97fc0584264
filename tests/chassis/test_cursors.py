"""A cursor is what a list has answered, or refused in one sentence."""

from uuid import UUID

import pytest

from chassis import cursors
from chassis.errors import Invalid

ONE = UUID("0192a000-0000-7000-8000-000000000001")


def refusal_of(read):
    """Return the refusal that a reading comes to."""
    with pytest.raises(Invalid) as refused:
        read()
    return refused.value


def test_an_id_and_a_number_are_read():
    """As their lists write them."""
    assert cursors.id_in(str(ONE)) == ONE
    assert (cursors.number_in("0", 1), cursors.number_in("1234567", 7)) == (0, 1234567)


@pytest.mark.parametrize("cursor", ["", "x", "{}", "0192a000", "\ud800"])
def test_what_is_no_id_is_refused_by_its_field(cursor):
    """In the sentence that every list has."""
    refusal = refusal_of(lambda: cursors.id_in(cursor))
    assert (refusal.code, refusal.detail) == ("cursor_invalid", "Use a `next_cursor` that this list has answered.")
    assert refusal.context == {"fields": {"cursor": ["Not a cursor of this list."]}}


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.5", " 1", "\u0661", "12345678"])
def test_what_is_no_number_is_refused(cursor):
    """Signs, blanks, other digits, and more of them than the list writes."""
    assert refusal_of(lambda: cursors.number_in(cursor, 7)).code == "cursor_invalid"


@pytest.mark.parametrize("fault", [ValueError, TypeError, AttributeError, OverflowError, RecursionError])
def test_whatever_a_reading_fails_on_is_a_refusal(fault):
    """But for what is a fault of ours."""

    def fail(cursor):
        raise fault(cursor)

    assert refusal_of(lambda: cursors.place_in("x", fail)).code == "cursor_invalid"
    with pytest.raises(KeyError):
        cursors.place_in("x", lambda cursor: {}[cursor])
