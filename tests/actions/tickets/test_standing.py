"""Who takes part by an organisation, a usergroup or an intervention does so as long as that lasts (CVE-2026-48810)."""

from dataclasses import replace
from itertools import permutations

import pytest

from chassis.errors import Conflict
from chassis.ids import new_id
from chassis.testing import MONDAY
from services.dispatch.contract import InterventionCancelled, InterventionPlanned, InterventionReplanned
from services.identity.domain import ROLES
from tests.actions.tickets.given import in_history, refused, reply_to, too_early
from tests.actions.tickets.interventions import Intervention
from tests.actions.tickets.standing import assert_absent, declared, moved, names_in, plan, told_of

READERS = {"Will Worker", "Cora Contractor", "Clara Client", "Mia Manager"}


@pytest.fixture(scope="module")
def parent(shared_place):
    """Return the ticket whose intervention goes on, in the flat of a client's property."""
    return shared_place.assigned(shared_place.agent, site=shared_place.flat)


@pytest.fixture
def incident(desk, place, parent):
    """Return the ticket of an incident: client, supervisor, and two workers are told of it."""
    return declared(desk, place, parent)


def replan(desk, incident, parent, *workers):
    """Tell that others are sent to the intervention of an incident."""
    plan(desk, InterventionReplanned, 2, incident["intervention_id"], parent, *workers)


def test_while_it_lasts_all_are_told(desk, place, incident):
    """And see it."""
    assert names_in(place, incident) == READERS
    assert told_of(desk, place, incident) == READERS
    for who in (place.worker, place.contractor, place.client, place.manager):
        assert place.shown(incident, to=who)["id"] == incident["id"]


def test_a_client_of_another_firm_now(desk, place, parent, incident):
    """Also where they have written on a colleague's ticket."""
    place.write(parent, place.client, body="When do you come?")
    former = moved(place, place.client, organisation_id=place.strangers_firm)
    for ticket in (parent, incident):
        assert_absent(desk, place, ticket, former)
        assert "Clara Client" not in names_in(place, ticket)
        assert "Clara Client" not in told_of(desk, place, ticket)


def test_their_colleagues_stay(desk, place, incident):
    """Only who has left has left, with a line of it, and whoever keeps a list is told."""
    desk.forget()
    (clara,) = (one for one in place.shown(incident)["participants"] if one["name"] == "Clara Client")
    moved(place, place.client, organisation_id=None)
    (told,) = desk.told("TicketParticipantsChanged")
    assert {p["name"] for p in told["participants"]} == READERS - {"Clara Client"}
    (line,) = desk.history(place.admin, incident, "TicketParticipantsChanged")
    assert (line["audience"], line["new"]) == ("participants", {"removed": in_history(clara)})


def test_their_token_alone_shows_nothing(desk, place, incident):
    """Before any fact is heard: the new token names another organisation."""
    assert_absent(desk, place, incident, replace(place.client, organisation_id=place.strangers_firm))
    supervisor = replace(place.manager, supervises=frozenset())
    assert_absent(desk, place, incident, supervisor)


def test_their_mail_is_not_believed(desk, place, incident):
    """What comes under the token of who has left opens a ticket of its own and stands nowhere on this one."""
    (mine,) = [p for p in place.shown(incident)["participants"] if p["name"] == "Clara Client"]
    moved(place, place.client, organisation_id=None)
    place.mail(**reply_to(mine, body="canary"))
    assert "canary" not in {message["body"] for message in place.messages(incident)}


def test_a_supervisor_off_the_list(desk, place, incident):
    """The incident of a group that they supervise no more."""
    place.group(place.heating, "Heating", version=2, private_allowed=True, supervisors=[])
    assert_absent(desk, place, incident, replace(place.manager, supervises=frozenset()))
    assert told_of(desk, place, incident) == READERS - {"Mia Manager"}


@pytest.mark.parametrize("role", ["requester", "client", "worker", "external_agent"])
def test_a_supervisor_of_a_role_that_supervises_nothing(desk, place, parent, incident, role):
    """The list names them still; neither this incident nor the next is theirs to hear of."""
    moved(place, place.manager, roles=(role,), rights=ROLES[role], supervises=frozenset())
    for ticket in (incident, declared(desk, place, parent)):
        assert names_in(place, ticket) == told_of(desk, place, ticket) == READERS - {"Mia Manager"}


