"""Telling everything of a kind again, for a service that has lost its copies or is new."""

from chassis.actors import require_all
from chassis.retelling import RETOLD_AT_ONCE, tell_again
from services.fieldwork.actions.service_types import tell_service_type
from services.fieldwork.queries import service_types_after

_KINDS = {"service_types": (service_types_after, tell_service_type)}


def retell(work, actor, *, kind, after_id, at_once=RETOLD_AT_ONCE):
    """Tell things of a kind again; return how many, and where to go on (`chassis.retelling.tell_again`).

    :param kind: one of `contract.words.RETOLD_KINDS`.
    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "people.write")
    return tell_again(work, _KINDS[kind], after_id, at_once)
