"""Who may do what: every role against every method, refusals without a trace."""

import pytest

from chassis.errors import Conflict, Forbidden, NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY, an_actor
from services.fieldwork import access, actions, answers, queries
from services.fieldwork.contract.arguments import NewServiceType
from services.identity.domain import ROLES, united_rights
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
    intervention_again,
    outcome,
    planned,
    privacy_fact,
    refused,
    someone,
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


def expected(done, *, edge=frozenset(), seen_code=FORBIDDEN, absent=ABSENT):
    """Return what each gets: `done`, absent for strangers, or the code for those who see the intervention.

    :param edge: whom the edge refuses already.
    """
    codes = {who: seen_code if who in SEES else absent for who in PEOPLE}
    return codes | dict.fromkeys(edge | BLIND, FORBIDDEN) | dict.fromkeys(done, "done")


def of_each(ask):
    """Return what each of the people gets; what breaks says who asked.

    :param ask: called with an actor.
    """
    return {who: _asked(ask, who) for who in PEOPLE}


def _asked(ask, who):
    try:
        return ask(PEOPLE[who])
    except Exception as error:
        error.add_note(f"asked by: {who}")
        raise


def outcomes(work, method, ask):
    """Return the outcome of a method for each, who all find the same.

    :param ask: called with an actor; calls the action.
    """
    return of_each(lambda actor: outcome(work, actor, method, lambda: ask(actor)))


@pytest.fixture
def intervention(work):
    """Return a planned intervention of worker and contractor, at the client's site, for the group."""
    return planned(work, *WORKERS, site_id=a_site(work, organisation_id=OWNER))


def found(work, intervention_id):
    """Return what each gets who reads an intervention."""
    return outcomes(work, "intervention_by_id", lambda actor: access.intervention_for(work, actor, intervention_id))


def test_intervention_by_id(work, intervention):
    """Strangers find nothing."""
    assert found(work, intervention.id) == expected(SEES)


def test_list_interventions(work, intervention):
    """The list holds the intervention for those who may see it, and is empty for the others, whatever the filter."""
    by_name = {"ticket": intervention.ticket_id, "site": intervention.site_id, "work_order": intervention.work_order_id}
    for named in ({}, *({name: id_} for name, id_ in by_name.items())):
        filters = dict.fromkeys(("from", "to", "site", "status", "work_order", "ticket", "cursor"))
        filters |= {"mine": False, "without_worker": False, "order": "latest", "limit": 50, **named}

        def listed(actor, filters=filters):
            return [one.id for one in queries.page_of_interventions(work, actor, filters)["items"]]

        assert of_each(listed) == {who: [intervention.id] if who in SEES else [] for who in PEOPLE}


def test_clock_in(work, intervention):
    """Only the workers of the intervention; the administrator may clock in, but not without being sent."""
    results = outcomes(work, "clock_in", lambda actor: clock(work, actor, intervention))
    assert results == expected({"worker", "contractor"}) | {"admin": "not_your_intervention"}


def test_clock_in_for_a_worker(work, intervention):
    """Operators only: the managers of the group, and the worker for themself."""
    results = outcomes(work, "clock_in", lambda actor: clock(work, actor, intervention, worker_id=WORKER.person_id))
    assert results == expected({"manager", "admin", "worker"})


def test_declare_incident(work, intervention):
    """Workers of the intervention, and clients of the site's organisation."""
    results = outcomes(work, "declare_incident", lambda actor: declare(work, actor, intervention))
    assert results == expected(DECLARES, edge={"agent", "supervisor", "other agent", "manager", "other manager"})


def test_complete_intervention(work, intervention):
    """Workers of the intervention, and the managers of the group."""
    clock(work, WORKER, intervention, "start", MONDAY)
    clock(work, WORKER, intervention, "end", ELEVEN)

    def complete(actor):
        actions.complete_intervention(work, actor, intervention.id, "Done.")

    results = outcomes(work, "complete_intervention", complete)
    assert results == expected({"worker", "contractor", "manager", "admin"})


