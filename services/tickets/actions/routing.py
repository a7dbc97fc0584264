"""What dispatch decides: where a ticket belongs, who works on it, by when. A person's choice stands."""

from chassis.errors import NotYet
from services.dispatch.contract.words import DEADLINES
from services.tickets.actions.assigning import assign, candidate, keeps_assignee, tell_assignee
from services.tickets.actions.giving import (
    give_category,
    give_priority,
    give_usergroup,
    tell_priority,
    tell_usergroup,
)
from services.tickets.contract.words import FOR_AGENTS
from services.tickets.domain import TOO_EARLY
from services.tickets.history import named, record_fact
from services.tickets.locked import lock_for_fact

#: Version of a ticket whose opening is followed by its routing alone.
ROUTED_VERSION = 2

_CATEGORY = "SELECT id, name FROM categories WHERE id = %(id)s AND active"
_USERGROUP = "SELECT usergroup_id AS id, name, private_allowed, active FROM usergroups WHERE usergroup_id = %(id)s"


def apply_routing(work, fact):
    """Give a ticket the usergroup, category and priority that routing found, each unless a person set it.

    :raises NotYet: ticket or usergroup have not been heard of, or not that the assignee serves it.
    """
    found = fact.data
    ticket = lock_for_fact(work, found["ticket_id"])
    usergroup = _usergroup_found(work, ticket, found)
    is_kept = usergroup is not None and not _may_have(work, ticket, usergroup, found["routed_at"])
    rule = {**named("rule", found["rule_id"], found["rule_name"]), "rule_version": found["rule_version"]}
    refused = {**named("usergroup", usergroup.id, usergroup.name), "applied": False} if is_kept else {}
    record_fact(work, ticket.id, fact, FOR_AGENTS, reason=found["reason"], **rule, **refused)
    if is_kept:
        tell_usergroup(work, ticket)
    elif usergroup:
        give_usergroup(work, ticket, usergroup, None, chosen=False)
    category = _category_found(work, ticket, found)
    if category:
        give_category(work, ticket, category, None)
    if found["priority"] not in (None, ticket.priority):
        _apply_priority(work, ticket, found["priority"])
    ticket.set(routed_at=found["routed_at"])
    ticket.write()


def _usergroup_found(work, ticket, found):
    """Return the usergroup that routing would give a ticket, or `None` where it has that or a person has said."""
    if found["usergroup_id"] in (None, ticket.usergroup_id) or ticket.usergroup_chosen_at:
        return None
    usergroup = work.one(_USERGROUP, id=found["usergroup_id"])
    if usergroup is None:
        raise NotYet(f"usergroup {found['usergroup_id']}")
    return usergroup


def _category_found(work, ticket, found):
    """Return the category that routing would give a ticket, or `None` where it has that or a person has said.

    One that was closed meanwhile is none, nor is one that a usergroup names and that was never there.
    """
    if found["category_id"] in (None, ticket.category_id) or ticket.category_chosen_at:
        return None
    return work.one(_CATEGORY, id=found["category_id"])


def _may_have(work, ticket, usergroup, routed_at):
    """Whether a ticket may get a usergroup that routing found: only where what persons have said of it still holds.

    No ticket goes to a usergroup that was closed meanwhile, no private one to a usergroup without private tickets, and
    none that a person gave to somebody to a usergroup that they could not serve. It stays where it is then, until a
    person moves it.

    :raises NotYet: the fact that puts its assignee on the usergroup's list may be under way.
    """
    if not usergroup.active or (ticket.private and not usergroup.private_allowed):
        return False
    if keeps_assignee(work, ticket, usergroup.id):
        return True
    if work.now - routed_at < TOO_EARLY:
        raise NotYet(f"assignee {ticket.assignee_id} in usergroup {usergroup.id}")
    return False


def _apply_priority(work, ticket, priority):
    if ticket.priority_chosen_at:
        # A person may have chosen what it had already, of which dispatch has not been told.
        tell_priority(work, ticket, priority)
    else:
        give_priority(work, ticket, priority, None)


