"""What the OpenAPI document says of refusals: per operation the statuses and codes that it may answer."""

from http import HTTPStatus

RETRY_AFTER = {
    "description": "Of 429 and 503: seconds after which it may be tried again.", "schema": {"type": "integer"}
}  # fmt: skip
ACCEPT_ENCODING = {
    "description": "Of `content_coding_unsupported`: how a body is taken.",
    "schema": {"type": "string", "enum": ["identity"]},
}
CONTENT_RANGE = {"description": "Which bytes there are (RFC 9110, 14.4).", "schema": {"type": "string"}}
WWW_AUTHENTICATE = {"description": "`Bearer` (RFC 6750, section 3).", "schema": {"type": "string"}}
#: Headers of refusals, by status.
_HEADERS = {
    401: {"WWW-Authenticate": WWW_AUTHENTICATE},
    415: {"Accept-Encoding": ACCEPT_ENCODING},
    416: {"Content-Range": CONTENT_RANGE},
    429: {"Retry-After": RETRY_AFTER},
    503: {"Retry-After": RETRY_AFTER},
}
#: What every operation of a kind may answer beside its own refusals, by status: codes and what they mean.
ALWAYS = {
    503: {
        "broker_away": "A part of the desk is away; it may be carried out. Repeat it with the same Idempotency-Key.",
        "busy": "Somebody else is changing the same thing.",
        "clocks_apart": "The clocks of the desk's hosts are minutes apart.",
        "commit_lost": "The database went away; it may have been carried out. Repeat it with the same Idempotency-Key.",
        "database_away": "The database does not answer.",
        "desk_busy": "Too much is asked of the desk at once; nothing was carried out.",
        "service_away": "A part of the desk is away.",
    },
    504: {"timed_out": "No answer in time; it may have been carried out. Repeat it with the same Idempotency-Key."},
}
SIGNED_IN = {
    401: {
        "not_signed_in": "The request bears no session.",
        "session_ended": "The session was ended or is too old: sign in again.",
        "session_invalid": "The header Authorization bears no session.",
        "stale": "The caller's rights changed meanwhile: ask again.",
    }
}
#: Where nobody has to sign in: a session that is sent along all the same has to be one.
WITH_SESSION = {401: {code: said for code, said in SIGNED_IN[401].items() if code != "not_signed_in"}}
WITH_BODY = {
    400: {"request_malformed": "The body is not valid JSON, or has a name twice in the same object."},
    413: {"body_too_large": "The body is larger than 1 MB."},
    415: {
        "content_coding_unsupported": "The body is compressed, or coded otherwise.",
        "media_type_unsupported": "The body is not application/json.",
    },
}
CODED = {415: {"content_coding_unsupported": WITH_BODY[415]["content_coding_unsupported"]}}
SHARED = ALWAYS | SIGNED_IN | WITH_BODY
WITH_TEXT = {
    422: {
        "request_malformed": "A text in the body is not valid Unicode.",
        "request_too_large": "What the body says is larger than any part of the desk takes.",
    }
}
WITH_ARGUMENTS = {422: {"input_invalid": "Some fields are not accepted; `errors` says which, and why."}}
WITH_KEY = {
    422: {
        "idempotency_key_invalid": "The Idempotency-Key is not 1 to 255 visible ASCII characters.",
        "request_key_reused": "The Idempotency-Key was used before, for something else.",
    }
}
WITH_ID = {404: {"not_found": "What stands in the path is no id."}}
OF_FILE = {
    404: {"file_not_found": "The file is not where the desk has kept it, as after a restore without files."},
    416: {"range_not_satisfiable": "The file has no such bytes as Range names."},
}
WITH_VERSION = {412: {"version_unknown": "If-Match names no version of this thing."}}
WITH_ETAG = {412: {"version_stale": "If-Match names another version than the newest."}}


def refused_by(contract, method, *others, has_body=False, has_version=False, has_id=False):
    """Return the responses of an operation's refusals by status, with the codes that it may answer.

    :param contract: `Contract` class of the owner.
    :param method: `chassis.contract.Method` that the operation asks.
    :param others: what it may refuse beside that, each `{status: {code: what it means}}`.
    :param has_version: whether it honours If-Match.
    :param has_id: whether an id stands in its path.
    """
    own = {}
    for code, (kind, said) in contract.refusals(method).items():
        own.setdefault(kind.status, {})[code] = said
    groups = [
        ALWAYS,
        own,
        WITH_ARGUMENTS,
        {} if method.anonymous else SIGNED_IN,
        WITH_BODY if has_body else {},
        WITH_TEXT if has_body else {},
        WITH_KEY if method.is_command and not method.secret else {},
        WITH_VERSION if has_version else {},
        WITH_ID if has_id else {},
    ]
    codes = {}
    for status, said in (item for group in (*groups, *others) for item in group.items()):
        codes.setdefault(status, {}).update(said)
    return {
        status: HTTPStatus(status).name if said == SHARED.get(status) else _response(status, said)
        for status, said in sorted(codes.items())
    }


def shared_problems():
    """Return the schemas of the problems that many operations have alike, by name: a client has a class for each."""
    return {
        f"Problem{status}": {"description": f"A problem of status {status}.", **_problem(codes)}
        for status, codes in SHARED.items()
    }


def shared_responses():
    """Return the responses that many operations have alike, by the names under which they refer to them."""
    return {
        HTTPStatus(status).name: _response(status, codes, {"$ref": f"#/components/schemas/Problem{status}"})
        for status, codes in SHARED.items()
    }


def _problem(codes):
    """Return the schema of a problem whose `code` is one of those."""
    return {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": {"code": {"enum": sorted(codes)}}}]}


def _response(status, codes, schema=None):
    """Return one response: `problem+json`, of a schema of its own unless there is one."""
    meanings = "\n".join(f"- `{code}`: {codes[code]}" for code in sorted(codes))
    response = {
        "description": f"{HTTPStatus(status).phrase}\n\n{meanings}",
        "content": {"application/problem+json": {"schema": schema or _problem(codes)}},
    }
    headers = _HEADERS.get(status)
    return response | ({"headers": headers} if headers else {})
