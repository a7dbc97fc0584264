"""What callers have read is changed by its version, and only where something is different."""

from types import SimpleNamespace

import pytest

from chassis.errors import Stale
from chassis.versions import change_row, require_version


def a_row():
    return SimpleNamespace(version=3, name="Lift", active=True)


@pytest.mark.parametrize("read", [None, 3])
def test_the_present_version_or_none_may_be_changed(read):
    require_version(a_row(), read)


@pytest.mark.parametrize("read", [2, 4, 0])
def test_another_version_is_refused_with_the_present_one(read):
    with pytest.raises(Stale) as refusal:
        require_version(a_row(), read)
    assert (refusal.value.code, refusal.value.context) == ("version_stale", {"version": 3})


def test_a_difference_is_the_next_version():
    row = a_row()
    assert change_row(row, {"name": "Lift A", "active": True}) is True
    assert vars(row) == {"version": 4, "name": "Lift A", "active": True}


def test_what_is_the_same_is_no_change():
    row = a_row()
    assert change_row(row, {"name": "Lift"}) is False
    assert vars(row) == vars(a_row())
