"""`/livez`, `/readyz`, `/metrics` of the gateway."""

from ipaddress import ip_address

from flask import Blueprint, Response, abort, current_app, request

from chassis.health import LIVE, METRICS, READY, page

health = Blueprint("health", __name__)


@health.get(LIVE)
def live():
    """Say that the process runs."""
    return _answer(page(LIVE))


@health.get(READY)
def ready():
    """Say whether requests can be passed on: the broker is reached."""
    is_ready = current_app.extensions["fielddesk"].is_ready()
    return _answer(page(READY, None if is_ready else "not ready"))


@health.get(METRICS)
def exposed():
    """Give the counters in Prometheus' text format, to whoever asks from one's own network and through no proxy."""
    if _comes_from_outside():
        abort(404)
    return _answer(page(METRICS))


def _comes_from_outside():
    # Residents reach the same port, and how much happens here is the desk's own. A proxy beside the gateway has an
    # address of one's own network, whoever it asks for.
    passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return passed_on or not request.remote_addr or ip_address(request.remote_addr).is_global


def _answer(given):
    status, body, content_type = given
    return Response(body, status, content_type=content_type)
