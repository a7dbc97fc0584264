"""Who may do what: every role against every method, refusals without a trace."""

import pytest

from chassis.errors import Forbidden, NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY, an_actor
from services.fieldwork import access, actions, answers, queries
from services.fieldwork.contract.arguments import NewServiceType
from tests.actions.fieldwork.given import (
    ELEVEN,
    GROUP,
    OTHER_GROUP,
    OTHER_OWNER,
    OWNER,
    a_file,
    a_site,
    clock,
    completed,
    declare,
    outcome,
    planned,
    privacy_fact,
    refused,
    someone,
    visit_again,
)

WORKER = someone("worker")
PEOPLE = {
    "requester": someone("requester"),
    "client": someone("client", organisation_id=OWNER),
    "other client": someone("client", organisation_id=OTHER_OWNER),
    "client of nobody": someone("client"),
    "worker": WORKER,
    "other worker": someone("worker"),
    "contractor": someone("external_agent"),
    "other contractor": someone("external_agent"),
    "agent": someone("agent", serves=[GROUP]),
    "supervisor": someone("agent", supervises=[GROUP]),
    "other agent": someone("agent", serves=[OTHER_GROUP]),
    "manager": someone("manager", supervises=[GROUP]),
    "other manager": someone("manager", supervises=[OTHER_GROUP]),
    "app_admin": someone("app_admin"),
    "masterdata_admin": someone("masterdata_admin"),
    "admin": someone("admin"),
}
WORKERS = WORKER, PEOPLE["contractor"]
ABSENT, FORBIDDEN = "intervention_not_found", "not_allowed"

#: Who may do it; everybody else gets the code.
SEES = {"client", "worker", "contractor", "agent", "supervisor", "manager", "admin"}
BLIND = {"requester", "app_admin", "masterdata_admin"}
DECLARES = {"client", "worker", "contractor", "admin"}


def expected(who, done, *, edge=frozenset(), seen_code=FORBIDDEN):
    """Return what somebody gets: `done`, absent for strangers, or the code for those who see the visit.

    :param edge: whom the edge refuses already.
    """
    if who in done:
        return "done"
    if who in edge | BLIND:
        return FORBIDDEN
    return seen_code if who in SEES else ABSENT


@pytest.fixture
def visit(work):
    """Return a planned visit of worker and contractor, at the client's site, for the group."""
    return planned(work, *WORKERS, site_id=a_site(work, organisation_id=OWNER))


def found(work, actor, visit_id):
    """Return what an actor gets who reads a visit."""
    return outcome(work, actor, "intervention_by_id", lambda: access.intervention_for(work, actor, visit_id))


@pytest.mark.parametrize("who", PEOPLE)
def test_intervention_by_id(work, visit, who):
    """Strangers find nothing."""
    actor = PEOPLE[who]
    result = found(work, actor, visit.id)
    assert result == expected(who, SEES)


@pytest.mark.parametrize("who", PEOPLE)
def test_list_interventions(work, visit, who):
    """The list holds the visit for those who may see it, and is empty for the others, whatever the filter."""
    actor = PEOPLE[who]
    by_name = {"ticket": visit.ticket_id, "site": visit.site_id, "work_order": visit.work_order_id}
    for named in ({}, *({name: id_} for name, id_ in by_name.items())):
        filters = dict.fromkeys(("from", "to", "site", "status", "work_order", "ticket", "cursor"))
        filters |= {"mine": False, "order": "latest", "limit": 50, **named}
        page, _ = queries.page_of_interventions(work, actor, filters)
        assert [listed.id for listed in page] == ([visit.id] if who in SEES else [])


@pytest.mark.parametrize("who", PEOPLE)
def test_clock_in(work, visit, who):
    """Only the workers of the visit; the administrator may clock in, but not without being sent."""
    actor = PEOPLE[who]
    result = outcome(work, actor, "clock_in", lambda: clock(work, actor, visit))
    if who == "admin":
        assert result == "not_your_intervention"
    else:
        assert result == expected(who, {"worker", "contractor"})


