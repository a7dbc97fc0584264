"""Copies end the same in whatever order facts of one thing come, one of them twice: as the newest has told it.

Facts are their stored examples, which all tell of one ticket, each with what a row of `CASES` says of it.
"""

import json
from itertools import permutations

import pytest

from chassis import forms
from chassis.actors import system_actor
from chassis.bus.entrypoints import On, entrypoints_of
from chassis.errors import NotYet
from chassis.testing import GivenFact, end_action, undone
from services.dispatch.service import DispatchService
from services.fieldwork.service import FieldworkService
from services.notifications.service import NotificationsService
from services.tickets.service import TicketsService
from tests.actions.notifications.given import SETTINGS
from tests.contracts.house import ROOT, SERVICES, events_of

HEARING = {
    service.name: service for service in (TicketsService, DispatchService, NotificationsService, FieldworkService)
}
EXAMPLES = {
    event: (declared, json.loads((ROOT / "tests/contracts/examples" / owner / f"{event}.json").read_text()))
    for owner in SERVICES
    for event, declared in events_of(owner).items()
}
ONE, TWO, THREE = (f"01a1f000-0000-7000-8000-00000000000{number}" for number in (1, 2, 3))


def each(event, name, *values):
    """Return three facts of one kind that differ in a field."""
    return [(event, {name: value}) for value in values]


def known(event, key, **changes):
    """Return the facts that make three things known, by their ids."""
    return [(event, {key: id_, **changes}) for id_ in (ONE, TWO, THREE)]


def people(roles="agent"):
    """Return the facts that make three people known."""
    return [
        (event, {**changes, "email": f"{changes['person_id']}@example.org", "roles": [roles]})
        for event, changes in known("PersonChanged", "person_id")
    ]


def with_participants(*ids):
    """Return what a list of participants tells, as whom each takes part being their own id."""
    one = EXAMPLES["TicketParticipantsChanged"][1]["participants"][0]
    return {"participants": [{**one, "participant_id": id_, "person_id": id_} for id_ in ids]}


def assigned(id_):
    """Return what a person's choice of an assignee tells."""
    (party,) = with_participants(id_)["participants"]
    return {"assignee_id": id_, "assignee": {**party, "role": "agent"}}


PERSON = each("PersonChanged", "name", "Ada", "Ada Agent", "Ada Married")
USERGROUP = [
    ("UsergroupChanged", {"name": "Heating", "agents": [ONE]}),
    ("UsergroupChanged", {"name": "Water", "agents": [ONE, TWO]}),
    ("UsergroupChanged", {"name": "Warmth", "agents": [], "active": False}),
]
SITE = [
    ("SiteChanged", {"name": name, "organisation_id": owner})
    for name, owner in (("Flat 1", ONE), ("Flat 2", TWO), ("Flat 3", None))
]
REGROUPED = each("TicketUsergroupChanged", "usergroup_id", ONE, TWO, THREE)
HIDDEN = each("TicketPrivacyChanged", "private", False, False, True)
SENT = [[{"person_id": id_, "name": "Wim Worker"}] for id_ in (ONE, TWO)]
REPLANNED = ("InterventionReplanned", {"workers": SENT[1], "site_id": None, "starts_at": "2026-11-17T10:00:00+00:00"})
PLANNED = ("InterventionPlanned", {"workers": SENT[0], "site_id": None})
INTERVENTION = [PLANNED, REPLANNED, ("InterventionCancelled", {})]
DONE_AFTER_ALL = [PLANNED, ("InterventionCancelled", {}), ("InterventionPlanned", REPLANNED[1])]
WORK_ORDER = [
    ("WorkOrderOpened", {"contractor_id": None}),
    ("WorkOrderClosed", {"outcome": "cancelled"}),
    ("WorkOrderClosed", {"outcome": "completed"}),
]
DECIDED = each("AssignmentDecided", "assignee_id", ONE, None, THREE)
CHOSEN = [("TicketAssigned", assigned(id_)) for id_ in (ONE, TWO, THREE)]
TAKEN = [CHOSEN[0], ("TicketAssigned", {"assignee_id": None, "by": "routing"}), CHOSEN[2]]
LISTS = [("TicketParticipantsChanged", with_participants(*ids)) for ids in ([ONE, TWO], [ONE], [TWO, THREE])]
#: Whoever answers for a ticket takes part without a list.
LISTS_AROUND = [LISTS[0], CHOSEN[2], LISTS[1]]
DUE = [
    ("DeadlineSet", {"resolution_due_at": f"2026-11-{day}T08:00:00+00:00", "resolution_missed": missed})
    for day, missed in ((18, False), (19, False), (17, True))
]
MOVED = [
    ("TicketStatusChanged", {"from": before, "to": to, "changed_at": f"2026-11-16T1{hour}:00:00+00:00"})
    for hour, (before, to) in enumerate((("open", "pending"), ("pending", "open"), ("open", "resolved")))
]
ANSWERED = each("MessageAdded", "written_at", *(f"2026-11-16T1{hour}:00:00+00:00" for hour in (2, 1, 0)))

