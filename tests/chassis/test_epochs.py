"""Rights taken away, as a process learns of them that has not heard the fact itself."""

import pytest

from chassis.bus import epochs
from chassis.bus.epochs import FRESH_SECONDS, OVERLAP_SECONDS, REMEMBERED_SECONDS, Epochs
from chassis.bus.facts import Letter
from chassis.bus.wire import JSON, Refused
from chassis.errors import Unauthenticated
from chassis.ids import new_id
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


def test_an_epoch_is_remembered_for_longer_than_any_token_and_then_forgotten(bare_database, monkeypatch):
    """Else a process would remember whoever has ever signed out."""
    now, ada = 1_000.0, an_actor(epoch=1)
    monkeypatch.setattr(epochs, "monotonic", lambda: now)
    known = Epochs(bare_database)
    bare_database.read(_LATE, person_id=ada.person_id, seconds=0)
    known.check(an_actor())
    # What the housekeeping of the tables does.
    bare_database.read("DELETE FROM epochs WHERE person_id = %(id)s RETURNING 1", id=ada.person_id)
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            known.check(ada)
        now += REMEMBERED_SECONDS - 1
    now += 5
    known.check(an_actor())
    now += REMEMBERED_SECONDS + 1
    known.check(ada)


@pytest.mark.parametrize("epoch", ["1e400", "9223372036854775808", '"x"', "null"])
def test_an_epoch_that_is_no_number_of_ours_is_refused(bare_database, epoch):
    """Also one that JSON takes for infinite."""
    person_id, event_id = new_id(), str(new_id())
    body = f'{{"person_id": "{person_id}", "epoch": {epoch}}}'.encode()
    letter = Letter("identity", "GrantsChanged", body, {"event_id": event_id, "content_type": JSON})
    with pytest.raises(Refused) as refused:
        Epochs(bare_database).hear(letter)
    assert refused.value.reason == "not what the contract declares"
    assert bare_database.read("SELECT 1 FROM epochs WHERE person_id = %(id)s", id=person_id) == []
