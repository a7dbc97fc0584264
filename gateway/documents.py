"""What the OpenAPI document says beside the schemas: names of operations, headers, how a refusal looks."""

import re
from inspect import cleandoc

from apispec.ext.marshmallow import MarshmallowPlugin, OpenAPIConverter
from apispec.ext.marshmallow.common import resolve_schema_cls

from chassis.contract import Answer, Arguments
from gateway.documented_conventions import INFO, SECURITY_SCHEMES, SESSION, SESSION_OR_NONE
from gateway.documented_refusals import (
    CONTENT_RANGE,
    RETRY_AFTER,
    WITH_ETAG,
    WITH_SESSION,
    refused_by,
    shared_problems,
    shared_responses,
)
from gateway.downloads import TYPES

#: Where a docstring turns from what a method does to what a programmer of ours needs to know.
_FIELDS = re.compile(r"\s*^\s*:(cvar|param|raises|returns)\b", re.MULTILINE)
#: How a pattern of ours begins and ends; Python's own `$` would let a line break follow.
_ENDS = re.compile(r"^\\A|\\Z$")
#: Names in the path of a route.
_IN_PATH = re.compile(r"<(?:\w+:)?(\w+)>")
#: What a parameter of a path or a query means, wherever it stands.
PARAMETERS = {
    "active": "Only people whose accounts are open (`true`), or closed (`false`); all where it is absent.",
    "assignee": "Only tickets that this person answers for: their id.",
    "attachment_id": "Id of the file.",
    "category_id": "Id of the category.",
    "closed": "The categories that are closed (`true`) instead of those that can be chosen.",
    "cursor": "The `next_cursor` of the page before, as it came; absent for the first page.",
    "from": "Only interventions whose window ends after this instant (ISO 8601 with an offset).",
    "intervention_id": "Id of the intervention.",
    "inbound_message_id": "Id of the received mail.",
    "kind": "Only sites of this kind.",
    "limit": "Items of a page at the most, a number.",
    "mailbox_id": "Id of the mailbox.",
    "mine": "Only interventions to which the caller is sent.",
    "notification_id": "Id of the notification.",
    "of": "What the file belongs to, or is to belong to.",
    "order": "By the planned start: the `soonest` first, or the `latest`.",
    "organisation_id": "Id of the organisation.",
    "parent_id": "Only sites directly below this one: its id.",
    "participant_id": "Id of the participant, which is not the person's.",
    "person_id": "Id of the person.",
    "q": "Text to look for; upper and lower case are one.",
    "requester": "Only tickets that this person asked for: their id.",
    "role": "Only people with this role: its name.",
    "routing_rule_id": "Id of the routing rule.",
    "service_type": "Only reasons offered for this service type, the general ones among them: its id.",
    "site": "Only what happens at this site or below it: its id.",
    "site_id": "Id of the site.",
    "sla_policy_id": "Id of the SLA policy.",
    "slug": "The form's name in its address.",
    "state": "Only mails in this state.",
    "status": "Only what has this status; of tickets also several, parted by commas.",
    "ticket": "Only what was authorised for this ticket: its id.",
    "ticket_id": "Id of the ticket.",
    "to": "Only interventions whose window begins before this instant (ISO 8601 with an offset).",
    "token": "What the mailed link carries.",
    "unread": "Only notifications that were not read yet.",
    "unregistered": "Only tickets of requesters without an account (`true`), or with one (`false`).",
    "usergroup": "Only tickets that this usergroup serves: its id.",
    "usergroup_id": "Id of the usergroup.",
    "webform_id": "Id of the webform.",
    "without_worker": "Only planned interventions that have nobody to go, as who was sent cannot be any more.",
    "work_order": "Only interventions of this work order: its id.",
    "work_order_id": "Id of the work order.",
}
_IDEMPOTENCY_KEY = {
    "description": "Names this request: repeated with the same key and body it is carried out once and answered alike;"
    " with another body it is refused (422). 1 to 255 visible ASCII characters.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_IF_MATCH = {
    "description": "The ETag that was read (RFC 9110, 13.1.1), of what is only listed its `version` in double quotes;"
    " refused with 412 where it is not the newest.",
    "schema": {"type": "string", "minLength": 1, "examples": ['"7"']},
}
_IF_NONE_MATCH = {
    "description": "The ETag that is known already (RFC 9110, 13.1.2); answered with 304 while it is the newest.",
    "schema": {"type": "string", "examples": ['"7"']},
}
_RANGE = {
    "description": "Which bytes are wanted (RFC 9110, 14.2), such as `bytes=0-999`; answered with 206. Several ranges"
    " at once are answered with the whole file.",
    "schema": {"type": "string", "examples": ["bytes=0-999"]},
}
_BYTES = {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(TYPES)}}
_DISPOSITION = {"description": "`attachment` with the name of the file (RFC 6266).", "schema": {"type": "string"}}
#: What a download answers with.
DOWNLOADED = {
    200: {"headers": {"Content-Disposition": _DISPOSITION}, **_BYTES},
    206: {
        "description": "The part of the file that Range names.",
        "headers": {"Content-Disposition": _DISPOSITION, "Content-Range": CONTENT_RANGE},
        **_BYTES,
    },
    304: {"description": "It was not changed since the date in If-Modified-Since."},
}
LOCATED = {
    "Location": {
        "description": "Path at which it is read (RFC 9110, 15.3.2); a planned intervention is, a moment later.",
        "schema": {"type": "string", "format": "uri-reference"},
    }
}
_ETAG = {"description": "Version of what is shown, for If-Match and If-None-Match.", "schema": {"type": "string"}}


