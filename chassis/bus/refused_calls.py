"""Calls that come again after a process ended, and calls that are kept because nobody could be told.

A classic queue does not count deliveries. So a call that comes again is written into the inbox before it is
carried out: the second time that happens it is dead, however often the broker brings it.

Of a call only what describes it is kept, nothing that gives authority: no token, and no argument that the contract
marks as `secret` or, such as the token of a mailed link, as `authority`. A kept call can be replayed only where nothing
had to be left out (an anonymous one without secrets). The replay of any other is refused with what it lacks, and the
call stays where it is: whoever asked must ask again.
"""

import logging
from functools import cache
from uuid import NAMESPACE_OID, uuid5

from chassis import forms
from chassis.bus.calls import Call, refusal_of
from chassis.bus.facts import Letter
from chassis.bus.faults import is_away
from chassis.bus.inbox import CALLS_LISTENER
from chassis.bus.inbox_rows import DEAD_CALL, FORGET_TRY, TRY_CALL, row_of
from chassis.bus.wire import (
    CORRELATION,
    REQUEST_KEY,
    TOKEN,
    InternalError,
    Refused,
    decode,
    decode_request,
    encode,
    error_reply,
)

logger = logging.getLogger(__name__)

#: The only headers that are kept as they came: a stranger may put a secret into any other.
KEPT_HEADERS = (REQUEST_KEY, CORRELATION)
#: The header of a kept call that names what was left out.
LEFT_OUT = "left_out"


class RefusedCalls:
    """Deals with the calls of one service that are not simply answered.

    :param contract: `Contract` class.
    :param calls: `Calls`.
    """

    def __init__(self, contract, calls, database):
        self._service = contract.service
        self._methods = contract.methods()
        self._calls = calls
        self._database = database

    def letter_of(self, call, correlation_id, reply_to):
        """Return what the inbox may keep of a call, under an id by which it is known when it comes again.

        The id is a hash of what is kept and of nothing else: a fast hash of a password is as good as the password.

        :param correlation_id: as the message has it.
        :param reply_to: likewise.
        """
        body, left_out = _kept_body(self._methods.get(call.method), call)
        if TOKEN in call.headers:
            left_out = [*left_out, "token"]
        named = f"{correlation_id} {reply_to} {call.method} ".encode(errors="replace") + body
        headers = {name: call.headers[name] for name in KEPT_HEADERS if name in call.headers}
        headers["event_id"] = str(uuid5(NAMESPACE_OID, named.decode("latin-1")))
        headers["content_type"] = call.content_type
        if left_out:
            headers[LEFT_OUT] = " and ".join(left_out)
        return Letter(self._service, call.method, body, headers)

    def answer_again(self, instance, call, letter):
        """Return the reply to a call that was in hand before when a process or a connection ended."""
        try:
            row = row_of(CALLS_LISTENER, letter, with_content=True)
            if self._database.read(TRY_CALL, **row)[0].tries > 1:
                self._database.read(DEAD_CALL, listener=CALLS_LISTENER, event_id=letter.event_id)
                logger.error("The call %s ended its process twice; it is kept.", call.method)
                return error_reply(InternalError())
            reply = self._calls.answer(instance, call)
            self._database.read(FORGET_TRY, listener=CALLS_LISTENER, event_id=letter.event_id)
            return reply
        except Exception as error:
            if not is_away(error):
                raise
            return error_reply(refusal_of(error))

    def carry_out(self, instance, letter):
        """Carry out a kept call, on an administrator's word.

        :raises Refused: it is refused again, or was kept without something that it came with: without its token
            it would be somebody else's, and its request key would not know that it was carried out before.
        """
        if LEFT_OUT in letter.headers:
            raise Refused("kept without what it needs", f"{letter.headers[LEFT_OUT]}; whoever asked must ask again")
        call = Call(letter.name, letter.body, letter.headers, letter.headers.get("content_type"))
        error = decode(self._calls.answer(instance, call).body)["error"]
        if error is not None:
            raise Refused("refused again", error["value"])


def _kept_body(method, call):
    """Return what may be kept of a call's body, and a list that says what else there was.

    :param method: `chassis.contract.Method`, `None` where the contract has no such method: nobody knows then
        what is secret.
    """
    if method is not None and not _withheld(method.takes):
        return call.body, []
    try:
        arguments = decode_request(call.body, call.content_type)
        # What is not declared goes, too: it may be a password under a misspelt name.
        declared = forms.names_of(method.takes) - _withheld(method.takes) if method else ()
        kept = {name: value for name, value in arguments.items() if name in declared}
        return encode({"args": [], "kwargs": kept}), [] if kept == arguments else ["arguments"]
    except (Refused, RecursionError):
        return b"", ["body"]


@cache
def _withheld(takes):
    marks = ("secret", "authority")
    return frozenset(name for name, field in takes().fields.items() if any(map(field.metadata.get, marks)))