def test_a_worker_stays_while_they_are_sent(desk, place, incident):
    """The intervention is changed instead; a client may be taken off."""
    for participant in place.shown(incident)["participants"]:
        named = {"ticket_id": incident["id"], "participant_id": participant["participant_id"]}
        if participant["role"] in ("client", "supervisor"):
            desk.ask(place.agent, "remove_participant", **named)
        else:
            with refused(desk, Conflict, "participant_stays"):
                desk.ask(place.agent, "remove_participant", **named)
    assert names_in(place, incident) == {"Will Worker", "Cora Contractor"}


def test_a_worker_off_the_intervention(desk, place, parent, incident):
    """A contractor whose place another one takes."""
    replan(desk, incident, parent, place.worker)
    assert_absent(desk, place, incident, place.contractor)
    assert told_of(desk, place, incident) == READERS - {"Cora Contractor"}


STEPS = ("planned", "replanned", "cancelled", "declared")


@pytest.mark.parametrize("order", list(permutations(STEPS)), ids=" ".join)
def test_a_worker_off_the_intervention_in_whichever_order_it_is_told(desk, place, parent, order):
    """The plans come from one service, the incident from another; of a cancelled intervention the last plan counts."""
    intervention_id, ticket_id = new_id(), new_id()
    both = (place.worker, place.contractor)
    about = {"intervention_id": intervention_id, "ticket_id": parent["id"], "work_order_id": new_id()}
    off = {**about, "reason": "The tenant is away.", "cancelled_at": MONDAY}
    steps = {
        "planned": lambda: plan(desk, InterventionPlanned, 1, intervention_id, parent, *both),
        "replanned": lambda: plan(desk, InterventionReplanned, 2, intervention_id, parent, place.worker),
        "cancelled": lambda: desk.hear(InterventionCancelled, version=3, **off),
        "declared": lambda: declared(
            desk, place, parent, intervention_id=intervention_id, ticket_id=ticket_id, plan_version=1
        ),
    }
    for step in order:
        steps[step]()
    incident = {"id": str(ticket_id)}
    assert names_in(place, incident) == told_of(desk, place, incident) == READERS - {"Cora Contractor"}


ANEW = ("planned", "off", "anew", "declared")


@pytest.mark.parametrize("order", list(permutations(ANEW)), ids=" ".join)
def test_whom_the_last_plan_sends_takes_part_in_whichever_order_it_is_told(desk, place, parent, order):
    """One who was taken off and is sent again, and another who is sent for the first time; each fact twice."""
    intervention_id, ticket_id, both = new_id(), new_id(), (place.worker, place.contractor)
    helper = place.someone("worker", "Hugo Helper")
    steps = {
        "planned": lambda: plan(desk, InterventionPlanned, 1, intervention_id, parent, *both),
        "off": lambda: plan(desk, InterventionReplanned, 2, intervention_id, parent, place.worker),
        "anew": lambda: plan(desk, InterventionReplanned, 3, intervention_id, parent, *both, helper),
        "declared": lambda: declared(
            desk, place, parent, intervention_id=intervention_id, ticket_id=ticket_id, plan_version=1
        ),
    }
    for step in (*order, *order):
        steps[step]()
    incident = {"id": str(ticket_id)}
    assert names_in(place, incident) == told_of(desk, place, incident) == READERS | {"Hugo Helper"}
    for sent in (place.contractor, helper):
        assert place.shown(incident, to=sent)["id"] == incident["id"]


