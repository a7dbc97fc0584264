"""People, places, tickets and facts by intent, for the tests of dispatch."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from threading import Barrier
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.actors import is_let_in
from chassis.bus.entrypoints import On, entrypoints_of
from chassis.ids import new_id
from chassis.testing import MONDAY, GivenFact, an_actor, told
from services.dispatch import service
from services.dispatch.access import PERMISSIONS
from services.dispatch.contract import Dispatch
from services.dispatch.models import Base
from services.fieldwork.contract import (
    ClockedIn,
    ClockedOut,
    InterventionCompleted,
    ServiceTypeChanged,
    WorkValidated,
)
from services.identity.contract import PersonChanged, SiteChanged, UsergroupChanged
from services.identity.domain import ROLES
from services.inbound.contract import MailboxChanged
from services.tickets.contract import (
    CategoryChanged,
    MessageAdded,
    TicketAssigned,
    TicketOpened,
    TicketParticipantsChanged,
    TicketPriorityChanged,
    TicketPrivacyChanged,
    TicketSiteChanged,
    TicketStatusChanged,
    TicketUsergroupChanged,
)
from tests import contents

DISPATCH = service.DispatchService()
CONDITIONS = {entry.event: entry.only_if for entry in entrypoints_of(service.DispatchService, On).values()}
LISTENERS = {
    PersonChanged: DISPATCH.person_changed,
    UsergroupChanged: DISPATCH.usergroup_changed,
    SiteChanged: DISPATCH.site_changed,
    CategoryChanged: DISPATCH.category_changed,
    MailboxChanged: DISPATCH.mailbox_changed,
    ServiceTypeChanged: DISPATCH.service_type_changed,
    TicketOpened: DISPATCH.ticket_opened,
    TicketStatusChanged: DISPATCH.ticket_status_changed,
    TicketPriorityChanged: DISPATCH.ticket_priority_changed,
    TicketUsergroupChanged: DISPATCH.ticket_usergroup_changed,
    TicketAssigned: DISPATCH.ticket_assigned,
    TicketParticipantsChanged: DISPATCH.ticket_participants_changed,
    TicketSiteChanged: DISPATCH.ticket_site_changed,
    TicketPrivacyChanged: DISPATCH.ticket_privacy_changed,
    MessageAdded: DISPATCH.message_added,
    ClockedIn: DISPATCH.clocked_in,
    ClockedOut: DISPATCH.clocked_out,
    InterventionCompleted: DISPATCH.intervention_completed,
    WorkValidated: DISPATCH.work_validated,
}


def at(text):
    """Return the instant of `day hour:minute` in November 2026, wall time in Paris; the 16th is a Monday."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=ZoneInfo("Europe/Paris"))


def hear(work, event, version=1, **payload):
    """Let dispatch hear a fact, unless it does not concern it; the next one finds what it has changed."""
    fact = GivenFact(event, payload, version=version)
    if CONDITIONS[event] is None or CONDITIONS[event](fact.data):
        LISTENERS[event](work, fact)
    work.flush()


def a_person(work, *roles, number=None, active=True, organisation_id=None, version=1, **particulars):
    """Let a person be known; return the id, small numbers before large ones."""
    person_id = new_id() if number is None else UUID(int=number)
    person = {
        "person_id": person_id,
        "email": f"{person_id}@provider.example",
        "name": f"Person {number or ''}".strip(),
        "language": "en",
        "roles": list(roles or ("agent",)),
        "organisation_id": organisation_id,
        "active": active,
        "confirmed": True,
    }
    hear(work, PersonChanged, version, **(person | particulars))
    return person_id


def a_usergroup(work, *agents, usergroup_id=None, active=True, default_category_id=None, version=1):
    """Let a usergroup with its agents be known; return its id."""
    usergroup_id = usergroup_id or new_id()
    hear(
        work,
        UsergroupChanged,
        version,
        usergroup_id=usergroup_id,
        name="Heating",
        private_allowed=True,
        members=[],
        supervisors=[],
        agents=list(agents),
        default_category_id=default_category_id,
        active=active,
    )
    return usergroup_id