@pytest.mark.parametrize("who", PEOPLE)
def test_clock_in_for_a_worker(work, visit, who):
    """Operators only: the managers of the group, and the worker for themself."""
    actor = PEOPLE[who]
    result = outcome(work, actor, "clock_in", lambda: clock(work, actor, visit, worker_id=WORKER.person_id))
    assert result == expected(who, {"manager", "admin", "worker"})


@pytest.mark.parametrize("who", PEOPLE)
def test_declare_incident(work, visit, who):
    """Workers of the visit, and clients of the site's organisation."""
    actor = PEOPLE[who]
    result = outcome(work, actor, "declare_incident", lambda: declare(work, actor, visit))
    edge = {"agent", "supervisor", "other agent", "manager", "other manager"}
    assert result == expected(who, DECLARES, edge=edge)


@pytest.mark.parametrize("who", PEOPLE)
def test_complete_intervention(work, visit, who):
    """Workers of the visit, and the managers of the group."""
    actor = PEOPLE[who]
    clock(work, WORKER, visit, "start", MONDAY)
    clock(work, WORKER, visit, "end", ELEVEN)

    def complete():
        actions.complete_intervention(work, actor, visit.id, "Done.")

    result = outcome(work, actor, "complete_intervention", complete)
    assert result == expected(who, {"worker", "contractor", "manager", "admin"})


@pytest.mark.parametrize("who", PEOPLE)
def test_validate_intervention(work, who):
    """The managers of the group."""
    actor = PEOPLE[who]
    visit = completed(work, *WORKERS, site_id=a_site(work, organisation_id=OWNER))

    def validate():
        actions.validate_intervention(work, actor, visit.id)

    allowed = {"manager", "admin"}
    edge = set(PEOPLE) - allowed - {"other manager"}
    assert outcome(work, actor, "validate_intervention", validate) == expected(who, allowed, edge=edge)


@pytest.mark.parametrize("who", PEOPLE)
def test_settings(work, who):
    """Service types and reasons are master data, read by those who work, plan or configure; reasons by clients, too."""
    actor = PEOPLE[who]
    settings = NewServiceType().load({"name": "Cleaning"})
    written = "done" if who in {"masterdata_admin", "admin"} else FORBIDDEN
    works = {"worker", "other worker", "contractor", "other contractor"}
    plans = {"agent", "supervisor", "other agent", "manager", "other manager"}
    reads = works | plans | {"masterdata_admin", "admin"}
    declares = reads | {"client", "other client", "client of nobody"}
    results = {
        "create_service_type": lambda: actions.create_service_type(work, actor, **settings),
        "create_incident_reason": lambda: actions.create_incident_reason(work, actor, None, "Dog", {}, "both"),
        "list_service_types": lambda: queries.service_types(work),
        "list_incident_reasons": lambda: queries.incident_reasons(work),
    }
    assert {method: outcome(work, actor, method, call) for method, call in results.items()} == {
        "create_service_type": written,
        "create_incident_reason": written,
        "list_service_types": "done" if who in reads else FORBIDDEN,
        "list_incident_reasons": "done" if who in declares else FORBIDDEN,
    }


@pytest.mark.parametrize("who", PEOPLE)
def test_a_visit_without_usergroup(work, who):
    """Everybody who serves some group sees it, until it has one."""
    actor = PEOPLE[who]
    visit = planned(work, WORKER, usergroup_id=None)
    result = found(work, actor, visit.id)
    seen = {"worker", "agent", "other agent", "admin"}
    assert result == ("done" if who in seen else FORBIDDEN if who in BLIND else ABSENT)


