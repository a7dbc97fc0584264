"""What the OpenAPI document says beside the schemas: names of operations, headers, how a refusal looks."""

import re

from apispec.ext.marshmallow import MarshmallowPlugin, OpenAPIConverter
from apispec.ext.marshmallow.common import resolve_schema_cls

from gateway.documented_refusals import RETRY_AFTER, refused_by, shared_responses

#: Where a docstring turns from what a method does to what a programmer of ours needs to know.
_FIELDS = re.compile(r"\s*^\s*:(param|raises|returns)\b", re.MULTILINE)
#: How a pattern of ours begins and ends; Python's own `$` would let a line break follow.
_ENDS = re.compile(r"^\\A|\\Z$")
_IDEMPOTENCY_KEY = {
    "description": "Names this request: repeated with the same key and body it is carried out once and answered alike;"
    " with another body it is refused (422). 1 to 255 visible ASCII characters.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_IF_MATCH = {
    "description": "The ETag that was read (RFC 9110, 13.1.1); refused with 412 where it is not the newest.",
    "schema": {"type": "string"},
}
_ETAG = {"description": "Version of what is shown, for If-Match and If-None-Match.", "schema": {"type": "string"}}


class Converter(OpenAPIConverter):
    """Says of contracts' schemas what apispec does not."""

    def field2pattern(self, field, **kwargs):
        """Return a field's pattern as JSON Schema writes it: its dialect, ECMA-262, knows neither `\\A` nor `\\Z`."""
        found = super().field2pattern(field, **kwargs)
        return {key: _ENDS.sub(lambda end: "^" if end[0] == r"\A" else "$", pattern) for key, pattern in found.items()}


class Plugin(MarshmallowPlugin):
    """Describes the contracts' schemas."""

    Converter = Converter


def schema_plugin():
    """Return the plugin that describes the contracts' schemas."""
    return Plugin(schema_name_resolver=_name_of)


def _name_of(schema):
    """Name a schema after its service too: two services may have an `Intervention`."""
    kind = resolve_schema_cls(schema)
    _, service, *rest = (*kind.__module__.split("."), "")
    return f"{service.title()}{kind.__name__}" if rest else kind.__name__


def described(api):
    """Complete the document of an API before its blueprints are registered."""
    components = api.spec.components
    components.parameter("IdempotencyKey", "header", {"name": "Idempotency-Key", **_IDEMPOTENCY_KEY})
    components.parameter("IfMatch", "header", {"name": "If-Match", **_IF_MATCH})
    for response in components.responses_lazy.values():
        if "content" in response:
            response["content"] = {"application/problem+json": response["content"]["application/json"]}
    components.responses_lazy |= shared_responses()
    components.responses_lazy["DEFAULT_ERROR"]["headers"] = {"Retry-After": RETRY_AFTER}
    api.spec.options["servers"] = [{"url": "/"}]
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
    headers += ["IfMatch"] if route.matches else []
    if headers:
        found["parameters"] = headers
    has_body = route.verb in ("POST", "PATCH")
    found["responses"] = refused_by(route.contract, method, has_body=has_body, has_version=route.matches)
    if method.gives and "version" in method.gives._declared_fields:
        found["responses"][route.status] = {"headers": {"ETag": _ETAG}}
    if not method.anonymous:
        found["security"] = [{"session": []}]
    return found


def summary_of(function):
    """Return what a contract says of a method, without what is meant for its programmers."""
    return _FIELDS.split(function.__doc__)[0]
