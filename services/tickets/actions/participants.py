"""Letting somebody read and answer along, and ending that."""

from chassis.actors import require
from chassis.errors import Conflict, Invalid
from services.tickets.access import may
from services.tickets.actions.participation import HOLD_ADDRESS, join, leave
from services.tickets.addresses import address_in
from services.tickets.contract import TicketParticipantsChanged
from services.tickets.contract.words import FOR_PARTICIPANTS
from services.tickets.domain import public_name
from services.tickets.history import record, shown
from services.tickets.locked import lock
from services.tickets.party import Party
from services.tickets.refusals import absent

_PERSON = (
    "SELECT p.person_id, p.email, p.name, p.language FROM people p WHERE p.active AND"
    " (p.person_id = %(person_id)s OR (p.email = %(email)s AND p.confirmed))"
)
#: Standings by which somebody takes part because they work on the ticket.
_WORKING = ("visit", "work_order")


def add_participant(work, actor, ticket_id, person_id, email, role):
    """Add a person, or an address without an account; return the participant as the contract shows it.

    :raises NotFound: `ticket_not_found`, `person_not_found`.
    :raises Forbidden: `not_allowed`.
    :raises Invalid: `participant_needs_one_address`; `input_invalid`, the address is none, or nobody's.
    :raises Conflict: `already_a_participant`.
    """
    email = email and address_in("email", email)
    work.send_ahead(HOLD_ADDRESS, email=email)
    ticket = lock(work, actor, ticket_id)
    require(may(actor, "tickets.edit", ticket))
    if (person_id is None) == (email is None):
        raise Invalid("participant_needs_one_address", "Give either person_id or email.")
    joining = _party(work, ticket, person_id, email, role)
    if not join(work, ticket, joining):
        raise Conflict("already_a_participant", "They take part in this ticket already.")
    _tell(work, ticket, actor, {"added": shown(joining)})
    return {**joining.as_fact(), "email": joining.email if ticket.internal else None}


def remove_participant(work, actor, ticket_id, participant_id):
    """Have somebody take part no more: they are told nothing further, and their links end.

    :raises NotFound: `ticket_not_found`, `participant_not_found`.
    :raises Forbidden: `not_allowed`.
    :raises Conflict: `participant_stays`, for the requester, the assignee and whoever works on it.
    """
    ticket = lock(work, actor, ticket_id)
    require(may(actor, "tickets.edit", ticket))
    leaving = ticket.participant(participant_id)
    if leaving is None:
        raise absent("participant")
    if _is_needed(ticket, leaving):
        raise Conflict(
            "participant_stays",
            "They asked for it, answer for it or work on it. Change the assignee, the intervention or the work order"
            " instead.",
        )
    leave(work, ticket, leaving)
    _tell(work, ticket, actor, {"removed": shown(leaving)})


def _is_needed(ticket, participant):
    is_assignee = ticket.assignee_id is not None and participant.person_id == ticket.assignee_id
    is_requester = participant.participant_id == ticket.requester_participant_id
    return is_requester or is_assignee or participant.standing in _WORKING


def _party(work, ticket, person_id, email, role):
    person = work.one(_PERSON, person_id=person_id, email=email)
    if person:
        return Party(**person._asdict(), role=role)
    if person_id:
        raise absent("person", "person_id")
    return Party(email=email, name=public_name("", email), language=ticket.language, role=role)


def _tell(work, ticket, actor, change):
    about = {"at": work.now, "doer": actor.as_fact(), "new": change}
    record(work, ticket.id, TicketParticipantsChanged, FOR_PARTICIPANTS, **about)
    ticket.tell_participants()
    ticket.write()