def test_a_worker_who_is_sent_again_joins_with_a_line_of_it(desk, place, parent, incident):
    """Once, and whoever keeps a list is told; other incidents are none of it."""
    other = declared(desk, place, parent, worker_ids=[place.worker.person_id])

    def cora():
        (shown,) = (one for one in place.shown(incident)["participants"] if one["name"] == "Cora Contractor")
        return in_history(shown)

    before = cora()
    replan(desk, incident, parent, place.worker)
    desk.forget()
    plan(desk, InterventionReplanned, 3, incident["intervention_id"], parent, place.worker, place.contractor)
    (told,) = desk.told("TicketParticipantsChanged")
    assert (told["ticket_id"], {p["name"] for p in told["participants"]}) == (incident["id"], READERS)
    removed, added = desk.history(place.admin, incident, "TicketParticipantsChanged")
    assert added == {**removed, "id": added["id"], "new": {"added": cora()}}
    assert removed["new"] == {"removed": before}
    desk.forget()
    plan(desk, InterventionReplanned, 4, incident["intervention_id"], parent, place.worker, place.contractor)
    assert desk.told() == []
    assert "Cora Contractor" not in names_in(place, other)


@pytest.mark.parametrize("is_told_late", [False, True])
def test_whoever_answers_for_an_incident_and_is_sent_again_is_its_worker_too(desk, place, parent, is_told_late):
    """So that they stay once another answers for it, in whichever order both plans are told."""
    incident = declared(desk, place, parent)
    place.change(incident, assignee=place.contractor.person_id)
    plans = {2: (place.worker,), 3: (place.worker, place.contractor)}
    for version in sorted(plans, reverse=is_told_late):
        plan(desk, InterventionReplanned, version, incident["intervention_id"], parent, *plans[version])
    place.change(incident, assignee=place.agent.person_id)
    assert told_of(desk, place, incident) == READERS | {"Ada Agent"}


def test_whoever_cannot_be_sent_joins_no_incident(desk, place, parent, incident):
    """A plan of before they lost their role may be heard after that."""
    replan(desk, incident, parent, place.worker)
    former = moved(place, place.contractor, roles=("requester",), rights=ROLES["requester"])
    plan(desk, InterventionReplanned, 3, incident["intervention_id"], parent, place.worker, place.contractor)
    assert_absent(desk, place, incident, former)
    assert told_of(desk, place, incident) == READERS - {"Cora Contractor"}


def test_an_incident_waits_for_whom_the_plan_sends(desk, place, parent, incident):
    """Of an intervention without an incident nobody need be known."""
    unknown = replace(place.worker, person_id=new_id(), name="Hugo Helper")
    with too_early(desk):
        replan(desk, incident, parent, place.worker, unknown)
    plan(desk, InterventionPlanned, 1, new_id(), parent, unknown)


@pytest.mark.parametrize("is_plan_late", [False, True])
def test_an_incident_of_whoever_was_sent_by_a_plan_still_to_be_heard(desk, place, parent, is_plan_late):
    """The older plan that is known takes nobody out whom the newer one has sent."""
    intervention_id = new_id()
    both = (place.worker, place.contractor)
    plan(desk, InterventionPlanned, 1, intervention_id, parent, place.worker)
    if not is_plan_late:
        plan(desk, InterventionReplanned, 2, intervention_id, parent, *both)
    incident = declared(desk, place, parent, intervention_id=intervention_id, plan_version=2)
    if is_plan_late:
        plan(desk, InterventionReplanned, 2, intervention_id, parent, *both)
    assert names_in(place, incident) == told_of(desk, place, incident) == READERS


def test_an_incident_of_whoever_is_off_the_intervention_already(desk, place, parent):
    """Who declared it stays, and nobody waits for a person who is not to take part."""
    intervention_id = new_id()
    plan(desk, InterventionReplanned, 2, intervention_id, parent, place.contractor)
    sent = [place.worker.person_id, place.contractor.person_id, new_id()]
    incident = declared(desk, place, parent, intervention_id=intervention_id, worker_ids=sent)
    assert place.shown(incident)["requester"]["name"] == "Will Worker"
    assert names_in(place, incident) == READERS


#: Roles that somebody may have instead of those that are sent, of every scope but `all`.
NOT_SENT = ["requester", "client", "agent"]