def apply_assignment(work, fact):
    """Assign a ticket to whom dispatch chose, or to nobody, unless a person or a later decision has said since.

    :raises NotYet: ticket, person or their place in the usergroup have not been heard of.
    """
    decided = fact.data
    ticket = lock_for_fact(work, decided["ticket_id"])
    assignee_id = decided["assignee_id"]
    is_newer = fact.version > ticket.assignment_version
    is_last_word = is_newer and not ticket.assignee_chosen_at
    person = _candidate_decided(work, ticket, decided) if is_last_word else None
    is_passed_over = assignee_id is not None and person is None
    chosen = named("assignee", assignee_id, person and person.name)
    refused = {"applied": False} if is_passed_over else {}
    record_fact(work, ticket.id, fact, FOR_AGENTS, **chosen, **decided["reason"], **refused)
    if is_last_word and not is_passed_over and assignee_id != ticket.assignee_id:
        assign(work, ticket, person, "routing", decision=fact.version if _only_routed(ticket) else None)
        ticket.set(assignment_version=fact.version)
        ticket.write()
    elif is_newer:
        ticket.set_aside(assignment_version=fact.version)
        _correct(work, ticket, assignee_id, is_unable=is_last_word and is_passed_over)


def _candidate_decided(work, ticket, decided):
    """Return the copy of the person whom dispatch chose for a ticket, or `None` for nobody or who cannot serve it.

    :raises NotYet: they cannot by our copies, and the fact that says otherwise may be under way.
    """
    assignee_id = decided["assignee_id"]
    person = assignee_id and candidate(work, ticket, assignee_id)
    if assignee_id and person is None and work.now - decided["decided_at"] < TOO_EARLY:
        raise NotYet(f"assignee {assignee_id}")
    return person


def _correct(work, ticket, decided_id, is_unable):
    """Tell who answers for a ticket where dispatch believes it is somebody else and no other fact will correct that.

    Whom a person chose dispatch hears by the fact of that choice, but not that they chose nobody before it decided.

    :param decided_id: of the person whom dispatch chose, or `None`.
    :param is_unable: whether they cannot serve the ticket.
    """
    hears_of_it = ticket.assignee_id is not None and ticket.assignee_chosen_at is not None
    if decided_id == ticket.assignee_id or hears_of_it:
        return
    by = "person" if ticket.assignee_chosen_at else "routing"
    tell_assignee(work, ticket, by, unable_id=decided_id if is_unable and ticket.assignee_id is None else None)
    ticket.write()


def _only_routed(ticket):
    """Whether nothing but its routing has happened to a ticket, so that dispatch knows it as it is."""
    return ticket.routed_at is not None and ticket.version == ROUTED_VERSION


def copy_deadlines(work, fact):
    """Copy the deadlines of a ticket unless newer ones are there; one that moved is as missed as dispatch says.

    :raises NotYet: the ticket has not been heard of.
    """
    due = fact.data
    ticket = lock_for_fact(work, due["ticket_id"])
    record_fact(
        work,
        ticket.id,
        fact,
        FOR_AGENTS,
        first_response_due_at=due["first_response_due_at"],
        resolution_due_at=due["resolution_due_at"],
        policy=due["policy_name"],
        **(due["counted_by"] or {}),
    )
    if fact.version <= ticket.deadlines_version:
        return
    for which in DEADLINES:
        due_at, missed = f"{which}_due_at", f"{which}_missed"
        if getattr(ticket, due_at) != due[due_at]:
            ticket.set(**{due_at: due[due_at], missed: due[missed]})
    ticket.set(deadlines_version=fact.version)
    ticket.write()


def note_missed_deadline(work, fact):
    """Mark a ticket whose deadline has passed.

    :raises NotYet: the ticket, or the deadline, which is newer than what has been heard, has not been heard of.
    """
    missed = fact.data
    ticket = lock_for_fact(work, missed["ticket_id"])
    is_known = getattr(ticket, f"{missed['which']}_due_at") == missed["due_at"]
    if not is_known and fact.version > ticket.deadlines_version:
        raise NotYet(f"{missed['which']} of ticket {ticket.id} due {missed['due_at']}")
    record_fact(work, ticket.id, fact, FOR_AGENTS, which=missed["which"], due_at=missed["due_at"])
    if is_known:
        ticket.set(**{f"{missed['which']}_missed": True})
        ticket.write()