def test_validate_intervention(work):
    """The managers of the group."""
    intervention = completed(work, *WORKERS, site_id=a_site(work, organisation_id=OWNER))

    def validate(actor):
        actions.validate_intervention(work, actor, intervention.id)

    allowed = {"manager", "admin"}
    edge = set(PEOPLE) - allowed - {"other manager"}
    assert outcomes(work, "validate_intervention", validate) == expected(allowed, edge=edge)


def test_settings(work):
    """Service types and reasons are master data, read by those who work, plan or configure; reasons by clients, too."""
    settings = NewServiceType().load({"name": "Cleaning"})
    writes = {"masterdata_admin", "admin"}
    works = {"worker", "other worker", "contractor", "other contractor"}
    plans = {"agent", "supervisor", "other agent", "manager", "other manager"}
    reads = writes | works | plans
    declares = reads | {"client", "other client", "client of nobody"}
    methods = {
        "create_service_type": lambda actor: actions.create_service_type(work, actor, **settings),
        "create_incident_reason": lambda actor: actions.create_incident_reason(work, actor, None, "Dog", {}, "both"),
        "list_service_types": lambda actor: queries.service_types(work),
        "list_incident_reasons": lambda actor: queries.incident_reasons(work),
    }
    assert {method: outcomes(work, method, ask) for method, ask in methods.items()} == {
        method: {who: "done" if who in allowed else FORBIDDEN for who in PEOPLE}
        for method, allowed in zip(methods, (writes, writes, reads, declares), strict=True)
    }


def test_an_intervention_without_usergroup(work):
    """Everybody who serves some group sees it, until it has one."""
    intervention = planned(work, WORKER, usergroup_id=None)
    seen = {"worker", "agent", "other agent", "admin"}
    assert found(work, intervention.id) == expected(seen, seen_code=ABSENT)


def test_an_intervention_at_a_place_without_owner(work):
    """It is no client's, nor of those who are of no organisation."""
    intervention = planned(work, *WORKERS, site_id=a_site(work))
    assert found(work, intervention.id) == expected(SEES - {"client"}, seen_code=ABSENT)


def test_an_intervention_of_a_private_ticket(work):
    """Hidden from supervisors and clients, as the ticket is; never from its agents and workers."""
    intervention = planned(work, *WORKERS, site_id=a_site(work, organisation_id=OWNER), private=True)
    assert found(work, intervention.id) == expected(SEES - {"supervisor", "manager", "client"}, seen_code=ABSENT)


@pytest.mark.parametrize("private", [True, False])
def test_an_incident_whose_own_ticket_is_private(work, intervention, private):
    """Hidden, with its file, from clients and supervisors who see the intervention; not once it is private no more."""
    photo = a_file(work, WORKER)
    declare(work, WORKER, intervention, attachments=[photo.id])
    for version, is_private in enumerate([True, private], start=2):
        actions.follow_privacy(work, privacy_fact(intervention.incidents[0].ticket_id, is_private, version))
    assert found(work, intervention.id) == expected(SEES)

    def read_file(actor):
        return access.attachment_for(work, actor, photo.id)

    readers = SEES - {"supervisor", "manager", "client"} if private else SEES
    gone = "attachment_not_found"
    assert outcomes(work, "attachment_by_id", read_file) == expected(readers, seen_code=gone, absent=gone)
    for who in SEES:
        answer = answers.of_full_intervention(work, PEOPLE[who], intervention_again(work, intervention))
        texts = [incident["text"] for incident in answer["incidents"]]
        assert texts == (["The boiler room is locked."] if who in readers else []), who


