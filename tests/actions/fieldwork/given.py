"""Test data by intent: people of each role, planned interventions, and what must stay as it was."""

from datetime import timedelta
from functools import partial

from sqlalchemy import select

from chassis.actors import is_let_in
from chassis.copies import keep
from chassis.errors import DomainError
from chassis.ids import new_id
from chassis.testing import MONDAY, GivenFact, an_actor, told
from services.dispatch.contract import InterventionCancelled, InterventionPlanned, InterventionReplanned
from services.fieldwork import access, actions, queries
from services.fieldwork.models import Attachment, Base, Intervention, ServiceType, Site
from services.identity.domain import ROLES
from services.tickets.contract import TicketPrivacyChanged
from tests import contents

GROUP, OTHER_GROUP = new_id(), new_id()
OWNER, OTHER_OWNER = new_id(), new_id()
ELEVEN = MONDAY + timedelta(hours=2)


def someone(role, name=None, **particulars):
    """Return an actor with the rights that identity seeds for a role."""
    return an_actor(role=role, rights=ROLES[role], name=name or role.title(), **particulars)


def minutes(count):
    """Return so many minutes."""
    return timedelta(minutes=count)


def plan_fact(*, id=None, workers=(), starts_at=MONDAY, hours=2, **plan):
    """Return what dispatch tells of an intervention: by default on Monday from nine to eleven, for the group."""
    payload = {
        "intervention_id": id or new_id(),
        "work_order_id": plan.pop("work_order_id", None) or new_id(),
        "ticket_id": plan.pop("ticket_id", None) or new_id(),
        "usergroup_id": GROUP,
        "site_id": None,
        "service_type_id": None,
        "workers": [{"person_id": worker.person_id, "name": worker.name} for worker in workers],
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=hours),
        "planned_at": MONDAY - timedelta(days=1),
        "work_order_title": "Repair the heating",
        "work_order_description": "The tenant owes rent; ring twice.",
        "ticket_number": "26-000042",
        "ticket_subject": "It is cold",
        **plan,
    }
    return GivenFact(InterventionPlanned, payload)


def replanned(fact, version, **changes):
    """Return the fact of a new plan for the intervention of another fact."""
    data = {**fact.data, **changes}
    return GivenFact(InterventionReplanned, data, version=version)


def cancelled(fact, version=2):
    """Return the fact that an intervention was called off at eight."""
    payload = {name: fact.data[name] for name in ("intervention_id", "work_order_id", "ticket_id")}
    payload |= {"reason": "The tenant is away.", "cancelled_at": MONDAY - timedelta(hours=1)}
    return GivenFact(InterventionCancelled, payload, version=version)


def planned(work, *workers, **plan):
    """Return an intervention that dispatch has planned for these workers."""
    fact = plan_fact(workers=workers, **plan)
    actions.keep_plan(work, fact)
    return intervention_of(work, fact)


def intervention_of(work, fact):
    """Return the row of a fact's intervention as it is in the database now."""
    work.session.flush()
    statement = select(Intervention).where(Intervention.id == fact.data["intervention_id"])
    return work.session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()


def intervention_again(work, intervention):
    """Return the row of an intervention as it is in the database now."""
    work.session.flush()
    work.session.refresh(intervention)
    return intervention


def privacy_fact(ticket_id, private=True, version=2):
    """Return the fact that a ticket is private now, or not any more."""
    payload = {"ticket_id": ticket_id, "private": private, "changed_at": MONDAY}
    return GivenFact(TicketPrivacyChanged, payload, version=version)


def a_file(work, actor):
    """Return an upload of somebody's that no incident names yet."""
    described = {"filename": "door.jpg", "content_type": "image/jpeg", "sha256": "0" * 64, "size": 5}
    attachment = Attachment(id=new_id(), uploaded_by=actor.person_id, uploaded_at=MONDAY, **described)
    work.session.add(attachment)
    work.session.flush()
    return attachment


def a_site(work, *, above=(), **particulars):
    """Return the id of a site that fieldwork has heard of.

    :param above: ids of its ancestors, from the root down.
    """
    id_ = new_id()
    columns = {"name": "Rue Mercière 4", "organisation_id": None, "address": "", "position": None}
    keep(work, Site, id_, 1, path=[*above, id_], **{**columns, **particulars})
    return id_


def a_service_type(work, **settings):
    """Return a service type like the default one, with these settings."""
    default = queries.service_types(work)[0]
    columns = {column.key: getattr(default, column.key) for column in ServiceType.__mapper__.column_attrs}
    columns |= {"id": new_id(), "is_default": False, "name": "Lift maintenance", **settings}
    service_type = ServiceType(**columns)
    work.session.add(service_type)
    work.session.flush()
    return service_type


def clock(work, actor, intervention, event="start", at=MONDAY, received_at=None, **given):
    """Clock in or out by hand; return the answer.

    :param received_at: when the server gets it; at once where it is not given.
    """
    arguments = {
        "id": new_id(),
        "intervention_id": intervention.id,
        "event": event,
        "method": "manual",
        "occurred_at": at,
        "position": None,
        "worker_id": None,
        **given,
    }
    work.now = received_at or at
    return actions.clock_in(work, actor, **arguments)


def declare(work, actor, intervention, reason=None, at=MONDAY, received_at=None, **given):
    """Declare an incident; return the answer.

    :param reason: id; by default the first reason that is offered.
    """
    arguments = {
        "id": new_id(),
        "intervention_id": intervention.id,
        "reason": reason or queries.incident_reasons(work)[0].id,
        "at": "start",
        "text": "The boiler room is locked.",
        "occurred_at": at,
        "attachments": [],
        **given,
    }
    work.now = received_at or at or MONDAY
    return actions.declare_incident(work, actor, **arguments)


def completed(work, *workers, **plan):
    """Return an intervention that its workers have done: clocked in and out, completed."""
    intervention = planned(work, *workers, **plan)
    for worker in workers:
        clock(work, worker, intervention, "start", MONDAY)
        clock(work, worker, intervention, "end", ELEVEN)
    work.now = ELEVEN
    actions.complete_intervention(work, workers[0], intervention.id, "Valve replaced.")
    work.facts.clear()
    return intervention


everything = partial(contents.everything, base=Base)
refused = partial(contents.refused, base=Base)


def outcome(work, actor, method, call):
    """Return `done`, or the code with which the edge or the action refuses; a refusal leaves no trace.

    :param call: the action to be called once the edge's permission is there.
    """
    if not is_let_in(actor, access.PERMISSIONS[method]):
        return "not_allowed"
    before = everything(work), told(work)
    savepoint = work.session.begin_nested()
    try:
        call()
        result = "done"
    except DomainError as refusal:
        assert (everything(work), told(work)) == before
        result = refusal.code
    savepoint.rollback()
    work.session.expire_all()
    work.facts[:] = before[1]
    return result
