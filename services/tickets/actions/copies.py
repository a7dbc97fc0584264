"""Copies of people, usergroups and sites, and what follows from a change of them."""

from chassis.copies import keep, keep_told
from services.tickets.actions.leaving import leave_usergroup, leave_with_right
from services.tickets.actions.participation import HOLD_ADDRESS, become_person
from services.tickets.contract import TicketParticipantsChanged
from services.tickets.contract.words import FOR_AGENTS
from services.tickets.copies import Person, Site, Usergroup
from services.tickets.domain import one_line
from services.tickets.history import record
from services.tickets.locked import lock_for_fact, release

#: Of a usergroup, which count for nobody once it is closed, as in the tokens that identity gives.
LISTS = ("members", "supervisors", "agents")
#: Tickets on which an address takes part that nobody had confirmed so far.
_OF_STRANGER = (
    "SELECT DISTINCT p.ticket_id FROM participants p WHERE p.email = %(email)s AND p.person_id IS NULL"
    " AND NOT p.doubtful"
    " AND NOT EXISTS (SELECT FROM participants other WHERE other.ticket_id = p.ticket_id"
    " AND other.person_id = %(person_id)s) ORDER BY p.ticket_id"
)


def keep_person(work, fact):
    """Keep a person; with a confirmed address they become who a stranger of that address was."""
    person = dict(fact.data)
    person_id, person["email"] = person.pop("person_id"), person["email"].lower()
    person["name"] = one_line(person["name"])[:200]
    is_newer = keep(work, Person, person_id, fact.version, **person)
    if is_newer and person["active"] and person["confirmed"]:
        _join_strangers(work, person_id, person)
    if is_newer:
        leave_with_right(work, person_id)


def keep_usergroup(work, fact):
    """Keep a usergroup with its lists, empty once it is closed; whoever is off them takes part by them no more."""
    usergroup = dict(fact.data)
    usergroup_id = usergroup.pop("usergroup_id")
    if not usergroup["active"]:
        usergroup |= {name: [] for name in LISTS}
    if keep(work, Usergroup, usergroup_id, fact.version, **usergroup):
        leave_usergroup(work, usergroup_id)


def keep_site(work, fact):
    """Keep a site."""
    keep_told(work, Site, fact, "site_id", "name", "organisation_id", "path", "active")


def _join_strangers(work, person_id, person):
    email = person["email"]
    for row in work.load((HOLD_ADDRESS, _OF_STRANGER), email=email, person_id=person_id):
        ticket = lock_for_fact(work, row.ticket_id)
        become_person(work, ticket, email, {**person, "person_id": person_id})
        joined = {"person_id": str(person_id), "name": person["name"]}
        record(work, ticket.id, TicketParticipantsChanged, FOR_AGENTS, at=work.now, new={"joined": joined})
        ticket.tell_participants()
        ticket.write()
        # Another fact that is handled in this transaction may change somebody else who takes part in it.
        release(work, ticket)
