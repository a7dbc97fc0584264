"""Incidents: something wrong on site opens a ticket of its own, where client, worker and provider talk."""

from itertools import groupby

from chassis.errors import NotYet
from services.tickets.access import CAN_BE_SENT, MAY_SUPERVISE
from services.tickets.actions.attachments import take_over
from services.tickets.actions.opening import ORGANISATION_OF_SITE
from services.tickets.actions.participation import go_on_by, join
from services.tickets.actions.recording import NOT_FROM_OUTSIDE, Opening, record_opening
from services.tickets.contract import TicketParticipantsChanged, TicketPrivacyChanged
from services.tickets.contract.words import FOR_AGENTS, FOR_PARTICIPANTS, TICKET_LINKED
from services.tickets.domain import one_line, storable
from services.tickets.history import record, record_fact, shown
from services.tickets.locked import lock_for_fact
from services.tickets.models import TicketLink
from services.tickets.party import Party

_LOAD = (
    "SELECT nextval('ticket_numbers') AS serial, g.usergroup_id,"
    " coalesce(g.supervisors, '{}') AS supervisors,"
    f" {ORGANISATION_OF_SITE} AS organisation_id,"
    " (SELECT string_agg(above.name, ' › ' ORDER BY cardinality(above.path)) FROM sites above"
    " WHERE above.site_id = ANY (s.path)) AS place FROM (VALUES (1)) one"
    " LEFT JOIN usergroups g ON g.usergroup_id = %(usergroup_id)s"
    " LEFT JOIN sites s ON s.site_id = %(site_id)s"
)
#: The declarer first, then the workers, the clients, the supervisors; each person once, in that role, and in none who
#: was sent and is no worker any more. Of a private ticket neither client nor supervisor is told (decision 14).
_PEOPLE = (
    "SELECT known.person_id, known.email, known.name, known.language,"
    " CASE WHEN known.person_id = %(declared_by)s THEN 'requester' WHEN known.person_id = ANY (%(workers)s::uuid[])"
    f" AND {CAN_BE_SENT} THEN 'worker' WHEN known.organisation_id = %(organisation_id)s"
    " AND 'client' = ANY (known.roles) THEN 'client'"
    f" WHEN known.person_id = ANY (%(supervisors)s::uuid[]) AND {MAY_SUPERVISE} THEN 'supervisor' END AS role"
    " FROM people known WHERE known.person_id = %(declared_by)s OR known.person_id = ANY (%(workers)s::uuid[])"
    f" OR (known.active AND ((known.person_id = ANY (%(supervisors)s::uuid[]) AND {MAY_SUPERVISE})"
    " OR (known.organisation_id = %(organisation_id)s AND 'client' = ANY (known.roles)))) ORDER BY known.person_id"
)
#: By what somebody takes part, by their role. Rows of participants say `visit` for an intervention.
STANDINGS = {"worker": "visit", "client": "organisation", "supervisor": "usergroup"}
#: Who is sent by a newer plan than the one that an incident was declared under.
_NEWER_PLAN = (
    "SELECT worker_ids FROM interventions WHERE intervention_id = %(intervention_id)s AND worker_ids IS NOT NULL"
    " AND workers_version > %(plan_version)s"
)
#: Who is sent to an intervention and does not take part in its incidents, or only as the assignee.
_OUTSIDE = (
    "SELECT t.id AS ticket_id, sent.id AS worker_id, known.person_id, known.email, known.name, known.language"
    " FROM tickets t CROSS JOIN unnest(%(worker_ids)s::uuid[]) sent (id)"
    " LEFT JOIN people known ON known.person_id = sent.id"
    f" WHERE t.intervention_id = %(intervention_id)s AND (known.person_id IS NULL OR {CAN_BE_SENT})"
    " AND NOT EXISTS (SELECT FROM participants p"
    " WHERE p.ticket_id = t.id AND p.person_id = sent.id AND NOT p.as_assignee) ORDER BY t.id, sent.id"
)
_IS_OPEN = "SELECT 1 FROM tickets WHERE id = %(ticket_id)s"