@pytest.mark.parametrize("who", PEOPLE)
def test_a_visit_of_a_private_ticket(work, who):
    """Hidden from supervisors and clients, as the ticket is; never from its agents and workers."""
    actor = PEOPLE[who]
    visit = planned(work, *WORKERS, site_id=a_site(work, organisation_id=OWNER), private=True)
    result = found(work, actor, visit.id)
    assert result == expected(who, SEES - {"supervisor", "manager", "client"}, seen_code=ABSENT)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("private", [True, False])
def test_an_incident_whose_own_ticket_is_private(work, visit, who, private):
    """Hidden, with its file, from clients and supervisors who see the visit; not once it is private no more."""
    photo = a_file(work, WORKER)
    declare(work, WORKER, visit, attachments=[photo.id])
    for version, is_private in enumerate([True, private], start=2):
        actions.follow_privacy(work, privacy_fact(visit.incidents[0].ticket_id, is_private, version))
    actor = PEOPLE[who]
    readers = SEES - {"supervisor", "manager", "client"} if private else SEES
    assert found(work, actor, visit.id) == expected(who, SEES)
    if who in SEES:
        answer = answers.of_full_intervention(work, actor, visit_again(work, visit))
        assert [incident["text"] for incident in answer["incidents"]] == (
            ["The boiler room is locked."] if who in readers else []
        )
    read = outcome(work, actor, "attachment_by_id", lambda: access.attachment_for(work, actor, photo.id))
    assert read == ("done" if who in readers else FORBIDDEN if who in BLIND else "attachment_not_found")


def test_whoever_declared_a_private_incident_reads_it(work, visit):
    """It is their own; a colleague of theirs reads only what is not private."""
    client, colleague = PEOPLE["client"], someone("client", organisation_id=OWNER)
    photo = a_file(work, client)
    private = declare(work, client, visit, attachments=[photo.id])
    public = declare(work, WORKER, visit, at=ELEVEN)
    actions.follow_privacy(work, privacy_fact(private["ticket_id"]))
    for actor, ids in ((client, [private["id"], public["id"]]), (colleague, [public["id"]])):
        answer = answers.of_full_intervention(work, actor, visit_again(work, visit))
        assert [incident["id"] for incident in answer["incidents"]] == ids
    assert access.attachment_for(work, client, photo.id) is photo
    with refused(work, NotFound, "attachment_not_found"):
        access.attachment_for(work, colleague, photo.id)


def test_a_visit_is_another_one_once_its_incident_is_hidden(work, visit):
    """By its version, so that what was read before is read again; an older or repeated word changes nothing."""
    ticket_id = declare(work, WORKER, visit)["ticket_id"]
    before = visit_again(work, visit).version
    for version, private in ((5, True), (5, True), (4, False)):
        actions.follow_privacy(work, privacy_fact(ticket_id, private, version))
    visit = visit_again(work, visit)
    assert (visit.version, visit.private) == (before + 1, False)
    assert answers.of_full_intervention(work, PEOPLE["client"], visit)["incidents"] == []


@pytest.mark.parametrize("who", PEOPLE)
def test_an_unknown_visit_is_as_absent_as_a_foreign_one(work, visit, who):
    """The same code and the same words."""
    actor = PEOPLE[who]
    result = found(work, actor, new_id())
    assert result == (FORBIDDEN if who in BLIND else ABSENT)


def test_each_permission_has_a_reach_of_its_own(work, visit):
    """Somebody with a role made by hand reads all visits, and acts on their own only."""
    rights = {"interventions.read": "all", "incidents.declare": "assigned", "work.validate": "group"}
    actor = an_actor(rights=rights)
    assert access.intervention_for(work, actor, visit.id) is visit
    for permission in ("incidents.declare", "work.validate"):
        with refused(work, Forbidden, "not_allowed"):
            access.intervention_for(work, actor, visit.id, permission)


def test_the_table_names_uploads_too():
    """Uploads are for those who may declare, files for those who may read."""
    assert access.PERMISSIONS["keep_attachment"] == "incidents.declare"
    assert access.PERMISSIONS["attachment_by_id"] == "interventions.read"