class TestAWorkerNoMore:
    """Who cannot be sent any more takes part by no intervention, though dispatch plans on with them (decision 14)."""

    @pytest.fixture
    def reported(self, desk, place, parent):
        """Return the ticket of an incident of two workers, declared by the other one."""
        return declared(desk, place, parent, by=place.contractor)

    def test_their_token_alone_shows_nothing(self, desk, place, reported):
        """Before any fact is heard."""
        assert place.shown(reported, to=place.worker)["id"] == reported["id"]
        assert_absent(desk, place, reported, replace(place.worker, roles=("requester",), rights=ROLES["requester"]))

    @pytest.mark.parametrize("role", NOT_SENT)
    def test_they_leave(self, desk, place, reported, role):
        """With a line of it; nothing is there for them, and nothing reaches them."""
        desk.forget()
        (will,) = (one for one in place.shown(reported)["participants"] if one["name"] == "Will Worker")
        former = moved(place, place.worker, roles=(role,), rights=ROLES[role])
        (told,) = desk.told()
        assert {p["name"] for p in told["participants"]} == READERS - {"Will Worker"}
        (line,) = desk.history(place.admin, reported, "TicketParticipantsChanged")
        assert line["new"] == {"removed": in_history(will)}
        assert_absent(desk, place, reported, former)
        assert names_in(place, reported) == told_of(desk, place, reported) == READERS - {"Will Worker"}

    @pytest.mark.parametrize("roles", [("worker", "requester"), ("external_agent",)])
    def test_whoever_can_be_sent_still_stays(self, desk, place, reported, roles):
        """As another kind of worker, or with a further role."""
        rights = {permission: scope for role in roles[::-1] for permission, scope in ROLES[role].items()}
        still = moved(place, place.worker, roles=roles, rights=rights)
        assert place.shown(reported, to=still)["id"] == reported["id"]
        assert told_of(desk, place, reported) == READERS

    def test_what_they_declared_themselves_stays_theirs(self, desk, place, incident):
        """They have asked."""
        former = moved(place, place.worker, roles=("requester",), rights=ROLES["requester"])
        assert place.shown(incident, to=former)["id"] == incident["id"]
        assert [item["id"] for item in desk.ask(former, "list_tickets")["items"]] == [incident["id"]]
        assert told_of(desk, place, incident) == READERS

    def test_whoever_was_added_by_hand_stays(self, desk, place, parent):
        """They take part in their own right."""
        added = {"ticket_id": parent["id"], "person_id": place.worker.person_id, "role": "worker"}
        desk.ask(place.agent, "add_participant", **added)
        former = moved(place, place.worker, roles=("requester",), rights=ROLES["requester"])
        assert place.shown(parent, to=former)["id"] == parent["id"]
        assert "Will Worker" in told_of(desk, place, parent)

    def test_whoever_answers_for_the_incident_goes_on_as_its_assignee(self, desk, place, parent):
        """The contractor who is an agent of its usergroup now."""
        reported = declared(desk, place, parent)
        place.change(reported, assignee=place.contractor.person_id)
        agents = [place.agent, place.colleague, place.contractor]
        place.group(place.heating, "Heating", version=2, private_allowed=True, agents=agents)
        serving = {"roles": ("agent",), "rights": ROLES["agent"], "serves": frozenset({place.heating})}
        former = moved(place, place.contractor, **serving)
        assert place.shown(reported, to=former)["id"] == reported["id"]
        assert told_of(desk, place, reported) == READERS
        place.change(reported, assignee=place.agent.person_id)
        assert "Cora Contractor" not in told_of(desk, place, reported)

    def test_an_incident_of_later_lets_them_not_in(self, desk, place, parent):
        """They are sent to the intervention still."""
        former = moved(place, place.worker, roles=("requester",), rights=ROLES["requester"])
        desk.forget()
        reported = declared(desk, place, parent, by=place.contractor)
        (told,) = desk.told("TicketOpened")
        assert {p["name"] for p in told["participants"]} == names_in(place, reported) == READERS - {"Will Worker"}
        assert_absent(desk, place, reported, former)

    def test_nor_by_the_intervention_who_is_a_client_now(self, desk, place, parent):
        """They take part by their organisation."""
        client = {"roles": ("client",), "rights": ROLES["client"], "organisation_id": place.owners}
        client = moved(place, place.worker, **client)
        reported = declared(desk, place, parent, by=place.contractor)
        roles = {participant["name"]: participant["role"] for participant in place.shown(reported)["participants"]}
        assert roles["Will Worker"] == "client"
        assert place.shown(reported, to=client)["id"] == reported["id"]


