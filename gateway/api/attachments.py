"""Files of tickets and incidents: uploads go to the store first and become the uploader's own, unbound attachment."""

import hashlib

from flask import current_app, request
from marshmallow import RAISE

from chassis.contract import Arguments, one_of
from chassis.errors import DomainError, Invalid
from chassis.file_names import shown_name
from chassis.files import LARGEST_UPLOAD, needing_room
from gateway.callers import ask, for_signed_in, person_session, request_key
from gateway.documented_conventions import SESSION
from gateway.documented_refusals import CODED, OF_FILE, refused_by
from gateway.documents import DOWNLOADED, LOCATED, PARAMETERS
from gateway.downloads import NAMELESS, as_download
from gateway.parsing import Blueprint
from gateway.routes import location_of, shown
from services.fieldwork.contract import Fieldwork
from services.tickets.contract import Tickets

attachments = Blueprint("attachments", __name__, url_prefix="/api/v1", description="Files.")

#: Room for the multipart frame around the largest file, in bytes.
FRAME = 64 * 1024
KEEP = Tickets.methods()["keep_attachment"]
SHOW = Tickets.methods()["attachment_by_id"]
#: What an upload is refused for beside what a ticket's owner says; an incident's owner asks for a right.
REFUSED = {
    403: {"not_allowed": "The caller may not declare incidents."},
    413: {"body_too_large": "The body is larger than any file may be."},
    422: {"file_missing": "There is no file in the field `file`.", "file_too_large": "A file has 25 MB at the most."},
}
UNSEEN = {403: {"not_allowed": "The caller may not see interventions."}}
OWNERS = {"ticket": Tickets, "incident": Fieldwork}
LONGEST_NAME = 200


class OwnerQuery(Arguments):
    """What the file belongs to."""

    of = one_of(*OWNERS, load_default="ticket")


#: Said beside the headers: flask-smorest drops what it has from `arguments` where it is given others.
_IN_QUERY = {"in": "query", "schema": OwnerQuery}


@attachments.route("/attachments", methods=["POST"])
@for_signed_in
@attachments.arguments(OwnerQuery, location="query", unknown=RAISE)
@attachments.response(201, KEEP.gives)
@attachments.doc(
    operationId="keep_attachment",
    parameters=[_IN_QUERY, "IdempotencyKey"],
    responses={201: {"headers": LOCATED}} | refused_by(Tickets, KEEP, REFUSED, CODED),
    security=SESSION,
    requestBody={
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "additionalProperties": False,
                }
            }
        },
    },
)
def upload(query):
    """Upload one file (multipart field `file`); name its id in a ticket, message or incident within 24 hours."""
    session, owner = person_session(), OWNERS[query["of"]]
    request.max_content_length = LARGEST_UPLOAD + FRAME
    with needing_room():
        file = _one_file()
    store = current_app.extensions["fielddesk"].files
    name = store.receive(file.stream, name_of=_namer(session, owner))
    arguments = {
        "upload": name,
        "filename": _name_of(file),
        "content_type": (file.mimetype or "application/octet-stream")[:100],
    }
    try:
        made = ask(owner, owner.methods()["keep_attachment"], arguments)
    except DomainError as refusal:
        # An owner that did not answer may take it all the same.
        if refusal.status < 500 or refusal.code == "storage_full":
            store.forget_upload(name)
        raise
    response = shown(made, 201)
    response.headers["Location"] = location_of(made) + (f"?of={query['of']}" if owner is not Tickets else "")
    return response


def _one_file():
    """Return the one file of the form, which has nothing else: the rest would be dropped in silence.

    :raises Invalid: `file_missing`, `input_invalid`.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid(
            "file_missing", "Send one file in the multipart field `file`.", {"fields": {"file": ["Missing."]}}
        )
    wrong = {name: ["Unknown field."] for name in (*request.files, *request.form) if name != "file"}
    if len([*request.files.getlist("file"), *request.form.getlist("file")]) > 1:
        wrong["file"] = ["Send only one."]
    if wrong:
        detail = "Send one file in the multipart field `file`, and nothing else."
        raise Invalid("input_invalid", detail, {"fields": wrong})
    return file


def _name_of(file):
    """Return what an upload is called."""
    return shown_name(file.filename)[-LONGEST_NAME:] or NAMELESS


def _namer(session, owner):
    """Return the function that names an upload by its content's sha256.

    The same file under the same key has the same name, so that a repeated upload is known as the same request;
    the session's secret keeps others from guessing it.
    """
    origin = f"{session}\n{owner.service}\n{request_key()}\n"
    return lambda sha256: hashlib.sha256(f"{origin}{sha256}".encode()).hexdigest()


@attachments.route(
    "/attachments/<uuid:attachment_id>",
    methods=["GET"],
    parameters=[{"in": "path", "name": "attachment_id", "description": PARAMETERS["attachment_id"]}],
)
@for_signed_in
@attachments.arguments(OwnerQuery, location="query", unknown=RAISE)
@attachments.response(200)
@attachments.doc(
    operationId="attachment",
    parameters=[_IN_QUERY, "Range"],
    security=SESSION,
    responses=DOWNLOADED | refused_by(Tickets, SHOW, UNSEEN, OF_FILE, has_id=True),
)
def download(query, attachment_id):
    """Download a file that the caller may see; always as an attachment, never shown inline."""
    owner = OWNERS[query["of"]]
    attachment = ask(owner, owner.methods()["attachment_by_id"], {"attachment_id": attachment_id})
    return as_download(owner, attachment)
