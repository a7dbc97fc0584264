"""The history of tickets: one list of what happened in every service, with an audience for each line."""

from uuid import UUID

from services.tickets.models import HistoryLine


def record(work, ticket_id, kind, audience, *, at, doer=None, source="tickets", old=None, new=None):
    """Add a line.

    :param kind: name of the fact, or `TicketChanged`.
    :param audience: `all` (also whoever has a follow link), `participants`, or `agents`.
    :param at: when it happened.
    :param doer: `{"person_id", "name"}` of who did it, `None` for nobody.
    :param source: service in which it happened.
    :param old: fields before, JSON-ready.
    :param new: fields after, or particulars, JSON-ready.
    """
    person_id = doer and doer.get("person_id")
    work.add(
        HistoryLine(
            ticket_id=ticket_id,
            kind=kind,
            audience=audience,
            actor_id=UUID(str(person_id)) if person_id else None,
            actor_name=doer["name"] if doer else None,
            source=source,
            old=old,
            new=new,
            occurred_at=at,
        )
    )


def record_fact(work, ticket_id, fact, audience, /, **new):
    """Add the line of a fact of another service.

    :param fact: as heard.
    :param new: particulars; ids and instants may be typed.
    """
    particulars = {name: plain(value) for name, value in new.items() if value is not None}
    record(
        work,
        ticket_id,
        fact.name,
        audience,
        at=fact.occurred_at,
        doer=fact.actor,
        source=fact.source,
        new=particulars or None,
    )


def plain(value):
    """Return a value as JSON has it: ids and instants as text."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
