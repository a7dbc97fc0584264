"""`/livez`, `/readyz`, `/metrics` of the gateway."""

from flask import Blueprint, Response, current_app

from chassis import metrics

health = Blueprint("health", __name__)


@health.get("/livez")
def live():
    """Say that the process runs."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
def ready():
    """Say whether requests can be passed on: the broker is reached."""
    is_ready = current_app.extensions["fielddesk"].is_ready()
    return Response("ok\n" if is_ready else "not ready\n", status=200 if is_ready else 503, mimetype="text/plain")


@health.get("/metrics")
def exposed():
    """Give the counters in Prometheus' text format."""
    body, content_type = metrics.exposition()
    return Response(body, content_type=content_type)
