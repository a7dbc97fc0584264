"""Files on their way out: streamed once their owner was asked, always as an attachment, never shown inline."""

import re

from flask import current_app, request, send_file

from chassis import logs
from chassis.errors import NotFound
from chassis.file_names import shown_name

log = logs.get(__name__)

#: Types that a browser may be told; all else is `UNTOLD`.
KNOWN_TYPES = frozenset(
    [
        "image/png",
        "image/jpeg",
        "image/webp",
        "image/gif",
        "application/pdf",
        "text/plain",
        "text/csv",
        "audio/mpeg",
        "video/mp4",
    ]
)
UNTOLD = "application/octet-stream"
#: What may stand in the Content-Type of a download.
TYPES = KNOWN_TYPES | {UNTOLD}
#: What a file is called of whose name nothing is left.
NAMELESS = "file"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def as_download(owner, attachment):
    """Return the response that streams a file.

    :param owner: contract of the service in whose folder it is.
    :param attachment: what that service has answered to whoever asks for it.
    :raises NotFound: `file_not_found`.
    """
    _ask_for_one_range()
    path = current_app.extensions["fielddesk"].files.path(owner.service, attachment["sha256"])
    if not path.exists():
        # Databases that were restored without their files, most likely.
        log.error("a file that the database names is not there", path=str(path))
        raise NotFound("file_not_found", "The file is not where the desk has kept it. Tell whoever runs the desk.")
    content_type = attachment["content_type"]
    response = send_file(
        path,
        mimetype=content_type if content_type in KNOWN_TYPES else UNTOLD,
        as_attachment=True,
        download_name=_CONTROLS.sub(" ", shown_name(attachment["filename"])) or NAMELESS,
        etag=False,
        max_age=None,
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def _ask_for_one_range():
    """Have a Range in another unit pass for none (RFC 9110, 14.2), and one of several: Werkzeug refuses both."""
    unit, _, ranges = request.headers.get("Range", "").partition("=")
    if unit.strip().lower() != "bytes" or "," in ranges:
        request.environ.pop("HTTP_RANGE", None)