NOT_FROM_OUTSIDE = {"site_id": None, "category_id": None, "usergroup_id": None}
SOURCE = {"source": {"automatic": False}}
OPENED = ("TicketOpened", {**NOT_FROM_OUTSIDE, **SOURCE})
ASKING = ("PersonChanged", {})
REPORTED = ("WebformSubmitted", NOT_FROM_OUTSIDE)
GROUPS = known("UsergroupChanged", "usergroup_id", agents=[])

#: Service, facts heard before, three facts, and what is kept by them.
CASES = {
    **{
        f"{service} {name}": (service, [], facts, f"SELECT * FROM {name}")
        for service, things in {
            "tickets": {"people": PERSON, "usergroups": USERGROUP, "sites": SITE},
            "dispatch": {
                "people": PERSON,
                "usergroups": USERGROUP,
                "sites": SITE,
                "categories": each("CategoryChanged", "usergroup_id", ONE, TWO, None),
                "mailboxes": each("MailboxChanged", "active", True, True, False),
                "service_types": each("ServiceTypeChanged", "name", "Heating", "Water", "Lifts"),
            },
            "fieldwork": {"people": PERSON, "usergroups": USERGROUP, "sites": SITE},
        }.items()
        for name, facts in things.items()
    },
    "tickets work order": ("tickets", [REPORTED], WORK_ORDER, "SELECT * FROM work_orders"),
    "tickets intervention": ("tickets", [REPORTED], INTERVENTION, "SELECT * FROM interventions"),
    "tickets intervention after all": ("tickets", [REPORTED], DONE_AFTER_ALL, "SELECT * FROM interventions"),
    "tickets deadlines": (
        *("tickets", [REPORTED], DUE),
        "SELECT first_response_due_at, resolution_due_at, resolution_missed, deadlines_version FROM tickets",
    ),
    "tickets assignment": (
        *("tickets", [REPORTED, *people()], DECIDED),
        "SELECT assignee_id, assignment_version FROM tickets",
    ),
    "dispatch priority": (
        *("dispatch", [OPENED], each("TicketPriorityChanged", "to", "low", "urgent", "high")),
        "SELECT priority, priority_version FROM tickets",
    ),
    "dispatch usergroup": (
        *("dispatch", [OPENED, *GROUPS], REGROUPED),
        "SELECT usergroup_id, usergroup_version FROM tickets",
    ),
    "dispatch assignee": (
        *("dispatch", [OPENED, *people()], CHOSEN),
        "SELECT assignee_id, assigned_by, assignee_version FROM tickets",
    ),
    "dispatch assignee taken": (
        *("dispatch", [OPENED, *people()], TAKEN),
        "SELECT assignee_id, assigned_by, assignee_version FROM tickets",
    ),
    "dispatch participants": (
        *("dispatch", [OPENED], LISTS),
        "SELECT participants, participants_version FROM tickets",
    ),
    "dispatch site": (
        *("dispatch", [OPENED], each("TicketSiteChanged", "site_id", ONE, TWO, None)),
        "SELECT site_id, site_version FROM tickets",
    ),
    "dispatch privacy": ("dispatch", [OPENED], HIDDEN, "SELECT private, private_version FROM tickets"),
    "dispatch status": (
        *("dispatch", [OPENED], MOVED),
        "SELECT t.status, json_agg(m ORDER BY m.version)::text FROM tickets t JOIN ticket_moves m ON ticket_id = id"
        " GROUP BY t.id",
    ),
    "dispatch first response": ("dispatch", [OPENED], ANSWERED, "SELECT answered_at FROM tickets"),
    "notifications participants": (
        *("notifications", [ASKING, OPENED], LISTS),
        "SELECT participants, participants_version FROM tickets",
    ),
    "notifications participants around an assignee": (
        *("notifications", [ASKING, OPENED, *people()], LISTS_AROUND),
        "SELECT participants, participants_version, assignee_id FROM tickets",
    ),
    "notifications assignee": (
        *("notifications", [ASKING, OPENED, *people()], TAKEN),
        "SELECT assignee_id, assignee_version FROM tickets",
    ),
    "notifications usergroup": (
        *("notifications", [ASKING, OPENED], REGROUPED),
        "SELECT usergroup_id, usergroup_version FROM tickets",
    ),
    **{
        f"notifications {name}": (
            *("notifications", [ASKING, OPENED, *people("worker")], facts),
            "SELECT * FROM interventions",
        )
        for name, facts in {"intervention": INTERVENTION, "intervention after all": DONE_AFTER_ALL}.items()
    },
    "fieldwork usergroup": (
        *("fieldwork", [PLANNED], REGROUPED),
        "SELECT t.usergroup_id, t.version, i.usergroup_id FROM tickets t JOIN interventions i ON i.ticket_id = t.id",
    ),
    "fieldwork privacy": (
        *("fieldwork", [PLANNED], HIDDEN),
        "SELECT p.*, i.private FROM ticket_privacies p JOIN interventions i ON true",
    ),
}