def test_who_declared_it_stays(desk, place, parent, incident):
    """It is their own request."""
    replan(desk, incident, parent, place.contractor)
    assert place.shown(incident, to=place.worker)["id"] == incident["id"]
    assert told_of(desk, place, incident) == READERS


def test_whoever_was_added_by_hand_stays(desk, place, parent):
    """They take part in their own right."""
    added = {"ticket_id": parent["id"], "person_id": place.other_client.person_id, "role": "client"}
    desk.ask(place.agent, "add_participant", **added)
    other = moved(place, place.other_client, organisation_id=None, rights={"tickets.read": "own"}, roles=("requester",))
    assert place.shown(parent, to=other)["id"] == parent["id"]
    assert "Otto Other" in told_of(desk, place, parent)


@pytest.mark.parametrize(
    ("change", "leaves"),
    [
        ({"private": True}, {"Clara Client", "Mia Manager"}),
        ({"usergroup": "lifts"}, {"Mia Manager"}),
        ({"site": "elsewhere"}, {"Clara Client"}),
    ],
    ids=lambda value: next(iter(value)),
)
def test_a_ticket_that_became_somebody_elses(desk, place, incident, change, leaves):
    """Whoever does not see it any more is told nothing more, in the very transaction."""
    desk.forget()
    place.change(incident, **{name: getattr(place, str(value), value) for name, value in change.items()})
    (told,) = desk.told("TicketParticipantsChanged")
    assert {p["name"] for p in told["participants"]} == READERS - leaves
    assert told_of(desk, place, incident) == READERS - leaves


def values_in(place, changes):
    """Return changes of a ticket with the ids of what they name of a place."""
    named = {name: getattr(place, str(value), value) for name, value in changes.items()}
    return {name: getattr(value, "person_id", value) for name, value in named.items()}


TO_MIA, TO_LIFTS = {"assignee": "manager"}, {"usergroup": "lifts"}
SHOWN, TO_NOBODY = {"private": False}, {"assignee": None}


@pytest.mark.parametrize(
    "changes",
    [({"private": True}, TO_MIA), (TO_MIA, {"private": True}), ({"private": True} | TO_MIA,), (TO_MIA, TO_LIFTS)],
    ids=["private before", "private later", "at once", "to another usergroup"],
)
def test_a_supervisor_who_answers_for_what_is_hidden_from_supervisors(desk, place, incident, changes):
    """Is told as its assignee, and leaves with that, unless they supervise its new usergroup as well."""
    place.group(place.lifts, "Lifts", version=2, supervisors=[place.manager], private_allowed=True)
    supervisor = replace(place.manager, supervises=frozenset({place.heating, place.lifts}))
    for change in changes:
        desk.forget()
        place.change(incident, **values_in(place, change))
    lists = desk.told("TicketParticipantsChanged")
    assert all("Mia Manager" in {p["name"] for p in told["participants"]} for told in lists)
    assert place.shown(incident, to=supervisor)["assignee"]["name"] == "Mia Manager"
    assert "Mia Manager" in told_of(desk, place, incident)
    desk.forget()
    place.change(incident, assignee=None)
    stays = TO_LIFTS in changes
    lists = desk.told("TicketParticipantsChanged")
    assert ["Mia Manager" in {p["name"] for p in told["participants"]} for told in lists] == [False] * (not stays)
    assert ("Mia Manager" in told_of(desk, place, incident)) == stays


@pytest.mark.parametrize("changes", [[TO_NOBODY, SHOWN], [SHOWN, TO_NOBODY], [SHOWN | TO_NOBODY]])
def test_a_supervisor_who_answered_for_what_was_hidden_for_a_while(desk, place, incident, changes):
    """Is told as its supervisor again: that it was private has ended no standing."""
    for change in ({"private": True}, TO_MIA, *changes):
        place.change(incident, **values_in(place, change))
    *_, told = desk.told("TicketParticipantsChanged")
    assert {p["name"] for p in told["participants"]} == READERS
    assert told_of(desk, place, incident) == READERS