class Converter(OpenAPIConverter):
    """Says of contracts' schemas what apispec does not."""

    def field2pattern(self, field, **kwargs):
        """Return a field's pattern as JSON Schema writes it: its dialect, ECMA-262, knows neither `\\A` nor `\\Z`."""
        found = super().field2pattern(field, **kwargs)
        return {key: _ENDS.sub(lambda end: "^" if end[0] == r"\A" else "$", pattern) for key, pattern in found.items()}

    def metadata2properties(self, field, **kwargs):
        """Return what a field's metadata say, `json_schema` among them: what marshmallow has no word for."""
        return super().metadata2properties(field, **kwargs) | field.metadata.get("json_schema", {})

    def field2default(self, field, **kwargs):
        """Return what stands for a field that is absent; not null, which says as little, and by which generators of
        clients require the field."""
        return {key: value for key, value in super().field2default(field, **kwargs).items() if value is not None}

    def dict2properties(self, field, **kwargs):
        """Return which names and values a mapping has; each name as a property where they are known."""
        found = super().dict2properties(field, **kwargs)
        names = self.field2property(field.key_field) if getattr(field, "key_field", None) else {}
        if "enum" not in names:
            return found
        values = found["additionalProperties"]
        return {"properties": dict.fromkeys(names["enum"], values), "additionalProperties": False}

    def schema2jsonschema(self, schema):
        """Return what a schema says of itself: its docstring, its example, and how its fields depend on each other.

        Of an answer neither that there will never be another field.
        """
        kind = resolve_schema_cls(schema)
        found = super().schema2jsonschema(schema)
        if issubclass(kind, Answer):
            fields = kind().dump_fields.items()
            always = [field.data_key or name for name, field in fields if not field.metadata.get("may_lack")]
            found = {key: value for key, value in found.items() if key != "additionalProperties"} | {"required": always}
        if issubclass(kind, (Answer, Arguments)):
            found = {"description": cleandoc(summary_of(kind)), **found, **kind.json_schema}
        return found | ({"examples": [kind.example]} if getattr(kind, "example", None) else {})

    def _field2parameter(self, field, *, name, location):
        found = super()._field2parameter(field, name=name, location=location)
        return {"description": PARAMETERS[name]} | found | {"schema": _as_text(found["schema"])}


