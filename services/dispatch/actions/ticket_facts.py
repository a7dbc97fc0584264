"""What tickets tells about a ticket after its opening; each part is kept by its own version."""

from chassis.errors import NotYet
from services.dispatch.actions.assignment import assign_ticket
from services.dispatch.actions.deadlines import set_deadlines
from services.dispatch.actions.routing import persons_among
from services.dispatch.domain.assignment import UNABLE_PATIENCE
from services.dispatch.domain.deadlines import Move
from services.dispatch.ticket_rows import add_move, candidates_for, note_turn, save_ticket, ticket_of_fact


def record_status(work, fact):
    """Keep a ticket's move, and let its clocks stand or run.

    :param fact: `TicketStatusChanged`.
    """
    ticket = ticket_of_fact(work, fact)
    moved = fact.data
    add_move(work, ticket, Move(moved["to"], moved["changed_at"], fact.version, moved["from_"]))
    save_ticket(work, ticket)
    set_deadlines(work, ticket)


def record_priority(work, fact):
    """Keep a ticket's priority and count its deadlines by it.

    :param fact: `TicketPriorityChanged`.
    """
    ticket = ticket_of_fact(work, fact)
    if fact.version <= ticket.priority_version:
        return
    is_other = ticket.priority != fact.data["to"]
    ticket.priority, ticket.priority_version = fact.data["to"], fact.version
    save_ticket(work, ticket)
    if is_other:
        set_deadlines(work, ticket)


def record_usergroup(work, fact):
    """Keep a ticket's usergroup; another brings its own deadlines and, unless a person has said, an assignee.

    :param fact: `TicketUsergroupChanged`.
    """
    ticket = ticket_of_fact(work, fact)
    if fact.version <= ticket.usergroup_version:
        return
    is_other = ticket.usergroup_id != fact.data["usergroup_id"]
    ticket.usergroup_id, ticket.usergroup_version = fact.data["usergroup_id"], fact.version
    if is_other and not ticket.is_held_by_person:
        assign_ticket(work, ticket)
    save_ticket(work, ticket)
    if is_other:
        set_deadlines(work, ticket)


def record_assignee(work, fact):
    """Keep who works on a ticket; decide anew where nobody does because of what happened to the one before.

    That is where another usergroup took the ticket from whom a person had chosen, and where whoever had it cannot serve
    it any more. One change of a ticket may take it from somebody and give it to somebody else, under one version.

    :param fact: `TicketAssigned`.
    :raises NotYet: our copies say that whoever cannot serve it can.
    """
    ticket = ticket_of_fact(work, fact)
    assigned = fact.data
    is_taken = assigned["assignee_id"] is None
    if fact.version < ticket.assignee_version or (fact.version == ticket.assignee_version and is_taken):
        return
    was_held = ticket.is_held_by_person
    ticket.assignee_id, ticket.assigned_by = assigned["assignee_id"], assigned["by"]
    ticket.assignee_version = fact.version
    is_moved = was_held and is_taken and fact.version == ticket.usergroup_version
    if is_moved or (assigned["unable_id"] and _is_unable(work, ticket, fact)):
        assign_ticket(work, ticket)
    save_ticket(work, ticket)
    if assigned["by"] == "person" and assigned["assignee_id"] is not None:
        note_turn(work, assigned["assignee_id"], assigned["assigned_at"])


def _is_unable(work, ticket, fact):
    """Whether our copies, too, say of whoever cannot serve a ticket that they are no candidate.

    Of another usergroup that it has by now they may be one.

    :raises NotYet: they are, and the fact that says otherwise may be under way.
    """
    if ticket.usergroup_id is None or fact.version < ticket.usergroup_version:
        return True
    is_candidate = fact.data["unable_id"] in {one.person_id for one in candidates_for(work, ticket)}
    if is_candidate and work.now - fact.data["assigned_at"] < UNABLE_PATIENCE:
        raise NotYet(f"Nothing has been heard of why {fact.data['unable_id']} cannot serve ticket {ticket.id}.")
    return not is_candidate


def record_participants(work, fact):
    """Keep who takes part in a ticket.

    :param fact: `TicketParticipantsChanged`.
    """
    _keep_part(work, fact, "participants", participants=persons_among(fact.data["participants"]))


def record_site(work, fact):
    """Keep what place a ticket is about; work orders stay where their work was authorised.

    :param fact: `TicketSiteChanged`.
    """
    _keep_part(work, fact, "site", site_id=fact.data["site_id"])


def record_privacy(work, fact):
    """Keep from whom a ticket is hidden.

    :param fact: `TicketPrivacyChanged`.
    """
    _keep_part(work, fact, "private", private=fact.data["private"])


def _keep_part(work, fact, part, **columns):
    ticket = ticket_of_fact(work, fact)
    version = f"{part}_version"
    # What is told again has the ticket's version, as had the further lists of one change that earlier versions told.
    if fact.version >= getattr(ticket, version):
        vars(ticket).update(columns | {version: fact.version})
        save_ticket(work, ticket)


def record_message(work, fact):
    """Stop the first response clock: the staff has answered.

    :param fact: `MessageAdded` that is a first response.
    """
    ticket = ticket_of_fact(work, fact)
    written_at = fact.data["written_at"]
    if ticket.answered_at is None or written_at < ticket.answered_at:
        ticket.answered_at = written_at
        save_ticket(work, ticket)
        set_deadlines(work, ticket)