_LISTS = (
    "SELECT version FROM outbox WHERE name = 'TicketParticipantsChanged' AND payload ->> 'ticket_id' = %(ticket_id)s"
    " ORDER BY version"
)


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"site": "elsewhere", "private": True}, {"Will Worker", "Cora Contractor", "Ada Agent"}),
        ({"site": "elsewhere", "usergroup": "lifts"}, {"Will Worker", "Cora Contractor"}),
        ({"usergroup": "lifts", "assignee": "lift_agent"}, READERS - {"Mia Manager"} | {"Lou Lift"}),
        (
            {"site": "elsewhere", "private": True, "assignee": "colleague"},
            {"Will Worker", "Cora Contractor", "Carl Colleague"},
        ),
        ({"assignee": "contractor", "private": True}, {"Will Worker", "Cora Contractor"}),
    ],
    ids=lambda value: "-".join(sorted(value)),
)
def test_one_change_tells_who_takes_part_once(desk, place, incident, changes, left):
    """Last, with all that it did: two lists of one version would be kept by the order in which they are heard."""
    place.change(incident, assignee=place.agent.person_id)
    desk.forget()
    changed = place.change(incident, **values_in(place, changes))
    (told,) = desk.told("TicketParticipantsChanged")
    assert {p["name"] for p in told["participants"]} == left
    newest = desk.work.load(_LISTS, ticket_id=incident["id"])[-1]
    assert newest.version == changed["version"]
    assert told_of(desk, place, incident) == left


def test_what_is_heard_next_tells_nobody_again_who_takes_part(desk, place):
    """Of the facts that are handled in one transaction, the one that let somebody in has told so."""
    intervention = Intervention(desk, place, place.assigned(place.agent))
    desk.forget()
    with desk.at_once():
        intervention.opened(contractor=place.contractor)
        intervention.planned()
    (told,) = desk.told("TicketParticipantsChanged")
    assert "Cora Contractor" in {p["name"] for p in told["participants"]}
    assert [moved["to"] for moved in desk.told("TicketStatusChanged")] == ["planned"]


def test_a_ticket_that_is_private_for_a_while(desk, place, incident):
    """Whoever it is hidden from is told again afterwards, whatever else was heard of them and their usergroup."""
    place.change(incident, private=True)
    place.group(place.heating, "Heating and water", version=2, private_allowed=True)
    place.person(place.client, version=2, language="de")
    assert told_of(desk, place, incident) == READERS - {"Clara Client", "Mia Manager"}
    desk.forget()
    place.change(incident, private=False)
    (told,) = desk.told("TicketParticipantsChanged")
    assert {p["name"] for p in told["participants"]} == READERS
    assert told_of(desk, place, incident) == READERS


@pytest.mark.parametrize(
    ("there", "back", "reader"),
    [
        ({"usergroup": "lifts"}, {"usergroup": "heating"}, "Mia Manager"),
        ({"site": "elsewhere"}, {"site": "flat"}, "Clara Client"),
    ],
    ids=["usergroup", "site"],
)
def test_a_ticket_that_is_somebody_elses_for_a_while(desk, place, incident, there, back, reader):
    """Whoever stands in it again is on the list that its return tells."""
    place.change(incident, **values_in(place, there))
    assert told_of(desk, place, incident) == READERS - {reader}
    desk.forget()
    place.change(incident, **values_in(place, back))
    (told,) = desk.told("TicketParticipantsChanged")
    assert {p["name"] for p in told["participants"]} == told_of(desk, place, incident) == READERS


def test_a_supervisor_of_the_new_usergroup_too_stays_on_the_list(desk, place, incident):
    """As what they stand by is the usergroup that the ticket has."""
    place.group(place.lifts, "Lifts", version=2, agents=[place.lift_agent], supervisors=[place.manager])
    desk.forget()
    place.change(incident, usergroup=place.lifts)
    assert all("Mia Manager" in {p["name"] for p in t["participants"]} for t in desk.told("TicketParticipantsChanged"))
    assert told_of(desk, place, incident) == READERS