def _as_text(schema):
    """Return the schema of a parameter: what is absent from a query is null, nothing that stands in one is."""
    told = dict(schema)
    if isinstance(told.get("type"), list):
        (told["type"],) = set(told["type"]) - {"null"}
    if None in told.get("enum", ()):
        told["enum"] = [word for word in told["enum"] if word is not None]
    return told


class Plugin(MarshmallowPlugin):
    """Describes the contracts' schemas."""

    Converter = Converter


def schema_plugin():
    """Return the plugin that describes the contracts' schemas."""
    return Plugin(schema_name_resolver=_name_of)


def _name_of(schema):
    """Name a schema of a service after that, too: two may have an `Intervention`."""
    kind = resolve_schema_cls(schema)
    house, service, *_ = kind.__module__.split(".")
    return f"{service.title()}{kind.__name__}" if house == "services" else kind.__name__


def described(api):
    """Complete the document of an API before its blueprints are registered."""
    components = api.spec.components
    components.parameter("IdempotencyKey", "header", {"name": "Idempotency-Key", **_IDEMPOTENCY_KEY})
    components.parameter("IfMatch", "header", {"name": "If-Match", **_IF_MATCH})
    components.parameter("IfNoneMatch", "header", {"name": "If-None-Match", **_IF_NONE_MATCH})
    components.parameter("Range", "header", {"name": "Range", **_RANGE})
    for response in components.responses_lazy.values():
        if "content" in response:
            response["content"] = {"application/problem+json": response["content"]["application/json"]}
    components.responses_lazy |= shared_responses()
    for name, schema in shared_problems().items():
        components.schema(name, schema)
    components.responses_lazy["DEFAULT_ERROR"]["headers"] = {"Retry-After": RETRY_AFTER}
    for name, scheme in SECURITY_SCHEMES.items():
        components.security_scheme(name, scheme)
    api.spec.options |= {"info": INFO, "servers": [{"url": "/"}]}
    # Of flask-smorest's own way of paging, which nothing here goes.
    components.schemas.pop("PaginationPaginationMetadataSchema", None)
    components.schemas.pop("PaginationMetadataSchema", None)


def operation_of(route, method):
    """Return what the document says of a route beside its schemas.

    :param route: `gateway.routes.Route`.
    :param method: `chassis.contract.Method` that it asks.
    """
    found = {"operationId": f"{route.contract.service}_{method.name}"}
    headers = ["IdempotencyKey"] if method.is_command and not method.secret else []
    has_etag = bool(method.gives) and "version" in method.gives._declared_fields
    is_conditional = has_etag and route.verb == "GET"
    headers += ["IfMatch"] if route.matches or is_conditional else []
    headers += ["IfNoneMatch"] if is_conditional else []
    if headers:
        found["parameters"] = headers
    found["responses"] = refused_by(
        route.contract,
        method,
        *([WITH_ETAG] if is_conditional else ()),
        *([WITH_SESSION] if method.anonymous else ()),
        has_body=route.verb in ("POST", "PATCH"),
        has_version=route.matches,
        has_id="<uuid:" in route.path,
    )
    told = ({"ETag": _ETAG} if has_etag else {}) | (LOCATED if route.located else {})
    if told:
        found["responses"][route.status] = {"headers": told}
    if is_conditional:
        found["responses"][304] = {"description": "It is still what If-None-Match names.", "headers": {"ETag": _ETAG}}
    return found | {"security": SESSION_OR_NONE if method.anonymous else SESSION}


def summary_of(documented):
    """Return what a contract says of a method or schema, without what is meant for its programmers."""
    return _FIELDS.split(documented.__doc__)[0]


def parameters_of(route):
    """Return the descriptions of what stands in a route's path."""
    return [{"in": "path", "name": name, "description": PARAMETERS[name]} for name in _IN_PATH.findall(route.path)]
