"""The gateway's Flask application."""

import time
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from flask import Flask, g, request
from flask_smorest import Api

from chassis import logs, metrics
from chassis.contract import Answer, fields
from chassis.files import FileStore
from chassis.ids import new_id
from gateway import documents, problems
from gateway.api import BLUEPRINTS
from gateway.callers import Tokens, refuse_strangers
from gateway.health import health
from gateway.public import PUBLIC
from gateway.web.home import home
from services.dispatch.contract.answers import BusyWorker

log = logs.get(__name__)

#: Largest body in bytes, but for uploads.
LARGEST_BODY = 1024 * 1024
#: Endpoints of uploads, which are no JSON.
UPLOADS = ("attachments.upload",)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass
class Fielddesk:
    """What the views need beside the request.

    :param client: `RpcClient`.
    :param files: `FileStore`.
    :param is_ready: function that says whether requests can be passed on.
    :param trusted_proxies: how many stand before the gateway.
    """

    client: object
    files: FileStore
    is_ready: object
    trusted_proxies: int = 0
    tokens: Tokens = dataclass_field(default_factory=Tokens)


def _of_some(description):
    """Return the metadata of what only some errors have."""
    return {"may_lack": True, "description": description}


_ERRORS = "What is wrong with which field: sentences by its name; within what is nested, by names and positions there."


class Problem(Answer):
    """An error as RFC 9457 shapes it."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "Stable word for programs."})
    detail = fields.String(required=True)
    request_id = fields.UUID(required=True)
    errors = fields.Dict(keys=fields.String(), metadata=_of_some(_ERRORS))
    version = fields.Integer(metadata=_of_some("The newest one, where another was asked for."))
    retry_after = fields.Integer(metadata=_of_some("Seconds after which it may be tried again."))
    busy = fields.List(fields.Nested(BusyWorker), metadata=_of_some("`worker_busy`: who is planned, and when."))


class ProblemApi(Api):
    """flask-smorest's Api whose errors are problem+json."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self):
        problems.register(self._app)


def create_app(client, files, is_ready=None, trusted_proxies=0):
    """Return the application.

    :param client: `RpcClient` on either bus, or whatever answers `of(contract, ...)`.
    :param files: `FileStore` of uploads and attachments.
    :param is_ready: what `/readyz` goes by; the client's own readiness unless given.
    :param trusted_proxies: how many stand before the gateway; they say who asks.
    """
    app = Flask(__name__, static_folder=None)
    app.config.update(
        API_TITLE="Fielddesk",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_PARTS=20,
    )
    app.json.sort_keys = False
    app.url_map.strict_slashes = False
    # The redirect that Werkzeug answers otherwise leads to whatever host the request claims.
    app.url_map.merge_slashes = False
    app.extensions["fielddesk"] = Fielddesk(client, files, is_ready or client.is_ready, trusted_proxies)
    app.before_request(_begin)
    app.after_request(_end)
    api = ProblemApi(app, spec_kwargs={"marshmallow_plugin": documents.schema_plugin()})
    documents.described(api)
    for blueprint in (*BLUEPRINTS, *PUBLIC):
        api.register_blueprint(blueprint)
    app.register_blueprint(health)
    app.register_blueprint(home)
    return app


def _begin():
    g.request_id = str(new_id())
    g.began = time.perf_counter()
    refuse_strangers()
    # What nothing answers is told so, whatever it brings.
    if request.url_rule and request.method in ("POST", "PATCH") and request.path.startswith("/api/"):
        return _refusal_of_coding() or _refusal_of_body()
    return None


def _refusal_of_coding():
    codings = request.headers.get("Content-Encoding", "").lower().split(",")
    is_coded = not {coding.strip() for coding in codings} <= {"", problems.UNCODED}
    return problems.of_coding() if is_coded else None


def _refusal_of_body():
    if request.endpoint in UPLOADS:
        return None
    # A body in chunks says nowhere how long it is, and Werkzeug cuts it off at the limit without a word.
    length = request.content_length
    if length is None and (length := len(request.get_data())) >= LARGEST_BODY:
        return problems.problem(413, problems.CODES[413], problems.DETAILS[413])
    if length and not request.is_json:
        return problems.problem(415, problems.CODES[415], problems.DETAILS[415])
    if request.args:
        # Who writes `?internal=true` is not to find that it was left out.
        errors = {name: ["Nothing is taken from the query here. Send it in the body."] for name in request.args}
        return problems.problem(422, problems.CODES[422], problems.DETAILS[422], errors=errors)
    return None


def _end(response):
    there = {name.lower() for name, _ in response.headers}
    response.headers.extend((name, value) for name, value in HEADERS.items() if name.lower() not in there)
    if "request_id" in g:
        response.headers["X-Request-ID"] = g.request_id
        route = request.url_rule.rule if request.url_rule else "unknown"
        metrics.REQUESTS.labels(route, response.status_code).inc()
        milliseconds = round((time.perf_counter() - g.began) * 1000, 1)
        log.info(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=milliseconds,
            correlation_id=g.request_id,
        )
    return response
