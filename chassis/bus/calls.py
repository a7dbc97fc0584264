"""The edge where calls come in: who asks, may they, is it well-formed, was it done before; then the handler.

The same on both buses, and the same for whoever reaches the broker directly: nothing here trusts the gateway.
"""

import json
import logging
from dataclasses import dataclass
from functools import partial
from time import perf_counter, time
from uuid import UUID, uuid4

import structlog
from marshmallow import ValidationError

from chassis import forms, logs, metrics
from chassis.actors import ANONYMOUS, is_let_in, require
from chassis.bus.faults import is_away, is_busy
from chassis.bus.request_keys import request_key_of
from chassis.bus.wire import (
    CORRELATION,
    JSON,
    REQUEST_KEY,
    TOKEN,
    Malformed,
    Reply,
    UnknownMethod,
    decode_request,
    encode,
    error_reply,
    raw_reply,
    result_reply,
    short_text,
)
from chassis.clock import utcnow
from chassis.contract import RawJSON
from chassis.errors import DomainError, Invalid, Unauthenticated, Unavailable

log = logs.get(__name__)
logger = logging.getLogger(__name__)

#: Header that marks what is stored in place of a reply (`kept_of`); it never leaves the service.
KEPT = "kept"


@dataclass(slots=True)
class Call:
    """A call as it came.

    :param headers: nameko's context (`nameko.auth_token`, `nameko.request_id`, `nameko.correlation_id`).
    :param person_id: who asks, for the log; known once the token has been verified.
    """

    method: str
    body: bytes
    headers: dict
    content_type: str = JSON
    person_id: UUID | None = None


class Calls:
    """Answers the calls of one service.

    :param contract: `Contract` class.
    :param permissions: `{method name: permission}`, as `is_let_in` takes it; a method that is missing is refused.
    :param tokens: `TokenVerifier`.
    :param places: `Places`, which limit how many are answered at once; `None` where calls come one by one.
    """

    def __init__(self, contract, permissions, database, tokens, epochs, places=None):
        self._methods = contract.methods()
        self._permissions = permissions
        self._database = database
        self._tokens = tokens
        self._epochs = epochs
        self._service = contract.service
        self._places = places

    def answer(self, instance, call):
        """Return the reply to a call, whatever happens.

        :param instance: service object whose method handles it.
        """
        began = perf_counter()
        correlation_id = short_text(call.headers.get(CORRELATION)) or uuid4().hex
        structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
        try:
            reply, outcome = self._answer_in_place(instance, call, correlation_id), "ok"
        except Exception as error:
            refusal = refusal_of(error)
            reply, outcome = error_reply(refusal), getattr(refusal, "code", type(refusal).__name__)
        self._record(call, outcome, perf_counter() - began)
        return reply

    def _answer_in_place(self, instance, call, correlation_id):
        attempt = partial(self._answer, instance, call, correlation_id)
        if self._places is None:
            return attempt()
        method = self._methods.get(call.method)
        # Anonymous callers do not wait: what they name was there when their page or mail was made.
        is_waited_for = method is not None and method.is_command and not method.anonymous
        return self._places.answer_once_arrived(attempt) if is_waited_for else self._places.answer(attempt)

    def _answer(self, instance, call, correlation_id):
        method = self._methods.get(call.method)
        if method is None:
            raise UnknownMethod(call.method)
        actor = self._actor_of(call, method)
        call.person_id = actor.person_id
        self._check_permission(actor, method)
        arguments = decode_request(call.body, call.content_type)
        values = load(method.takes, arguments)
        handler = getattr(instance, method.name)
        with self._database.work(actor=actor, correlation_id=correlation_id, now=utcnow()) as work:
            if not method.is_command:
                return reply_of(method, handler(work, actor, **values))
            if method.secret:
                reply = reply_of(method, handler(work, actor, **values))
                work.commit()
                return reply
            key = request_key_of(actor, method, call.headers.get(REQUEST_KEY), arguments)
            kept = self._carry_out(method, handler, work, actor, values, key)
        return finished(method, instance, kept)

    def _carry_out(self, method, handler, work, actor, values, key):
        try:
            kept = kept_of(method, handler(work, actor, **values))
            key.keep(work, kept)
            work.commit()
            return kept
        except Exception:
            # This may repeat a request that was carried out, and then fails on the effect that the first one had.
            work.close()
            stored = key.stored(self._database)
            if stored is None:
                raise
            return stored

    def _actor_of(self, call, method):
        token = call.headers.get(TOKEN)
        if not token:
            if method.anonymous:
                return ANONYMOUS
            raise Unauthenticated("token_missing", "Sign in.")
        if not isinstance(token, str):
            raise Unauthenticated("token_invalid", "Sign in again.")
        actor = self._tokens.actor_of(token, time())
        self._epochs.check(actor)
        return actor

    def _check_permission(self, actor, method):
        if method.anonymous:
            return
        require(is_let_in(actor, self._permissions.get(method.name)))

    def _record(self, call, outcome, seconds):
        name = call.method if call.method in self._methods else "unknown"
        label = f"{self._service}.{name}"
        metrics.CALLS.labels(label, outcome).inc()
        metrics.CALL_SECONDS.labels(label).observe(seconds)
        person = str(call.person_id) if call.person_id else None
        log.info("call", method=label, outcome=outcome, actor=person, duration_ms=round(seconds * 1000, 1))


def load(takes, arguments):
    """Return the typed values of a call's arguments.

    :raises Invalid: `input_invalid`, with `context["fields"]`.
    """
    try:
        return forms.load(takes, arguments)
    except ValidationError as error:
        fields = {"fields": error.normalized_messages()}
        raise Invalid("input_invalid", "Some fields are not right.", fields) from None


def reply_of(method, result):
    """Return the reply for what a handler returned; only what the contract declares leaves the service."""
    if isinstance(result, RawJSON):
        return raw_reply(result)
    if method.gives is None:
        return result_reply(None)
    return result_reply(forms.dump(method.gives, result))


def kept_of(method, result):
    """Return what is stored with the request key: the reply, or what `finished` makes one of.

    The latter where the reply holds a secret, which is not to be stored and can be made again (`command`'s `keeps`).
    """
    if method.keeps is None:
        return reply_of(method, result)
    return Reply(encode(forms.dump(method.keeps, result)), {KEPT: True})


def finished(method, instance, kept):
    """Return the reply to what `kept_of` gave: that itself, or what `finish_<method>` of the service makes of it.

    :param instance: service object.
    """
    if not kept.headers.get(KEPT):
        return kept
    values = forms.load(method.keeps, json.loads(kept.body))
    return reply_of(method, getattr(instance, f"finish_{method.name}")(**values))


def refusal_of(error):
    """Return the error that the caller is told; an unexpected one is logged here, and tells the caller nothing."""
    if is_away(error) and not isinstance(error, Unavailable):
        return Unavailable("database_away", "The database does not answer. Try again shortly.")
    if is_busy(error):
        return Unavailable("busy", "Somebody else is changing the same thing. Try again shortly.")
    if isinstance(error, (DomainError, Malformed, UnknownMethod)):
        return error
    logger.error("A call failed.", exc_info=error)
    return error
