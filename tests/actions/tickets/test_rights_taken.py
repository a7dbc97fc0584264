"""A role taken away takes along what hung on it: tickets that somebody answered for, mails, links."""

from dataclasses import replace

import pytest

from chassis.actors import ANONYMOUS
from chassis.errors import Invalid, NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY
from services.dispatch.contract import AssignmentDecided
from services.identity.domain import ROLES
from services.tickets.actions.assigning import CANDIDATE
from services.tickets.domain import can_serve
from services.tickets.locked import CAN_SERVE
from tests.actions.tickets.given import LINKS, minutes, refused, reply_to

#: Scope of `tickets.read` -> whether an assignee sees what they answer for.
SEES = {"own": False, "assigned": True, "group": True, "organisation": True, "all": True}


#: Sets of roles, of the desk, of neither, of outside.
WHOSE_ROLES = [
    ["agent"],
    ["admin"],
    ["client"],
    ["external_agent"],
    ["external_agent", "agent"],
    ["requester"],
    ["own"],
]
AS_ASSIGNEE = (
    "INSERT INTO participants (id, ticket_id, person_id, name, language, role, as_assignee, added_at)"
    " VALUES (%(id)s, %(ticket)s, %(me)s, 'Nora New', 'en', 'agent', true, %(now)s)"
)
SAYS_CAN_SERVE = (
    f"SELECT {CAN_SERVE} AS can FROM people known, (VALUES (%(usergroup_id)s::uuid)) t (usergroup_id)"
    " WHERE known.person_id = %(person_id)s"
)


@pytest.fixture(scope="module")
def ticket(shared_place):
    """Return a ticket of the usergroup `heating` that Ada answers for, with a note."""
    place = shared_place
    ticket = place.assigned(place.agent)
    place.write(ticket, place.admin, body="canary in a note", internal=True)
    return ticket


def as_role(place, actor, role):
    """Return somebody as they are once their only role is another one, with no place in any group."""
    rights = {"rights": ROLES[role], "roles": (role,), "serves": frozenset(), "supervises": frozenset()}
    changed = replace(actor, **rights)
    place.person(changed, version=2)
    return changed


def participant_of(place, ticket, actor):
    """Return the participant that somebody is."""
    mine = str(actor.person_id)
    return next(p for p in place.shown(ticket)["participants"] if p["person_id"] == mine)


@pytest.mark.parametrize("scope", SEES)
def test_an_assignee_sees_by_the_scope_of_their_role(desk, place, ticket, scope):
    """Answering for a ticket shows it to those whose role reaches so far (CVE-2026-48811)."""
    rights = {"tickets.read": scope, "tickets.note": "group"}
    # Whoever supervises the group could be given a private ticket of it, and sees it only then.
    place.change(ticket, private=True)
    actor = replace(place.agent, rights=rights, serves=frozenset(), supervises=frozenset([place.heating]))
    listed = desk.ask(actor, "list_tickets")["items"]
    assert [item["id"] for item in listed] == ([ticket["id"]] if SEES[scope] else [])
    for method in ("ticket_by_id", "messages_of_ticket", "history_of_ticket"):
        if SEES[scope]:
            desk.ask(actor, method, ticket_id=ticket["id"])
        else:
            with refused(desk, NotFound, "ticket_not_found"):
                desk.ask(actor, method, ticket_id=ticket["id"])


#: Who may be an assignee -> the groups whose tickets they see as one, `None` for tickets without a group.
LEFT = {
    ("agent", "serves"): ["heating", None],
    ("manager", "supervises"): ["heating", None],
    ("agent", None): [None],
    ("client", None): [],
    ("client", "serves"): [],
    ("external_agent", None): ["heating", "lifts", None],
}


