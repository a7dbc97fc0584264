"""No process takes more connections than it may open files."""

import resource

import pytest

from chassis import open_files

NO_LIMIT = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("limits", "room", "raised"),
    [
        ((20_000, 20_000), 1_000, []),
        ((NO_LIMIT, NO_LIMIT), 1_000, []),
        ((1_024, 1_048_576), 1_000, [(2_000, 1_048_576)]),
        ((1_024, NO_LIMIT), 1_000, [(2_000, NO_LIMIT)]),
        ((1_024, 1_024), 512, [(1_024, 1_024)]),
        ((256, 256), 128, [(256, 256)]),
    ],
)
def test_as_many_as_half_of_the_files_that_may_be_open(monkeypatch, limits, room, raised):
    """The limit is raised where that is allowed, and never lowered."""
    told = []
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda kind, given: told.append((kind, given)))
    assert open_files.room_for(1_000) == room
    assert told == [(resource.RLIMIT_NOFILE, given) for given in raised]
