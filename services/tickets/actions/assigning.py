"""Who answers for a ticket."""

from chassis.errors import Invalid
from services.tickets.actions.moving import move
from services.tickets.actions.participation import join_as_assignee, leave_as_assignee
from services.tickets.contract import TicketAssigned
from services.tickets.contract.words import FOR_PARTICIPANTS
from services.tickets.domain import belongs_to_desk, can_serve
from services.tickets.history import named, record
from services.tickets.party import Party

CANDIDATE = (
    "SELECT p.person_id, p.name, p.email, p.language, p.roles, g.agents, g.supervisors FROM people p"
    " LEFT JOIN usergroups g ON g.usergroup_id = %(usergroup_id)s"
    " WHERE p.person_id = %(person_id)s AND p.active"
)


def candidate(work, ticket, person_id):
    """Return the copy of a person who can serve the ticket's usergroup, or `None`."""
    return candidate_of(work, ticket.usergroup_id, person_id)


def candidate_of(work, usergroup_id, person_id):
    """Return the copy of a person who can serve a usergroup, or what has none, or `None`."""
    person = work.one(CANDIDATE, person_id=person_id, usergroup_id=usergroup_id)
    if person and can_serve(person.person_id, person.roles, person.agents, person.supervisors):
        return person
    return None


def keeps_assignee(work, ticket, usergroup_id):
    """Whether a locked ticket could stay, in another usergroup, with whom a person chose to answer for it.

    Whoever cannot serve it where it is does not count: it is taken from them anyway.
    """
    chosen_id = ticket.assignee_chosen_at and ticket.assignee_id
    if not chosen_id or candidate_of(work, usergroup_id, chosen_id):
        return True
    return candidate(work, ticket, chosen_id) is None


def choose_assignee(work, ticket, person_id, doer):
    """Assign a ticket to whom a person chose, or to nobody.

    :raises Invalid: `assignee_cannot_serve`.
    """
    person = person_id and candidate(work, ticket, person_id)
    if person_id and person is None:
        raise Invalid(
            "assignee_cannot_serve",
            "Choose somebody of the ticket's usergroup, or an outside provider.",
            {"fields": {"assignee": ["Cannot serve this ticket."]}},
        )
    is_first_choice = ticket.assignee_chosen_at is None
    ticket.set(assignee_chosen_at=work.now)
    if person_id != ticket.assignee_id:
        assign(work, ticket, person, "person", doer)
    elif person and is_first_choice:
        # Whom routing had found is a person's choice now: dispatch is told to leave it alone, so the ticket is newer.
        ticket.set(assignee_id=person_id)
        _record(work, ticket, person, "person", doer)
        tell_assignee(work, ticket, "person")


def assign(work, ticket, person, by, doer=None, decision=None):
    """Have somebody answer for a locked ticket, or nobody; the caller writes the ticket.

    While they do, they take part; whoever did before does not any more, unless for another reason.

    :param person: copy of the person, or `None`.
    :param by: `person` or `routing`.
    :param decision: version of the decision of dispatch that is applied.
    """
    _record(work, ticket, person, by, doer)
    has_left = leave_as_assignee(work, ticket)
    ticket.set(assignee_id=person and person.person_id)
    if person:
        join_as_assignee(work, ticket, _as_assignee(person))
    tell_assignee(work, ticket, by, decision)
    if has_left:
        # Whoever keeps a list of participants would go on telling those who took part as the assignee.
        ticket.tell_participants()
    if person and ticket.status == "new":
        move(work, ticket, "open", "assigned", doer)


def relieve(work, ticket):
    """Take a locked ticket from whoever answers for it and could not be given it any more; the caller writes it.

    Dispatch is to find another: that a person had chosen them stands for nobody else.
    """
    unable_id = ticket.assignee_id
    _record(work, ticket, None, "routing", None, cause="cannot_serve")
    has_left = leave_as_assignee(work, ticket)
    ticket.set(assignee_id=None, assignee_chosen_at=None)
    tell_assignee(work, ticket, "routing", unable_id=unable_id)
    if has_left:
        ticket.tell_participants()


def tell_assignee(work, ticket, by, decision=None, unable_id=None):
    """Tell who answers for a ticket; the caller writes it, for the fact has its next version.

    :param unable_id: who does not, because they cannot serve it.
    """
    party = ticket.assignee_id and ticket.participant_of(ticket.assignee_id)
    assigned = {"assignee_id": ticket.assignee_id, "by": by, "decision": decision, "unable_id": unable_id}
    work.tell(TicketAssigned, **ticket.named, **assigned, assignee=party and party.as_fact(), assigned_at=work.now)


def _record(work, ticket, person, by, doer, **more):
    before = ticket.assignee_id and ticket.participant_of(ticket.assignee_id)
    old = before and named("assignee", ticket.assignee_id, before.name)
    new = {**named("assignee", person and person.person_id, person and person.name), "by": by, **more}
    record(work, ticket.id, TicketAssigned, FOR_PARTICIPANTS, at=work.now, doer=doer, old=old, new=new)


def _as_assignee(person):
    return Party(
        person_id=person.person_id,
        email=person.email,
        name=person.name,
        language=person.language,
        role="agent" if belongs_to_desk(person.roles) else "contractor",
        as_assignee=True,
    )
