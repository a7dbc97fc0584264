"""Telling everything of a kind again, for a service that has lost its copies or is new."""

from chassis.actors import require_all
from chassis.retelling import RETOLD_AT_ONCE, tell_again
from services.fieldwork.actions.service_types import tell_service_type
from services.fieldwork.queries import service_types_after

_KINDS = {"service_types": (service_types_after, tell_service_type)}


def retell(work, actor, *, kind, after_id, at_once=RETOLD_AT_ONCE):
    """Tell things of a kind again at the version they have, so that newer copies stay as they are.

    :param kind: one of `contract.words.RETOLD_KINDS`.
    :param after_id: `next_cursor` of the call before, `None` to begin.
    :returns: `{"told", "next_cursor"}`; the cursor is `None` at the end.
    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "people.write")
    after, tell = _KINDS[kind]
    rows = after(work, after_id, at_once + 1)
    return tell_again(rows, lambda row: tell(work, row), at_once)