def a_site(work, *above, usergroup_id=None, organisation_id=None, active=True):
    """Let a site be known that lies in the sites named, the outermost first; return its id."""
    site_id = new_id()
    hear(
        work,
        SiteChanged,
        site_id=site_id,
        name="Lindenhof",
        kind="building",
        parent_id=above[-1] if above else None,
        organisation_id=organisation_id,
        usergroup_id=usergroup_id,
        time_zone="Europe/Paris",
        path=[*above, site_id],
        active=active,
    )
    return site_id


def a_category(work, usergroup_id=None, active=True):
    """Let a category be known; return its id."""
    category_id = new_id()
    slug = f"category-{category_id}"
    hear(
        work,
        CategoryChanged,
        category_id=category_id,
        name="Fault",
        slug=slug,
        usergroup_id=usergroup_id,
        active=active,
    )
    return category_id


def a_mailbox(work, active=True):
    """Let a mailbox be known; return its id."""
    mailbox_id = new_id()
    hear(
        work,
        MailboxChanged,
        mailbox_id=mailbox_id,
        address=f"{mailbox_id}@desk.example",
        name="Desk",
        usergroup_id=None,
        category_id=None,
        language="fr",
        active=active,
    )
    return mailbox_id


def a_service_type(work):
    """Let a service type be known; return its id."""
    service_type_id = new_id()
    hear(work, ServiceTypeChanged, service_type_id=service_type_id, name="Heating", validation=True)
    return service_type_id


def a_participant(person_id, role="requester"):
    """Return somebody who takes part in a ticket, as facts carry them."""
    return {
        "participant_id": new_id(),
        "person_id": person_id,
        "email": "resident@homes.example",
        "name": "Rita Resident",
        "language": "fr",
        "role": role,
    }


def an_opening(*, requester_id=None, source=None, **particulars):
    """Return the payload of a resident's report of Monday at ten; what matters to a test is given."""
    requester = a_participant(requester_id)
    origin = {"automatic": False, **(source or {})}
    plain = {
        "ticket_id": new_id(),
        "number": "26-000001",
        "subject": "Panne de chauffage",
        "description": "Le radiateur est froid.",
        "kind": "request",
        "channel": "mail",
        "usergroup_chosen": particulars.get("usergroup_id") is not None,
        "priority": "normal",
        "private": False,
        "requester": {name: value for name, value in requester.items() if name != "role"},
        "opened_at": MONDAY,
        "language": "fr",
        "source": origin,
        "participants": [requester],
    }
    return plain | particulars


def a_ticket(work, **particulars):
    """Let a ticket be opened; return its id."""
    opening = an_opening(**particulars)
    hear(work, TicketOpened, 1, **opening)
    return opening["ticket_id"]


def move(work, ticket_id, to, when, version, came_from=None):
    """Let a ticket's status be changed at an instant, unless told otherwise so that its clocks feel it."""
    came_from = came_from or ("pending" if to == "open" else "open")
    hear(
        work,
        TicketStatusChanged,
        version,
        ticket_id=ticket_id,
        number="26-000001",
        subject="Panne de chauffage",
        from_=came_from,
        to=to,
        reason="person",
        changed_at=when,
        recipients=[],
    )


def prioritise(work, ticket_id, to, version):
    """Let a ticket's priority be changed."""
    hear(work, TicketPriorityChanged, version, ticket_id=ticket_id, from_="normal", to=to, changed_at=MONDAY)


def regroup(work, ticket_id, usergroup_id, version, chosen=True):
    """Let a ticket's usergroup be changed."""
    hear(
        work,
        TicketUsergroupChanged,
        version,
        ticket_id=ticket_id,
        usergroup_id=usergroup_id,
        chosen=chosen,
        changed_at=MONDAY,
    )


def hide(work, ticket_id, private, version):
    """Let a ticket be made private, or not private any more."""
    hear(work, TicketPrivacyChanged, version, ticket_id=ticket_id, private=private, changed_at=MONDAY)