def open_incident(work, files, fact):
    """Open the ticket of an incident under the id that fieldwork gave it, and link it with its parent.

    Told twice it is still one ticket.

    :param files: `chassis.files.FileStore`.
    :raises NotYet: parent, usergroup, declarer or a worker have not been heard of.
    """
    incident = fact.data
    parent = lock_for_fact(work, incident["parent_ticket_id"])
    if work.load(_IS_OPEN, ticket_id=incident["ticket_id"]):
        return
    usergroup_id = incident["usergroup_id"] or parent.usergroup_id
    site_id = incident["site_id"] or parent.site_id
    found = work.one(_LOAD, usergroup_id=usergroup_id, site_id=site_id)
    if found.usergroup_id != usergroup_id:
        raise NotYet(f"usergroup {usergroup_id}")
    people = _people(work, incident, found, parent.private)
    opening = _opening(incident, parent, found, site_id, people)
    ticket = record_opening(work, opening, found.serial, _declarer(incident))
    take_over(work, files, "fieldwork", incident["attachments"], ticket.id)
    _link(work, parent, ticket, fact)
    if ticket.private:
        # Whoever shows the incident beside its intervention hears of privacy by this fact alone.
        work.tell(TicketPrivacyChanged, version=ticket.version, ticket_id=ticket.id, private=True, changed_at=work.now)


def _people(work, incident, found, private):
    declared_by, workers = incident["declared_by"]["person_id"], _workers_of(work, incident)
    rows = work.load(
        _PEOPLE,
        declared_by=declared_by,
        workers=workers,
        supervisors=[] if private else found.supervisors,
        organisation_id=None if private else found.organisation_id,
    )
    missing = {declared_by, *workers} - {row.person_id for row in rows}
    if missing:
        raise NotYet(f"person {sorted(map(str, missing))[0]}")
    return [Party(**row._asdict(), standing=STANDINGS.get(row.role)) for row in rows if row.role]


def _workers_of(work, incident):
    """Return whom an incident's intervention had as workers, or has by a newer plan that was heard before."""
    declared_under = incident.get("plan_version") or 0
    plan = work.one(_NEWER_PLAN, intervention_id=incident["intervention_id"], plan_version=declared_under)
    return incident["worker_ids"] if plan is None else plan.worker_ids


def let_workers_in(work, intervention_id, worker_ids):
    """Let those whom a new plan sends to an intervention take part in its incidents.

    :raises NotYet: there is one, and one of them has not been heard of.
    """
    sent = work.load(_OUTSIDE, intervention_id=intervention_id, worker_ids=worker_ids)
    for ticket_id, of_ticket in groupby(sent, key=lambda row: row.ticket_id):
        ticket = lock_for_fact(work, ticket_id)
        for row in of_ticket:
            _let_in(work, ticket, row)
        ticket.write()


def _let_in(work, ticket, row):
    if row.person_id is None:
        raise NotYet(f"person {row.worker_id}")
    party = Party(person_id=row.person_id, email=row.email, name=row.name, language=row.language, role="worker")
    party.standing = STANDINGS[party.role]
    if not join(work, ticket, party):
        go_on_by(work, ticket, row.person_id, party.standing)
        return
    record(work, ticket.id, TicketParticipantsChanged, FOR_PARTICIPANTS, at=work.now, new={"added": shown(party)})
    ticket.tell_participants()


def _opening(incident, parent, found, site_id, people):
    return Opening(
        ticket_id=incident["ticket_id"],
        subject=one_line(incident["reason_name"], "Incident"),
        description=storable(incident["text"]),
        channel="incident",
        kind="incident",
        opened_at=incident["declared_at"],
        requester=next(person for person in people if person.role == "requester"),
        others=[person for person in people if person.role != "requester"],
        priority=parent.priority,
        private=parent.private,
        category_id=parent.category_id,
        site_id=site_id,
        organisation_id=found.organisation_id or parent.organisation_id,
        usergroup_id=found.usergroup_id,
        intervention_id=incident["intervention_id"],
        # The intervention has its usergroup already, so there is nothing left for routing to fill.
        chosen=frozenset({"usergroup"} if found.usergroup_id else ()),
        source=NOT_FROM_OUTSIDE,
        more={"declaration": _declaration(incident, parent, found)},
    )


def _declaration(incident, parent, found):
    told = {name: incident[name] for name in ("reason_names", "starts_at", "ends_at")}
    return {**told, "place": found.place, "ticket_number": parent.number, "ticket_kind": parent.kind}


def _declarer(incident):
    return {"person_id": incident["declared_by"]["person_id"], "name": incident["declared_by"]["name"]}


def _link(work, parent, ticket, fact):
    work.add(
        TicketLink(ticket_id=parent.id, other_id=ticket.id, kind="incident"),
        TicketLink(ticket_id=ticket.id, other_id=parent.id, kind="parent"),
    )
    incident = {"ticket_id": ticket.id, "number": ticket.number, "reason": fact.data["reason_name"]}
    record_fact(work, parent.id, fact, FOR_AGENTS, **incident)
    origin = {"ticket_id": str(parent.id), "number": parent.number}
    record(work, ticket.id, TICKET_LINKED, FOR_AGENTS, at=fact.occurred_at, doer=_declarer(fact.data), new=origin)
    parent.write()
