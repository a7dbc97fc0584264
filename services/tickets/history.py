"""The history of tickets: one list of what happened in every service, with an audience for each line."""

from uuid import UUID

from services.tickets.contract.words import UNTOLD_KINDS
from services.tickets.models import HistoryLine


def record(work, ticket_id, kind, audience, *, at, doer=None, old=None, new=None):
    """Add a line.

    :param kind: `Event` class of the fact that tells it, or one of `contract.words.UNTOLD_KINDS`.
    :param audience: one of `contract.words.AUDIENCES`.
    :param at: when it happened.
    :param doer: `{"person_id", "name"}` of who did it, `None` for nobody.
    :param old: fields before, JSON-ready.
    :param new: fields after, or particulars, JSON-ready.
    """
    name = kind if kind in UNTOLD_KINDS else kind.__name__
    _add(work, ticket_id, name, audience, at=at, doer=doer, source="tickets", old=old, new=new)


def record_fact(work, ticket_id, fact, audience, /, **new):
    """Add the line of a fact of another service.

    :param fact: as heard.
    :param audience: one of `contract.words.AUDIENCES`.
    :param new: particulars; ids and instants may be typed.
    """
    particulars = {name: plain(value) for name, value in new.items() if value is not None}
    about = {"at": fact.occurred_at, "doer": fact.actor, "source": fact.source}
    _add(work, ticket_id, fact.name, audience, **about, new=particulars or None)


def _add(work, ticket_id, name, audience, *, at, doer, source, old=None, new=None):
    person_id = doer and doer.get("person_id")
    work.add(
        HistoryLine(
            ticket_id=ticket_id,
            kind=name,
            audience=audience,
            actor_id=UUID(str(person_id)) if person_id else None,
            actor_name=doer["name"] if doer else None,
            source=source,
            old=old,
            new=new,
            occurred_at=at,
        )
    )


def named(field, thing_id, name):
    """Return how a line shows what a field names: what has another name by now, or one with others, is told by its id.

    :param thing_id: `None`, as the name, where it names nothing.
    """
    return {field: name, f"{field}_id": plain(thing_id)}


def shown(party):
    """Return how a line shows who took part: of one who leaves nothing else is kept."""
    about = {name: getattr(party, name) for name in ("participant_id", "person_id", "name", "role")}
    return {name: plain(value) for name, value in about.items()}


def plain(value):
    """Return a value as JSON has it: ids and instants as text."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
