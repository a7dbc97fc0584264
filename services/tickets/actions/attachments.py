"""Files: kept unbound for their uploader, then bound with what they belong to."""

from chassis import uploads
from chassis.ids import new_id
from services.tickets.access import INTERNAL, VISIBLE, sight_of
from services.tickets.contract.words import LONGEST_FILENAME
from services.tickets.domain import one_line
from services.tickets.models import Attachment
from services.tickets.refusals import absent

_UPLOADS = uploads.Uploads("tickets", bound_to="ticket_id", uploader="uploader_id", uploaded_at="created_at")

_UNBOUND = (
    "SELECT id, filename, content_type, size, sha256 FROM attachments WHERE id = ANY (%(ids)s::uuid[])"
    " AND ticket_id IS NULL AND uploader_id = %(me)s AND created_at > %(since)s"
    " ORDER BY created_at, id FOR UPDATE"
)
_BIND = (
    "UPDATE attachments SET ticket_id = %(ticket_id)s, message_id = %(message_id)s"
    " WHERE id = ANY (%(ids)s::uuid[]) AND ticket_id IS NULL"
)
_SEEN = (
    "SELECT a.id, a.filename, a.content_type, a.size, a.sha256 FROM attachments a"
    " LEFT JOIN tickets t ON t.id = a.ticket_id LEFT JOIN messages m ON m.id = a.message_id"
    " WHERE a.id = %(attachment_id)s AND ((a.ticket_id IS NULL AND a.uploader_id = %(me)s AND"
    f" a.created_at > %(since)s) OR (t.id IS NOT NULL AND {VISIBLE}"
    f" AND (m.internal IS NOT TRUE OR {INTERNAL})))"
)


def keep_attachment(work, actor, files, upload, filename, content_type):
    """Take an upload over; return its row.

    :param files: `chassis.files.FileStore`.
    :param upload: name under which the gateway received it.
    :raises NotFound: `upload_not_found`.
    :raises Conflict: `uploads_full`.
    :raises Unavailable: `storage_full`.
    """
    sha256, size = _UPLOADS.take(work, files, upload, actor.person_id)
    attachment = Attachment(
        id=new_id(),
        uploader_id=actor.person_id,
        filename=filename,
        content_type=content_type,
        size=size,
        sha256=sha256,
        created_at=work.now,
    )
    work.add(attachment)
    return attachment


def attachment_by_id(read, actor, attachment_id, *, now):
    """Return an attachment that the actor may see: their own unbound one, or one of what they may read.

    :raises NotFound: `attachment_not_found`.
    """
    rows = read(_SEEN, attachment_id=attachment_id, since=uploads.unbound_since(now), **sight_of(actor))
    if not rows:
        raise absent("attachment")
    return rows[0]


def unbound_of(work, actor, ids):
    """Return the rows of the actor's own unbound attachments, locked.

    :raises NotFound: `attachment_not_found`, for whichever is not there, not theirs, or in use already.
    """
    if not ids:
        return []
    since = uploads.unbound_since(work.now)
    rows = work.load(_UNBOUND, ids=list(set(ids)), me=actor.person_id, since=since)
    if len(rows) != len(set(ids)):
        raise absent("attachment", "attachments")
    return rows


def bind(work, attachments, ticket_id, message_id=None):
    """Bind attachments to a ticket's description, or to a message."""
    if attachments:
        ids = [attachment.id for attachment in attachments]
        work.change(_BIND, ids=ids, ticket_id=ticket_id, message_id=message_id)


def take_over(work, files, from_service, described, ticket_id, message_id=None):
    """Adopt another service's files and gather their rows; return these.

    :param described: dictionaries with `sha256`, `filename`, `content_type`, `size`.
    :raises NotFound: `file_not_found`.
    """
    taken = []
    if described:
        work.load(uploads.BYTES_STAY)
    for file in described:
        files.adopt(from_service, "tickets", file["sha256"])
        attachment = Attachment(
            id=new_id(),
            ticket_id=ticket_id,
            message_id=message_id,
            filename=one_line(file["filename"])[:LONGEST_FILENAME] or "file",
            content_type=one_line(file["content_type"])[:120],
            size=file["size"],
            sha256=file["sha256"],
            created_at=work.now,
        )
        work.add(attachment)
        taken.append(attachment)
    return taken


def as_facts(attachments):
    """Return attachments as facts carry them.

    :param attachments: rows of them.
    """
    return [
        {
            "attachment_id": attachment.id,
            "filename": attachment.filename,
            "content_type": attachment.content_type,
            "size": attachment.size,
            "sha256": attachment.sha256,
        }
        for attachment in attachments
    ]


def sweep_attachments(work, files):
    """Forget uploads that nobody used, also those that no service has heard of, and bytes that no row names.

    :param files: `chassis.files.FileStore`.
    """
    _UPLOADS.forget_unbound(work, files)
    files.forget_uploads(before=uploads.unbound_since(work.now))