def test_whoever_declared_a_private_incident_reads_it(work, intervention):
    """It is their own; a colleague of theirs reads only what is not private."""
    client, colleague = PEOPLE["client"], someone("client", organisation_id=OWNER)
    photo = a_file(work, client)
    private = declare(work, client, intervention, attachments=[photo.id])
    public = declare(work, WORKER, intervention, at=ELEVEN)
    actions.follow_privacy(work, privacy_fact(private["ticket_id"]))
    for actor, ids in ((client, [private["id"], public["id"]]), (colleague, [public["id"]])):
        answer = answers.of_full_intervention(work, actor, intervention_again(work, intervention))
        assert [incident["id"] for incident in answer["incidents"]] == ids
    assert access.attachment_for(work, client, photo.id) is photo
    with refused(work, NotFound, "attachment_not_found"):
        access.attachment_for(work, colleague, photo.id)


def test_an_intervention_is_another_one_once_its_incident_is_hidden(work, intervention):
    """By its version, so that what was read before is read again; an older or repeated word changes nothing."""
    ticket_id = declare(work, WORKER, intervention)["ticket_id"]
    before = intervention_again(work, intervention).version
    for version, private in ((5, True), (5, True), (4, False)):
        actions.follow_privacy(work, privacy_fact(ticket_id, private, version))
    intervention = intervention_again(work, intervention)
    assert (intervention.version, intervention.private) == (before + 1, False)
    assert answers.of_full_intervention(work, PEOPLE["client"], intervention)["incidents"] == []


def test_an_unknown_intervention_is_as_absent_as_a_foreign_one(work, intervention):
    """The same code and the same words."""
    assert found(work, new_id()) == expected(set(), seen_code=ABSENT)


def test_each_permission_has_a_reach_of_its_own(work, intervention):
    """Somebody with a role made by hand reads all interventions, and acts on their own only."""
    rights = {"interventions.read": "all", "incidents.declare": "assigned", "work.validate": "group"}
    actor = an_actor(rights=rights)
    assert access.intervention_for(work, actor, intervention.id) is intervention
    for permission in ("incidents.declare", "work.validate"):
        with refused(work, Forbidden, "not_allowed"):
            access.intervention_for(work, actor, intervention.id, permission)


def test_a_manager_of_others_who_is_sent_is_a_worker_there(work):
    """What lets them judge others' work reaches their usergroups; being sent elsewhere adds nothing."""
    rights = united_rights([ROLES["manager"], ROLES["worker"]])
    sent = an_actor(role="manager", rights=rights, name="Max", supervises=[OTHER_GROUP])
    intervention = planned(work, WORKER, sent)
    assert access.intervention_for(work, sent, intervention.id) is intervention
    with refused(work, Forbidden, "not_allowed"):
        clock(work, sent, intervention, worker_id=WORKER.person_id)
    with refused(work, Conflict, "clock_in_missing"):
        actions.complete_intervention(work, sent, intervention.id, "Done.")
    clock(work, sent, intervention, "start", MONDAY)
    clock(work, sent, intervention, "end", ELEVEN)
    actions.complete_intervention(work, sent, intervention.id, "Done.")
    with refused(work, Forbidden, "not_allowed"):
        actions.validate_intervention(work, sent, intervention.id)


def test_whoever_is_sent_completes_only_with_the_right_to_clock_in(work):
    """A role that an administrator has changed takes it away from workers."""
    sent = an_actor(role="worker", rights={"interventions.read": "assigned"})
    intervention = planned(work, WORKER, sent)
    clock(work, WORKER, intervention, "start", MONDAY)
    clock(work, WORKER, intervention, "end", ELEVEN)
    with refused(work, Forbidden, "not_allowed"):
        actions.complete_intervention(work, sent, intervention.id, "Done.")


def test_the_table_names_uploads_too():
    """Uploads are for those who may declare, files for those who may read."""
    assert access.PERMISSIONS["keep_attachment"] == "incidents.declare"
    assert access.PERMISSIONS["attachment_by_id"] == "interventions.read"
