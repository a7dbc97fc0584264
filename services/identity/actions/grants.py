"""Rights that change: the epoch that makes older tokens stale, and the facts about people."""

from services.identity.contract import GrantsChanged, PersonChanged

_RAISE = """
WITH concerned AS (
    SELECT id FROM people WHERE id = ANY(%(people)s::uuid[]) ORDER BY id FOR NO KEY UPDATE
), raised AS (
    UPDATE people SET epoch = epoch + 1 FROM concerned WHERE people.id = concerned.id
    RETURNING people.id, people.epoch
)
INSERT INTO epochs (person_id, epoch) SELECT id, epoch FROM raised ORDER BY id
ON CONFLICT (person_id) DO UPDATE SET epoch = excluded.epoch, changed_at = now()
RETURNING person_id, epoch
"""
_END_SESSIONS = "DELETE FROM sessions WHERE person_id = %(person)s AND id IS DISTINCT FROM %(spared)s::uuid"


def raise_epochs(work, people):
    """Make every token of these people stale, here at once and everywhere by `GrantsChanged`.

    :param people: ids; locked in their order, so that two such changes cannot deadlock.
    """
    if not people:
        return
    for row in work.load(_RAISE, people=sorted(people)):
        work.tell(GrantsChanged, version=row.epoch, person_id=row.person_id, epoch=row.epoch)


def end_sessions(work, person_id, spared):
    """End all sessions of a person but the spared one; their tokens live on until the epoch is raised."""
    work.load(_END_SESSIONS, person=person_id, spared=spared)


def tell_person(work, person):
    """Tell a person as they are now.

    :param person: dict as `access.shown` gives it.
    """
    work.tell(
        PersonChanged,
        version=person["version"],
        person_id=person["id"],
        email=person["email"],
        name=person["name"],
        language=person["language"],
        roles=person["roles"],
        organisation_id=person["organisation_id"],
        active=person["active"],
        confirmed=person["confirmed"],
    )
