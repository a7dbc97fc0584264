"""From rows to what the contract gives."""

from services.fieldwork import access, domain, queries
from services.fieldwork.models import Person, Site, Usergroup


def of_service_type(service_type):
    """Return a service type with its settings."""
    return {column.key: getattr(service_type, column.key) for column in service_type.__mapper__.column_attrs}


def of_reason(reason, language):
    """Return a reason, named in the reader's language where that name is known."""
    return {
        "id": reason.id,
        "service_type_id": reason.service_type_id,
        "name": reason.name_in(language),
        "names": reason.names,
        "at": reason.at,
    }


def of_interventions(work, actor, interventions):
    """Return interventions as lists show them to an actor."""
    copies = queries.shown_around(work, interventions)
    settings = {service_type.id: service_type for service_type in queries.service_types(work)}
    default = next(service_type for service_type in settings.values() if service_type.is_default)
    return [
        _summary(actor, intervention, settings.get(intervention.service_type_id, default), copies)
        for intervention in interventions
    ]


def of_intervention(work, actor, intervention):
    """Return one intervention as lists show it to an actor."""
    return of_interventions(work, actor, [intervention])[0]


def of_full_intervention(work, actor, intervention):
    """Return an intervention with those of its incidents and clock-ins that the actor may see."""
    seen = access.sees_clock_ins(actor, intervention, queries.settings_of(work, intervention))
    clock_ins = [of_clock_in(clock_in) for clock_in in intervention.clock_ins] if seen else []
    incidents = [of_incident(row, actor.language) for row in queries.incidents_of(work, actor, intervention)]
    return {**of_intervention(work, actor, intervention), "clock_ins": clock_ins, "incidents": incidents}


def of_clock_in(clock_in):
    """Return a clock-in as it was recorded."""
    return {
        "id": clock_in.id,
        "intervention_id": clock_in.intervention_id,
        "event": clock_in.event,
        "method": clock_in.method,
        "worker": {"person_id": clock_in.worker_id, "name": clock_in.worker_name},
        "entered_by": clock_in.entered_by,
        "occurred_at": clock_in.occurred_at,
        "received_at": clock_in.received_at,
        "position": clock_in.position,
        "flags": clock_in.flags,
    }


def of_incident(incident, language):
    """Return an incident with its reason in the reader's language."""
    return {
        "id": incident.id,
        "ticket_id": incident.ticket_id,
        "intervention_id": incident.intervention_id,
        "reason": {"id": incident.reason_id, "name": incident.reason.name_in(language)},
        "at": incident.at,
        "text": incident.text,
        "declared_by": incident.declared_by,
        "occurred_at": incident.occurred_at,
        "received_at": incident.received_at,
        "flags": incident.flags,
        "attachments": incident.attachments,
    }


def _summary(actor, intervention, settings, copies):
    plain = (
        "id",
        "work_order_id",
        "ticket_id",
        "status",
        "starts_at",
        "ends_at",
        "report",
        "completed_at",
        "completed_by",
        "validated_at",
        "validated_by",
        "cancelled_at",
        "plan_version",
        "version",
    )
    return {
        **{name: getattr(intervention, name) for name in plain},
        "cancel_reason": "" if access.is_client(actor, intervention) else intervention.cancel_reason,
        **_to_do(actor, intervention),
        "site": _place(intervention.site_id, copies[Site]),
        "usergroup": _named(intervention.usergroup_id, copies[Usergroup]),
        "service_type": {"id": settings.id, "name": settings.name},
        "clock_ins_asked": settings.clock_ins,
        "workers": _workers(actor, intervention, settings, copies[Person]),
    }


def _to_do(actor, intervention):
    is_client = access.is_client(actor, intervention)
    return {
        "work_order": {
            "id": intervention.work_order_id,
            "title": intervention.work_order_title,
            "description": None if is_client else intervention.work_order_description,
        },
        "ticket": {
            "id": intervention.ticket_id,
            "number": intervention.ticket_number,
            "subject": None if is_client else intervention.ticket_subject,
        },
    }


def _workers(actor, intervention, settings, names):
    recorded = intervention.recorded() if access.sees_clock_ins(actor, intervention, settings) else {}
    step = settings.rounding, settings.rounding_minutes
    return [
        {
            "person_id": worker.person_id,
            "name": names.get(worker.person_id, worker.name),
            "minutes": domain.rounded_minutes(recorded.get(worker.person_id, {}), *step),
        }
        for worker in intervention.workers
    ]


def _named(id_, names):
    return None if id_ is None else {"id": id_, "name": names.get(id_)}


def _place(site_id, ways):
    if site_id is None:
        return None
    names = {id_: name for id_, name, _ in ways[site_id]}
    addresses = [address for _, _, address in ways[site_id] if address]
    return {
        **_named(site_id, names),
        "path": [_named(id_, names) for id_ in names],
        "address": addresses[-1] if addresses else "",
    }
