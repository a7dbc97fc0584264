"""What the OpenAPI document says once, of all operations: how to sign in, page, repeat, change and be refused."""

_CONVENTIONS = """\
- **Session**: `POST /api/v1/session` answers an `access_token`; send it as `Authorization: Bearer <access_token>`.
  What is under `/api/v1/public` needs none.
- **Refusals** are `application/problem+json` (RFC 9457). Programs go by `code`: each operation lists its own.
  `request_id`, also in the header `X-Request-ID` of every answer, names the request to whoever runs the desk.
- **Pages**: a list answers `{items, next_cursor}`. Ask again with that `cursor` until `next_cursor` is null.
- **Once each**: a write that is repeated with the same `Idempotency-Key` and body is carried out once, and answered
  alike each time; without a key it may be carried out twice.
- **Versions**: what has a `version` is shown with an `ETag`. Send that as `If-Match` with a change, and nobody else's
  is overwritten; as `If-None-Match` with a question, and nothing comes that is known already.
- **What follows** from a change in other parts of the desk, such as the routing of a ticket, comes a moment later.
- **Values**: unknown fields are refused, and values of another type, too: whole numbers are `5`, neither `5.0` nor
  `"5"`. Instants are RFC 3339 with an offset, and answered in UTC. Answers may get further fields: leave alone what you
  do not know.
"""
INFO = {
    "summary": "The API of a service desk for people who look after buildings, and for firms that send workers there.",
    "description": _CONVENTIONS,
    "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
}
SECURITY_SCHEMES = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "The `access_token` that `POST /api/v1/session` answers. It is opaque.",
    }
}
#: Who may ask: whoever has signed in; anybody, who may have; anybody, whatever they send along.
SESSION = [{"session": []}]
SESSION_OR_NONE = [{}, *SESSION]
NO_SESSION = []
