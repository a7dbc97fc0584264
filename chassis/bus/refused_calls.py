"""Calls that come again after a process ended, and calls that are kept because nobody could be told.

A classic queue does not count deliveries. So a call that comes again is written into the inbox before it is
carried out: the second time that happens it is dead, however often the broker brings it.
"""

import logging

from chassis.bus.calls import Call, refusal_of
from chassis.bus.faults import is_away
from chassis.bus.inbox_rows import DEAD_CALL, FORGET_TRY, TRY_CALL, row_of
from chassis.bus.wire import InternalError, Refused, decode, error_reply

logger = logging.getLogger(__name__)

#: The listener under which the inbox keeps calls.
LISTENER = "call"


class RefusedCalls:
    """Deals with the calls of one service that are not simply answered.

    :param calls: `Calls`.
    """

    def __init__(self, calls, database):
        self._calls = calls
        self._database = database

    def answer_again(self, instance, call, letter):
        """Return the reply to a call that was in hand before when a process or a connection ended."""
        try:
            row = row_of(LISTENER, letter, with_content=True)
            if self._database.read(TRY_CALL, **row)[0].tries > 1:
                self._database.read(DEAD_CALL, listener=LISTENER, event_id=letter.event_id)
                logger.error("The call %s ended its process twice; it is kept.", call.method)
                return error_reply(InternalError())
            reply = self._calls.answer(instance, call)
            self._database.read(FORGET_TRY, listener=LISTENER, event_id=letter.event_id)
            return reply
        except Exception as error:
            if not is_away(error):
                raise
            return error_reply(refusal_of(error))

    def carry_out(self, instance, letter):
        """Carry out a kept call, on an administrator's word.

        :raises Refused: it is refused again.
        """
        call = Call(letter.name, letter.body, letter.headers, letter.headers.get("content_type"))
        error = decode(self._calls.answer(instance, call).body)["error"]
        if error is not None:
            raise Refused("refused again", error["value"])
