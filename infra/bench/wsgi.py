"""The gateway with one more page: one that makes one no-op call."""

from flask import Blueprint

from gateway.callers import ask
from gateway.routes import shown
from gateway.wsgi import app
from infra.bench.services.probe.contract import Probe

probe = Blueprint("probe", __name__)


@probe.get("/bench/nothing")
def nothing():
    """Ask the probe as whoever bears the request."""
    return shown(ask(Probe, Probe.methods()["nothing"], {}))


app.register_blueprint(probe)
