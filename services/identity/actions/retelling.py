"""Telling everything of a kind again, for a service that has lost its copies or is new."""

from chassis.actors import require_all
from chassis.retelling import RETOLD_AT_ONCE, tell_again
from services.identity.actions.grants import tell_person
from services.identity.actions.places import tell_organisation, tell_site
from services.identity.actions.usergroups import tell_usergroup
from services.identity.models import Organisation, Person, Site, Usergroup
from services.identity.queries import after

_KINDS = {
    "people": (Person, tell_person),
    "usergroups": (Usergroup, tell_usergroup),
    "organisations": (Organisation, tell_organisation),
    "sites": (Site, tell_site),
}


def retell(work, actor, *, kind, after_id, at_once=RETOLD_AT_ONCE):
    """Tell things of a kind again at the version they have, so that newer copies stay as they are.

    :param kind: one of `contract.words.RETOLD_KINDS`.
    :param after_id: `next_cursor` of the call before, `None` to begin.
    :returns: `{"told", "next_cursor"}`; the cursor is `None` at the end.
    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "people.write")
    model, tell = _KINDS[kind]
    rows = after(work, model, after_id, at_once + 1)
    return tell_again(rows, lambda row: tell(work, row._asdict()), at_once)
