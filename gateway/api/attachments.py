"""Files of tickets: uploads go to the store first and become the uploader's own, unbound attachment."""

from flask import current_app, request, send_file
from flask_smorest import Blueprint

from chassis.errors import Invalid, Unauthenticated
from chassis.files import LARGEST_UPLOAD
from gateway.callers import ask, session_of_request
from gateway.routes import shown
from services.tickets.contract import Tickets

attachments = Blueprint("attachments", __name__, url_prefix="/api/v1", description="Files of tickets.")

#: Types that a browser may be told; all else is `application/octet-stream`.
KNOWN_TYPES = frozenset(
    "image/png image/jpeg image/webp image/gif application/pdf text/plain text/csv audio/mpeg video/mp4".split()
)
#: Room for the multipart frame around the largest file, in bytes.
FRAME = 64 * 1024
KEEP = Tickets.methods()["keep_attachment"]
READ = Tickets.methods()["attachment_by_id"]


@attachments.route("/attachments", methods=["POST"])
@attachments.response(201, KEEP.gives)
@attachments.doc(
    security=[{"session": []}],
    requestBody={
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    },
)
def upload():
    """Upload one file (multipart field `file`); name its id in a ticket or message within 24 hours."""
    if session_of_request() is None:
        raise Unauthenticated("not_signed_in", "Sign in first.")
    request.max_content_length = LARGEST_UPLOAD + FRAME
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid("file_missing", "Send one file in the multipart field `file`.", {"fields": {"file": ["Missing."]}})
    name = current_app.extensions["fielddesk"].files.receive(file.stream)
    arguments = {
        "upload": name,
        "filename": file.filename[-200:],
        "content_type": (file.mimetype or "application/octet-stream")[:100],
    }
    return shown(ask(Tickets, KEEP, arguments), 201)


@attachments.route("/attachments/<uuid:attachment_id>", methods=["GET"])
@attachments.response(200, content_type="application/octet-stream")
@attachments.doc(security=[{"session": []}])
def download(attachment_id):
    """Download a file of a ticket that the caller may see; always as an attachment, never shown inline."""
    attachment = ask(Tickets, READ, {"attachment_id": attachment_id})
    path = current_app.extensions["fielddesk"].files.path("tickets", attachment["sha256"])
    content_type = attachment["content_type"]
    response = send_file(
        path,
        mimetype=content_type if content_type in KNOWN_TYPES else "application/octet-stream",
        as_attachment=True,
        download_name=attachment["filename"],
        etag=False,
        max_age=None,
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
