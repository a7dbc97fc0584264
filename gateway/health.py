"""`/livez`, `/readyz`, `/metrics` of the gateway."""

from flask import Blueprint, Response, current_app

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
    """Give the counters in Prometheus' text format."""
    return _answer(page(METRICS))


def _answer(given):
    status, body, content_type = given
    return Response(body, status, content_type=content_type)