#: One change takes a ticket from somebody, whose usergroup it leaves, and gives it to another: all under one version.
ONE_CHANGE = [REGROUPED[0], TAKEN[1], CHOSEN[1], ("TicketParticipantsChanged", with_participants(TWO, THREE))]
KEPT_OF_TICKET = {
    "dispatch": "SELECT usergroup_id, assignee_id, assigned_by, participants FROM tickets",
    "notifications": "SELECT usergroup_id, assignee_id, participants FROM tickets",
}


@pytest.mark.parametrize("case", CASES)
def test_three_facts_in_every_order(work_of, case):
    """The third is the newest; without it something else is kept."""
    service, given, facts, kept = CASES[case]
    kept_after = a_memory(work_of, service, given, kept)
    facts = [a_fact(*fact, version=version) for version, fact in enumerate(facts, start=2)]
    assert kept_after(facts) != kept_after(facts[:2])
    assert_order_is_nothing(kept_after, facts)


@pytest.mark.parametrize("service", KEPT_OF_TICKET)
def test_the_facts_of_one_change_in_every_order(work_of, service):
    """They have one version, so the last word is what they say together."""
    held = ("TicketAssigned", assigned(ONE))
    given = [ASKING, OPENED, *GROUPS, *people(), held]
    kept_after = a_memory(work_of, service, given, KEPT_OF_TICKET[service])
    assert_order_is_nothing(kept_after, [a_fact(*fact, version=3) for fact in ONE_CHANGE])


def assert_order_is_nothing(kept_after, facts):
    """Hear facts in every order, the first of them again at the end, and look whether the same one row is kept."""
    (end,) = kept_after(facts)
    for order in permutations(facts):
        assert kept_after((*order, order[0])) == [end], [(fact.name, fact.version) for fact in order]


def a_memory(work_of, name, given, kept):
    """Return a function that tells what a service keeps once it has heard facts.

    :param given: heard before, if the service hears such facts.
    :param kept: statement.
    """
    work, listeners = work_of(name, actor=system_actor(name)), listeners_of(name)
    hear(work, listeners, [a_fact(*fact) for fact in given if fact[0] in listeners])

    def kept_after(facts):
        with undone(work) as inner:
            hear(inner, listeners, facts)
            return list(map(tuple, inner.load(kept)))

    return kept_after


def listeners_of(name):
    """Return the listeners of a service by the names of facts, each with the condition under which it hears."""
    service = HEARING[name]()
    service.settings = SETTINGS
    heard = entrypoints_of(HEARING[name], On)
    return {entry.event.__name__: (getattr(service, method), entry.only_if) for method, entry in heard.items()}


def a_fact(event, changes, version=1):
    """Return the stored example of a fact with changes."""
    declared, example = EXAMPLES[event]
    return GivenFact(declared, forms.load(declared, {**example, **changes}), version=version)


def hear(work, listeners, facts):
    """Have a service hear facts; what came too early comes again at the end, as the inbox does it."""
    too_early = []
    for fact in facts:
        listener, only_if = listeners[fact.name]
        if only_if and not only_if(fact.data):
            continue
        try:
            listener(work, fact)
        except NotYet:
            too_early.append(fact)
        end_action(work)
    if too_early:
        assert len(too_early) < len(facts), too_early
        hear(work, listeners, too_early)
