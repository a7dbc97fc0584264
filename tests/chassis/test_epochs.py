"""Rights taken away, as a process learns of them that has not heard the fact itself."""

import pytest

from chassis.bus import epochs
from chassis.bus.epochs import FRESH_SECONDS, OVERLAP_SECONDS, Epochs
from chassis.errors import Unauthenticated
from chassis.testing import an_actor

#: What another process of the service has kept, so many seconds after it began to.
_LATE = (
    "INSERT INTO epochs (person_id, epoch, changed_at) "
    "VALUES (%(person_id)s, 2, now() - make_interval(secs => %(seconds)s)) RETURNING epoch"
)


def test_a_commit_that_came_late_is_found_by_the_other_processes(bare_database, monkeypatch):
    """Its instant is when the transaction began, which may lie before the last reading."""
    now = 1_000.0
    monkeypatch.setattr(epochs, "monotonic", lambda: now)
    ada, other = an_actor(epoch=1), Epochs(bare_database)
    other.check(ada)
    bare_database.read(_LATE, person_id=ada.person_id, seconds=OVERLAP_SECONDS - 5)
    now += FRESH_SECONDS
    other.check(ada)
    now += 0.01
    with pytest.raises(Unauthenticated) as refusal:
        other.check(ada)
    assert refusal.value.code == "stale"
    other.check(an_actor(person_id=ada.person_id, epoch=2))