@pytest.mark.parametrize(("role", "by"), LEFT)
def test_an_assignee_sees_what_they_could_be_given_now(desk, place, role, by):
    """By what their token says: an agent by the groups that they serve or supervise, a contractor wherever."""
    actor = place.someone(role, "Nora New")
    made = {name: place.ticket(place.neighbour) for name in ("heating", "lifts", None)}
    for name, ticket in made.items():
        if name:
            place.change(ticket, usergroup=getattr(place, name))
        answering = {"ticket": ticket["id"], "me": actor.person_id}
        desk.work.load("UPDATE tickets SET assignee_id = %(me)s WHERE id = %(ticket)s", **answering)
        desk.work.load(AS_ASSIGNEE, **answering, id=new_id(), now=MONDAY)
    actor = replace(actor, **{by: frozenset([place.heating])} if by else {})
    found = {item["id"] for item in desk.ask(actor, "list_tickets", assignee=actor.person_id)["items"]}
    assert found == {made[name]["id"] for name in LEFT[role, by]}
    for ticket in made.values():
        if ticket["id"] not in found:
            with refused(desk, NotFound, "ticket_not_found"):
                place.write(ticket, actor)


def test_whoever_has_a_copy_of_the_clients_role_sees_what_they_are_given(desk, place):
    """Lists of agents count for copies of roles, so they can be given tickets; they see no others by the list."""
    council = place.someone("client", "Cleo Council")
    council = replace(council, roles=("council",), serves=frozenset([place.heating]))
    place.person(council, version=2)
    place.group(place.heating, "Heating", version=9, agents=[place.agent, council], supervisors=[place.manager])
    given = place.change(place.heating_ticket(), assignee=council.person_id)
    place.heating_ticket()
    assert [item["id"] for item in desk.ask(council, "list_tickets")["items"]] == [given["id"]]
    assert place.write(given, council, body="On my way.")["author_role"] == "agent"


@pytest.mark.parametrize("roles", WHOSE_ROLES, ids="-".join)
def test_whom_facts_reach_is_who_could_be_given_it(desk, place, roles):
    """`CAN_SERVE` and `domain.can_serve` are two ways of saying one thing."""
    place.group(place.lifts, "Lifts", version=2, agents=[place.lift_agent], supervisors=[place.manager])
    for actor in (place.lift_agent, place.manager, place.agent):
        place.person(replace(actor, roles=tuple(roles)), version=2)
        for usergroup_id in (place.lifts, None, new_id()):
            asked = {"person_id": actor.person_id, "usergroup_id": usergroup_id}
            (row,) = desk.work.load(CANDIDATE, **asked)
            can = can_serve(row.person_id, row.roles, row.agents, row.supervisors)
            assert desk.work.one(SAYS_CAN_SERVE, **asked).can is can, asked


@pytest.mark.parametrize("role", ["requester", "worker"])
def test_an_agent_who_became_somebody_else(desk, place, ticket, role):
    """Absent in every way, to read, to write and to change; notes and files too."""
    file = place.upload(place.admin)
    place.write(ticket, place.admin, body="See the photo.", attachments=[file["id"]])
    former = as_role(place, place.agent, role)
    assert desk.ask(former, "list_tickets", q="heating")["items"] == []
    assert desk.ask(former, "list_tickets", assignee=former.person_id)["items"] == []
    with refused(desk, NotFound, "ticket_not_found"):
        place.write(ticket, former)
    with refused(desk, NotFound, "ticket_not_found"):
        place.change(ticket, former, subject="Mine")
    with refused(desk, NotFound, "attachment_not_found"):
        desk.ask(former, "attachment_by_id", attachment_id=file["id"])


def test_an_agent_who_left_the_group(desk, place, ticket):
    """Nothing of the ticket is theirs though they answer for it still, nor is it told, mailed or linked to them."""
    token = reply_to(participant_of(place, ticket, place.agent), body="canary of the past")
    follow = LINKS.sign("follow", participant_of(place, ticket, place.agent)["participant_id"])
    former = replace(place.agent, serves=frozenset())
    assert desk.ask(former, "list_tickets")["items"] == []
    assert desk.ask(former, "list_tickets", q="canary")["items"] == []
    for method in ("ticket_by_id", "messages_of_ticket", "history_of_ticket"):
        with refused(desk, NotFound, "ticket_not_found"):
            desk.ask(former, method, ticket_id=ticket["id"])
    for internal in (False, True):
        with refused(desk, NotFound, "ticket_not_found"):
            place.write(ticket, former, internal=internal)
    with refused(desk, NotFound, "ticket_not_found"):
        place.change(ticket, former, priority="high")
    place.group(place.heating, "Heating", version=2, agents=[place.colleague])
    desk.forget()
    place.write(ticket, place.admin, body="We come tomorrow.")
    (told,) = desk.told("MessageAdded")
    assert [r["name"] for r in told["recipients"]] == ["Rita Resident"]
    place.write(ticket, place.admin, internal=True)
    assert desk.told("NoteAdded")[0]["readers"] == [str(place.colleague.person_id)]
    place.mail(**token)
    assert place.messages(ticket)[-1]["unverified"] is True
    with refused(desk, NotFound, "link_not_found"):
        desk.ask(ANONYMOUS, "follow_request", token=follow)


