"""Telling everything of a kind again, for a service that has lost its copies or is new."""

from services.identity.access import require_all
from services.identity.actions.grants import tell_person
from services.identity.actions.places import tell_organisation, tell_site
from services.identity.actions.usergroups import tell_usergroup
from services.identity.models import Organisation, Person, Site, Usergroup
from services.identity.queries import after

#: Facts of one call; about a second of publishing.
RETOLD_AT_ONCE = 1000

_KINDS = {
    "people": (Person, tell_person),
    "usergroups": (Usergroup, tell_usergroup),
    "organisations": (Organisation, tell_organisation),
    "sites": (Site, tell_site),
}


def retell(work, actor, *, kind, after_id, at_once=RETOLD_AT_ONCE):
    """Tell things of a kind again at the version they have, so that newer copies stay as they are.

    :param kind: one of `contract.RETOLD_KINDS`.
    :param after_id: `next_cursor` of the call before, `None` to begin.
    :returns: `{"told", "next_cursor"}`; the cursor is `None` at the end.
    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "people.write")
    model, tell = _KINDS[kind]
    rows = after(work, model, after_id, at_once + 1)
    for row in rows[:at_once]:
        tell(work, row._asdict())
    more = len(rows) > at_once
    return {"told": len(rows[:at_once]), "next_cursor": rows[at_once - 1].id if more else None}