def take_place(work, ticket_id, site_id, version):
    """Let a ticket be about another place."""
    hear(work, TicketSiteChanged, version, ticket_id=ticket_id, site_id=site_id, changed_at=MONDAY)


def assign(work, ticket_id, person_id, version, by="person", when=MONDAY, decision=None, unable=None):
    """Let a ticket be assigned, as tickets tells it."""
    hear(
        work,
        TicketAssigned,
        version,
        ticket_id=ticket_id,
        number="26-000001",
        subject="Panne de chauffage",
        assignee_id=person_id,
        by=by,
        decision=decision,
        unable_id=unable,
        assigned_at=when,
    )


def answer(work, ticket_id, when, first_response=True, version=9):
    """Let an agent answer on a ticket."""
    hear(
        work,
        MessageAdded,
        version,
        ticket_id=ticket_id,
        number="26-000001",
        subject="Panne de chauffage",
        message_id=new_id(),
        body="Nous arrivons.",
        author={"name": "Ada Agent"},
        author_role="agent",
        channel="api",
        written_at=when,
        attachments=[],
        recipients=[],
        mail={"references": []},
        automatic=False,
        first_response=first_response,
    )


def clock(work, intervention, worker_id, event=ClockedIn):
    """Let a worker clock in or out at an intervention, as fieldwork tells it."""
    hear(
        work,
        event,
        clock_in_id=new_id(),
        intervention_id=intervention.id,
        work_order_id=intervention.work_order_id,
        ticket_id=intervention.ticket_id,
        worker={"person_id": worker_id, "name": "Wim Worker"},
        method="manual",
        occurred_at=MONDAY,
        received_at=MONDAY,
        flags=[],
    )


def complete(work, intervention, validation_needed=True):
    """Let an intervention be completed, as fieldwork tells it."""
    hear(
        work,
        InterventionCompleted,
        intervention_id=intervention.id,
        work_order_id=intervention.work_order_id,
        ticket_id=intervention.ticket_id,
        completed_at=MONDAY,
        by={"person_id": new_id(), "name": "Wim Worker"},
        report="Valve replaced.",
        validation_needed=validation_needed,
    )


def validate(work, intervention):
    """Let an intervention's work be validated, as fieldwork tells it."""
    hear(
        work,
        WorkValidated,
        intervention_id=intervention.id,
        work_order_id=intervention.work_order_id,
        ticket_id=intervention.ticket_id,
        validated_at=MONDAY,
        by={"person_id": new_id(), "name": "Mia Manager"},
    )


def an_actor_as(role, **particulars):
    """Return an actor with the rights of one of the nine roles."""
    return an_actor(rights=dict(ROLES[role]), role=role, name=role, **particulars)


ADMIN = an_actor_as("admin")


def ask(work, actor, method, **arguments):
    """Ask a method as the edge does: permission, typed arguments, handler; return what it answers.

    :raises PermissionError: the edge refuses.
    """
    if not is_let_in(actor, PERMISSIONS[method]):
        raise PermissionError(method)
    takes = Dispatch.methods()[method].takes()
    values = takes.load(takes.dump(arguments))
    return getattr(DISPATCH, method)(work, actor, **values)


def answered(method, thing):
    """Return an answer as the contract dumps it."""
    return Dispatch.methods()[method].gives().dump(thing)


def told_since(work, count, *names):
    """Return the facts told after the first `count`; only those of the names given, if any."""
    return [fact for fact in told(work)[count:] if not names or fact[0] in names]


everything = partial(contents.everything, base=Base)
refused = partial(contents.refused, base=Base)


def kept(work, model, key):
    """Return a row as it is in the database now."""
    work.session.flush()
    return work.session.get(model, key, populate_existing=True)


def in_threads(*calls):
    """Run calls at the same moment, each in a thread; return what they return or raise, in their order."""
    barrier = Barrier(len(calls))

    def run(call):
        barrier.wait(10)
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