def test_what_they_asked_for_themselves_stays_theirs(desk, place):
    """The requester's own row is not the assignee's."""
    own = place.change(place.ticket(place.agent, usergroup=place.heating), assignee=place.agent.person_id)
    former = as_role(place, place.agent, "requester")
    assert [item["id"] for item in desk.ask(former, "list_tickets")["items"]] == [own["id"]]
    place.write(own, former, body="Any news?")
    assert place.messages(own, to=former)[0]["author_role"] == "requester"


def test_they_are_told_nothing_more(desk, place, ticket):
    """Facts name only those whom they may still reach."""
    as_role(place, place.agent, "requester")
    desk.forget()
    place.write(ticket, place.admin, body="We come tomorrow.")
    (told,) = desk.told("MessageAdded")
    assert [r["name"] for r in told["recipients"]] == ["Rita Resident"]


def test_their_mail_is_not_believed(place, ticket):
    """An answer under an old token is a note, marked as unverified (GHSA-83xx of FreeScout)."""
    token = reply_to(participant_of(place, ticket, place.agent), body="Close it.")
    as_role(place, place.agent, "requester")
    place.mail(**token)
    note = place.messages(ticket)[-1]
    assert (note["body"], note["internal"], note["unverified"]) == ("Close it.", True, True)


def test_their_links_end(desk, place, ticket):
    """The follow link of a mail they got; also of a resident whose account was closed."""
    agent = participant_of(place, ticket, place.agent)["participant_id"]
    resident = ticket["requester"]["participant_id"]
    for participant_id in (agent, resident):
        token = LINKS.sign("follow", participant_id)
        assert desk.ask(ANONYMOUS, "follow_request", token=token)["number"] == ticket["number"]
    as_role(place, place.agent, "requester")
    place.person(place.resident, version=2, active=False)
    place.change(ticket, status="resolved")
    for participant_id in (agent, resident):
        with refused(desk, NotFound, "link_not_found"):
            desk.ask(ANONYMOUS, "follow_request", token=LINKS.sign("follow", participant_id))
        token = LINKS.sign("satisfaction", participant_id)
        with refused(desk, NotFound, "link_not_found"):
            desk.ask(ANONYMOUS, "give_satisfaction", token=token, rating=1, comment="")


def test_they_are_assigned_nothing_more(desk, place):
    """Though they still stand in the usergroup's list, neither by a person nor by routing."""
    ticket = place.heating_ticket()
    as_role(place, place.agent, "requester")
    with refused(desk, Invalid, "assignee_cannot_serve"):
        place.change(ticket, assignee=place.agent.person_id)
    desk.hear(
        AssignmentDecided,
        ticket_id=ticket["id"],
        assignee_id=place.agent.person_id,
        reason={"code": "only_candidate", "load": 0, "candidates": 1},
        decided_at=desk.work.now - minutes(1),
    )
    assert place.shown(ticket)["assignee"] is None


def test_an_incident_does_not_name_its_parent_to_them(desk, place, ticket):
    """A link is shown to whoever takes part in both tickets, not to who once answered for one."""
    other = place.ticket(place.agent)
    desk.work.load(
        "INSERT INTO ticket_links (ticket_id, other_id, kind) VALUES (%(other)s, %(ticket)s, 'parent')",
        other=other["id"],
        ticket=ticket["id"],
    )
    assert place.shown(other, to=place.agent)["links"] == [{"ticket_id": ticket["id"], "kind": "parent"}]
    former = as_role(place, place.agent, "requester")
    assert place.shown(other, to=former)["links"] == []