def test_a_private_ticket_that_is_shown_as_somebody_elses(desk, place, incident):
    """Whoever it was hidden from is told again only where it is theirs still."""
    place.change(incident, private=True)
    desk.forget()
    place.change(incident, private=False, site=place.elsewhere, usergroup=place.lifts)
    assert desk.told("TicketParticipantsChanged") == []
    assert told_of(desk, place, incident) == READERS - {"Clara Client", "Mia Manager"}


def test_an_incident_of_a_private_ticket(desk, place, parent):
    """Neither clients nor supervisors learn of it (decision 14); the group's agents see it."""
    place.change(parent, private=True)
    incident = declared(desk, place, parent)
    assert names_in(place, incident) == {"Will Worker", "Cora Contractor"}
    for who in (place.client, place.manager, place.resident):
        assert_absent(desk, place, incident, who)
    assert place.shown(incident, to=place.agent)["private"] is True


def test_an_incident_that_opens_private_is_told_to_be(desk, place, parent):
    """For whoever shows it beside its intervention, also once its parent is private no more; another tells nothing."""
    open_one = declared(desk, place, parent)
    assert desk.told("TicketPrivacyChanged") == []
    place.change(parent, private=True)
    desk.forget()
    incident = declared(desk, place, parent)
    (told,) = desk.told("TicketPrivacyChanged")
    assert told == {"ticket_id": incident["id"], "private": True, "changed_at": MONDAY.isoformat()}
    desk.forget()
    place.change(parent, private=False)
    assert [told["ticket_id"] for told in desk.told("TicketPrivacyChanged")] == [parent["id"]]
    for hidden in (incident, open_one):
        assert place.shown(hidden, to=place.agent)["private"] is True


def test_a_parent_that_becomes_private_takes_its_incidents_along(desk, place, parent, incident):
    """Also an incident of the incident, resolved; each is told, has its line, and reaches its workers only."""
    below = declared(desk, place, incident)
    place.change(below, status="resolved")
    versions = {ticket["id"]: place.shown(ticket)["version"] for ticket in (incident, below)}
    desk.forget()
    place.change(parent, place.agent, private=True)
    family = [parent, *sorted((incident, below), key=lambda ticket: ticket["id"])]
    about = {"private": True, "changed_at": MONDAY.isoformat()}
    assert desk.told("TicketPrivacyChanged") == [{"ticket_id": ticket["id"], **about} for ticket in family]
    workers = {"Will Worker", "Cora Contractor"}
    by_ticket = {told["ticket_id"]: told["participants"] for told in desk.told("TicketParticipantsChanged")}
    for ticket in (incident, below):
        assert {p["name"] for p in by_ticket[ticket["id"]]} == workers
        shown = place.shown(ticket, to=place.agent)
        assert (shown["private"], shown["version"]) == (True, versions[ticket["id"]] + 1)
        assert told_of(desk, place, ticket) == workers
        (line,) = desk.history(place.agent, ticket, "TicketPrivacyChanged")
        assert (line["actor"]["name"], line["old"], line["new"]) == (
            *("Ada Agent", {"private": False}),
            {"private": True},
        )
        for who in (place.client, place.manager):
            assert_absent(desk, place, ticket, who)


def test_whoever_declared_an_incident_keeps_it_when_its_parent_becomes_private(desk, place, parent):
    """It is their own request."""
    by = {"person_id": place.client.person_id, "name": "Clara Client"}
    incident = declared(desk, place, parent, declared_by=by)
    place.change(parent, private=True)
    assert place.shown(incident, to=place.client)["private"] is True
    assert told_of(desk, place, incident) == {"Clara Client", "Will Worker", "Cora Contractor"}


def test_an_incident_that_is_private_already_stays_as_it_is(desk, place, parent, incident):
    """Nothing is told of it again; the parent of an incident that becomes private is left alone."""
    place.change(incident, private=True)
    before = place.shown(incident)
    assert place.shown(parent)["private"] is False
    desk.forget()
    place.change(parent, private=True)
    assert [told["ticket_id"] for told in desk.told()] == [parent["id"]]
    assert place.shown(incident) == before
