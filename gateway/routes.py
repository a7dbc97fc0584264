"""From a row `verb, path, contract, method` to a documented route that asks that method.

The path's names are argument names of the method; the rest comes from the body or, for GET and DELETE, from the query.
Validation, documentation and the answer's form are the contract's own schemas, so there is one of each.
"""

import re
from dataclasses import dataclass
from functools import wraps

import orjson
from flask import current_app, request
from marshmallow import RAISE
from werkzeug.routing import Map, Rule

from chassis.contract import RawJSON
from chassis.errors import Stale
from gateway.callers import ask, for_signed_in, origin_of_request
from gateway.documents import operation_of, parameters_of, summary_of
from gateway.parsing import Blueprint, PlainReader

#: An ETag of ours: the version that changes go by, and what else makes the answer another one.
_ETAG = re.compile(r"([0-9]{1,15})(?:\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the API.

    :param path: Flask rule below the blueprint's prefix; converters allowed.
    :param contract: `Contract` class of the owner.
    :param method: name of its method.
    :param status: of success.
    :param matches: honours If-Match by the argument `if_version` (RFC 9110, 13.1.1).
    :param located: what it makes is read below its path, by `id`; Location says so (RFC 9110, 15.3.2).
    """

    verb: str
    path: str
    contract: type
    method: str
    status: int = 200
    matches: bool = False
    located: bool = False


def blueprint(name, description, routes, prefix="/api/v1"):
    """Return a blueprint with all the routes of a table.

    :param description: what they are about, for the document.
    """
    made = Blueprint(name, __name__, url_prefix=prefix, description=description)
    for route in routes:
        _add(made, route)
    return made


def shown(answer, status=200):
    """Return an answer of a service as a response, bytes of PostgreSQL's JSON untouched.

    :raises Stale: `version_stale`, where a reader asks for another version than the newest.
    """
    if answer is None:
        return current_app.response_class(status=204)
    if isinstance(answer, RawJSON):
        response = current_app.response_class(answer.body, status=status, mimetype="application/json")
        version = answer.version
    else:
        response = current_app.response_class(orjson.dumps(answer), status=status, mimetype="application/json")
        version = _version_of(answer)
    if version is not None:
        response.set_etag(str(version))
        if request.method in ("GET", "HEAD"):
            _require_version(str(version))
            # Werkzeug's answer to If-Match has the newest version beneath its 412, to a star too.
            response.make_conditional({**request.environ, "HTTP_IF_MATCH": ""})
    return response


def location_of(made):
    """Return the path at which something is read that was made by this request."""
    return f"{request.url_rule.rule}/{made['id']}"


def _require_version(etag):
    """Refuse a reader who asks for another version than there is (RFC 9110, 13.1.1).

    :raises Stale: `version_stale`.
    """
    if "If-Match" in request.headers and not request.if_match.contains_weak(etag):
        newest = {"version": int(etag.partition(".")[0])}
        raise Stale("version_stale", "It is another version now. Read it without If-Match.", newest)


def _version_of(answer):
    """Return what an answer's ETag is made of, `None` for an answer without a version.

    An intervention is read from fieldwork, with a version of its own, and planned anew in dispatch: changes go
    by the version of the plan.
    """
    if not isinstance(answer, dict) or "version" not in answer:
        return None
    versions = (answer.get("plan_version"), answer["version"])
    return ".".join(str(version) for version in versions if version is not None)


def _add(made, route):
    """Add a route to a blueprint, with what the document says of it."""
    method = route.contract.methods()[route.method]
    schema, view = _schema_of(route, method), _view_of(route, method)
    location = "query" if route.verb in ("GET", "DELETE") else "json"
    required = any(field.required for field in schema.fields.values())
    asks = {"location": location, "unknown": RAISE, "required": required}
    decorated = made.response(route.status if method.gives else 204, method.gives)(view)
    decorated = made.arguments(schema, **asks)(decorated)
    decorated = made.doc(**operation_of(route, method))(decorated)
    reader = PlainReader(schema, location)

    @wraps(decorated)
    def answer(**path):
        # What is in doubt goes the long way, on which webargs says what is wrong.
        arguments = reader.read(request)
        return decorated(**path) if arguments is None else view(arguments, **path)

    documented = made.route(route.path, methods=[route.verb], parameters=parameters_of(route))
    documented(answer if method.anonymous else for_signed_in(answer))


def _schema_of(route, method):
    """Return the schema of what a caller sends beside the path and the headers."""
    in_path = Map([Rule(route.path)])._rules[0].arguments if "<" in route.path else set()
    # Where a request comes from is for the gateway to say, never for the caller.
    hidden = in_path | {"origin"} | ({"if_version"} if route.matches else set())
    return method.takes(exclude=[name for name in hidden if name in method.takes._declared_fields])


def _view_of(route, method):
    """Return the view that asks a route's method and shows its answer."""
    tells_origin = "origin" in method.takes._declared_fields

    def view(arguments, **path):
        values = {**arguments, **path}
        # An empty header asks for a version too, one that nothing has; Werkzeug takes it for none.
        if route.matches and "If-Match" in request.headers and not request.if_match.star_tag:
            values["if_version"] = _version_asked()
        if tells_origin:
            values["origin"] = origin_of_request()
        answer = ask(route.contract, method, values)
        response = shown(answer, route.status)
        if route.located:
            response.headers["Location"] = location_of(answer)
        return response

    view.__name__ = f"{route.method}_{route.verb.lower()}"
    view.__doc__ = summary_of(getattr(route.contract, route.method))
    return view


def _version_asked():
    """Return the version that If-Match asks for (RFC 9110, 13.1.1).

    :raises Stale: `version_unknown`, where that is not exactly one version of ours.
    """
    # Werkzeug reads the empty tag `""` as `None`.
    tags = filter(None, request.if_match.as_set(include_weak=True))
    versions = {found[1] for found in map(_ETAG.fullmatch, tags) if found}
    if len(versions) != 1:
        raise Stale("version_unknown", "Read it again and repeat with its ETag.")
    return int(versions.pop())
