"""Incidents: reported from the intervention, each opening a ticket whose id is minted here."""

from sqlalchemy import select

from chassis import uploads
from chassis.errors import Conflict, Invalid, NotFound
from chassis.ids import new_id
from chassis.languages import LANGUAGES
from services.fieldwork import access, answers, domain, queries
from services.fieldwork.contract import IncidentDeclared
from services.fieldwork.models import Attachment, Incident, IncidentReason

_UPLOADS = uploads.Uploads("fieldwork", bound_to="incident_id", uploader="uploaded_by", uploaded_at="uploaded_at")


def declare_incident(work, actor, **given):
    """Record an incident and mint the id of its ticket.

    :param given: what the contract's `NewIncident` takes.
    :raises NotFound: `intervention_not_found`, `incident_reason_not_found`, `attachment_not_found`.
    :raises Forbidden: `not_allowed`.
    :raises Conflict: `id_taken`, or the rule of `domain.check_incident` that stands in the way.
    :raises Invalid: `time_refused`, `reason_refused`.
    """
    queries.lock_id(work, given["id"])
    known = work.session.get(Incident, given["id"])
    if known is None:
        known = _record(work, actor, given)
    elif not _is_same(known, actor, given):
        # Whoever may not see the intervention learns nothing of the id either.
        access.intervention_for(work, actor, given["intervention_id"])
        raise Conflict("id_taken", "This id belongs to another incident.")
    return answers.of_incident(known, actor.language)


def keep_attachment(work, actor, files, upload, filename, content_type):
    """Take over an upload as the actor's own, not yet bound to an incident.

    :param files: the `FileStore`.
    :raises NotFound: `upload_not_found`.
    :raises Conflict: `uploads_full`.
    :raises Unavailable: `storage_full`.
    """
    sha256, size = _UPLOADS.take(work, files, upload, actor.person_id)
    attachment = Attachment(
        id=new_id(),
        uploaded_by=actor.person_id,
        uploaded_at=work.now,
        sha256=sha256,
        filename=filename,
        content_type=content_type,
        size=size,
    )
    work.session.add(attachment)
    return attachment


def forget_unbound_uploads(work, files):
    """Forget the uploads that no incident has named in time, and bytes that no row names.

    :param files: the `FileStore`.
    """
    _UPLOADS.forget_unbound(work, files)


def _is_same(known, actor, given):
    same_time = given["occurred_at"] in (None, known.occurred_at)
    same_files = {attachment.id for attachment in known.attachments} == set(given["attachments"])
    same_author = known.declared_by["person_id"] == str(actor.person_id)
    same_words = (known.intervention_id, known.reason_id, known.at, known.text) == (
        given["intervention_id"],
        given["reason"],
        given["at"],
        given["text"],
    )
    return same_time and same_files and same_author and same_words


def _record(work, actor, given):
    occurred_at = given["occurred_at"] or domain.instant_in(given["id"], work.now)
    intervention = access.intervention_to_report(work, actor, given["intervention_id"], occurred_at)
    domain.check_device_time(occurred_at, work.now)
    settings = queries.settings_of(work, intervention)
    domain.check_incident(intervention, settings, occurred_at)
    incident = Incident(
        id=given["id"],
        ticket_id=new_id(),
        intervention_id=intervention.id,
        reason=_reason(work, settings, given),
        at=given["at"],
        text=given["text"],
        declared_by=actor.as_fact(),
        occurred_at=occurred_at,
        received_at=work.now,
        flags=domain.device_flags(occurred_at, work.now),
        attachments=_unbound(work, actor, given["attachments"]),
    )
    intervention.incidents.append(incident)
    intervention.version += 1
    _tell(work, actor, intervention, incident)
    return incident


def _reason(work, settings, given):
    reason = work.session.get(IncidentReason, given["reason"])
    if reason is None:
        detail = "There is no such reason."
        raise NotFound("incident_reason_not_found", detail, {"fields": {"reason": [detail]}})
    if not domain.is_offered(reason, settings.id, given["at"]):
        detail = "This reason is not offered here."
        raise Invalid("reason_refused", detail, {"fields": {"reason": [detail]}})
    return reason


def _unbound(work, actor, ids):
    statement = select(Attachment).where(Attachment.id.in_(ids), access.unbound_of(actor, work.now))
    found = work.session.scalars(statement.order_by(Attachment.id).with_for_update()).all()
    if len(found) != len(set(ids)):
        detail = "Upload the files again, then name them here."
        raise NotFound("attachment_not_found", detail, {"fields": {"attachments": [detail]}})
    return found


def _tell(work, actor, intervention, incident):
    work.tell(
        IncidentDeclared,
        incident_id=incident.id,
        ticket_id=incident.ticket_id,
        intervention_id=intervention.id,
        parent_ticket_id=intervention.ticket_id,
        reason_name=incident.reason.name_in(actor.language),
        reason_names={language: incident.reason.name_in(language) for language in LANGUAGES},
        at=incident.at,
        text=incident.text,
        starts_at=intervention.starts_at,
        ends_at=intervention.ends_at,
        site_id=intervention.site_id,
        usergroup_id=intervention.usergroup_id,
        worker_ids=[worker.person_id for worker in intervention.workers],
        plan_version=intervention.plan_version,
        declared_by=incident.declared_by,
        declared_at=incident.occurred_at,
        attachments=[
            {
                "attachment_id": attachment.id,
                "sha256": attachment.sha256,
                "filename": attachment.filename,
                "content_type": attachment.content_type,
                "size": attachment.size,
            }
            for attachment in incident.attachments
        ],
    )
