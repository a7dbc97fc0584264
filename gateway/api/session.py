"""Signing in and out: the opaque session that a Bearer header carries."""

from flask import current_app

from chassis.contract import Answer, fields
from gateway.callers import ask, asked, for_signed_in, origin_of_request, required_session
from gateway.documented_conventions import NO_SESSION, SESSION
from gateway.documented_refusals import refused_by
from gateway.parsing import Blueprint
from gateway.routes import shown
from services.identity.contract import Identity
from services.identity.contract.answers import Myself

_LOG_IN, _LOG_OUT = (Identity.methods()[name] for name in ("log_in", "log_out"))

session = Blueprint("session", __name__, url_prefix="/api/v1", description="Signing in and out.")


class SessionAnswer(Answer):
    """What signing in gives."""

    access_token = fields.String(required=True)
    person = fields.Nested(Myself, required=True)


@session.route("/session", methods=["POST"])
@session.arguments(_LOG_IN.takes(exclude=["origin"]))
@session.response(201, SessionAnswer)
@session.doc(operationId="identity_log_in", security=NO_SESSION, responses=refused_by(Identity, _LOG_IN, has_body=True))
def sign_in(arguments):
    """Sign in with e-mail and password; the answer's token is sent as `Authorization: Bearer`."""
    answer = asked(Identity).log_in(**arguments, origin=origin_of_request())
    return shown({"access_token": answer["session"], "person": answer["person"]}, 201)


@session.route("/session", methods=["DELETE"])
@for_signed_in
@session.response(204)
@session.doc(operationId="identity_log_out", security=SESSION, responses=refused_by(Identity, _LOG_OUT))
def sign_out():
    """End the session that the request bears."""
    bearer = required_session()
    ask(Identity, _LOG_OUT, {})
    current_app.extensions["fielddesk"].tokens.forget(bearer)
    return shown(None)
