"""Errors as people and programs get them: problem+json (RFC 9457) with `code` and `request_id`."""

from http import HTTPStatus

from flask import current_app, g, json
from werkzeug.exceptions import HTTPException

from chassis import logs
from chassis.errors import DomainError
from chassis.ids import new_id

log = logs.get(__name__)

#: Seconds after which a client may repeat a request, where the refusal does not say.
RETRY_AFTER = 1

CODES = {
    400: "request_malformed",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_too_slow",
    413: "body_too_large",
    414: "address_too_long",
    415: "media_type_unsupported",
    416: "range_not_satisfiable",
    422: "input_invalid",
    431: "header_too_large",
    501: "transfer_coding_unknown",
    503: "desk_busy",
}

DETAILS = {
    400: "The request is not well-formed. Send valid JSON.",
    404: "There is nothing here.",
    405: "This address does not answer that method.",
    408: "The request took too long to arrive. Send it again.",
    413: "The body is too large: 1 MB at the most, and 25 MB for an upload.",
    414: "The address is too long.",
    415: "Send the body as application/json.",
    416: "The file has no such bytes.",
    422: "Some fields are not accepted; see `errors`.",
    431: "The headers are too large, or too many.",
    501: "The body comes in a transfer coding that is not known here. Send it whole, or in chunks.",
    503: "Too much is asked of the desk at once. Try again shortly.",
}
#: The same, of what never came as far as the application.
_UNREAD = DETAILS | {400: "The request is not well-formed HTTP. Look at its first line, at Host and at its length."}

#: Name of the coding that is none (RFC 9110, 12.5.3), in which alone bodies are taken.
UNCODED = "identity"

#: Particulars of refusals that are shown beside the fields; what else a service says of itself stays inside.
SHOWN = ("version", "retry_after", "busy")


class TooSlow(Exception):
    """A request that does not come to its end in time."""


class NameTwice(ValueError):
    """JSON in which a name stands twice in the same object."""


def problem(status, code, detail="", **more):
    """Return a problem+json response.

    :param status: HTTP status code.
    :param code: stable word for programs.
    :param more: further members, such as `errors`.
    """
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": g.get("request_id"),
        **more,
    }
    response = current_app.response_class(json.dumps(body), status=status, content_type="application/problem+json")
    if status in (429, 503):
        response.headers["Retry-After"] = str(more.get("retry_after", RETRY_AFTER))
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def whole_answer(status):
    """Return a whole answer, for what never came as far as the application; as bytes."""
    title = HTTPStatus(status).phrase
    said = {"type": "about:blank", "title": title, "status": status, "code": CODES.get(status, f"http_{status}")}
    said |= {"detail": _UNREAD.get(status, ""), "request_id": str(new_id())}
    body = json.dumps(said).encode()
    later = f"Retry-After: {RETRY_AFTER}\r\n" if status == 503 else ""
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        f"{later}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def of_domain_error(error):
    """Show a refusal of a service."""
    more = {"errors": error.context["fields"]} if "fields" in error.context else {}
    more |= {key: error.context[key] for key in SHOWN if key in error.context}
    return problem(error.status, error.code, error.detail, **more)


def of_http_exception(error):
    """Show what Flask, Werkzeug or webargs refused."""
    more = {}
    messages = getattr(error, "data", {}).get("messages")
    if messages and error.code == 422:
        more["errors"] = next(iter(messages.values()))
    code = CODES.get(error.code, f"http_{error.code}")
    response = problem(error.code, code, DETAILS.get(error.code, ""), **more)
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def of_anything(error):
    """Show a fault of ours: its text stays in the log."""
    log.exception("request_failed", request_id=g.get("request_id"), exc_info=error)
    return problem(500, "internal_error", "Something went wrong on our side. Quote the request_id.")


def saying(status, detail):
    """Return the function that shows an error of which nothing is told but this."""
    return lambda _error: problem(status, CODES[status], detail)


#: The server could not read the body: its chunks are none.
of_parsing = saying(400, "The body is not well-formed. Send valid chunks.")


def of_coding():
    """Show that the body is coded, and how it is taken (RFC 9110, 15.5.16)."""
    response = problem(415, "content_coding_unsupported", "Send the body as it is, without Content-Encoding.")
    response.headers["Accept-Encoding"] = UNCODED
    return response


def register(app):
    """Make an app answer every error as problem+json."""
    app.register_error_handler(DomainError, of_domain_error)
    app.register_error_handler(HTTPException, of_http_exception)
    doubled = "A name stands twice in the same object of the JSON. Give each once."
    app.register_error_handler(NameTwice, saying(400, doubled))
    app.register_error_handler(RecursionError, saying(400, "The JSON is nested too deeply."))
    app.register_error_handler(TooSlow, saying(408, DETAILS[408]))
    app.register_error_handler(Exception, of_anything)
