"""The opaque place in the list of interventions."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest

from chassis.errors import Invalid
from services.fieldwork.queries import read_cursor, write_cursor

PLACE = datetime(2026, 11, 16, 9, 0, tzinfo=UTC), UUID(int=7)


def test_a_cursor_names_the_place_it_was_written_for():
    """There and back."""
    assert read_cursor(write_cursor(SimpleNamespace(starts_at=PLACE[0], id=PLACE[1]))) == PLACE


@pytest.mark.parametrize("cursor", ["x", "é", "MjAyNg", "AAAA", "MjAyNi0xMS0xNlQwOTowMDowMCAxNw", "a" * 5])
def test_a_cursor_that_is_not_ours_is_refused(cursor):
    """With its field."""
    with pytest.raises(Invalid) as refusal:
        read_cursor(cursor)
    assert (refusal.value.code, list(refusal.value.context["fields"])) == ("cursor_invalid", ["cursor"])
