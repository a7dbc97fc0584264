"""Reading frames without falling over what cannot be read.

py-amqp raises out of its reader when a message's properties cannot be decoded (a header that is not UTF-8,
a timestamp beyond the calendar, a type it does not know). The connection would fall and the message come
again, for ever. Here such a message arrives marked `unreadable` instead of with properties, and is refused.
"""

from collections import defaultdict
from struct import unpack_from

from amqp import spec
from amqp.basic_message import Message
from amqp.exceptions import UnexpectedFrame

_WITH_CONTENT = frozenset([spec.Basic.Return, spec.Basic.Deliver, spec.Basic.GetOk])
_METHOD, _HEADER, _BODY, _HEARTBEAT = 1, 2, 3, 8


class TolerantMessage(Message):
    """A message whose properties may be anything."""

    def _load_properties(self, class_id, buf, offset):
        try:
            return super()._load_properties(class_id, buf, offset)
        except Exception as error:
            self.properties = {"unreadable": f"{type(error).__name__}: {error}"}
            return offset


def frame_handler(connection, callback):
    """Return the function that takes in one frame: py-amqp's own but for `TolerantMessage`.

    :param callback: called with channel, method, arguments and message once a method is complete.
    """
    expected = defaultdict(lambda: _METHOD)
    partial = {}

    def complete(channel):
        expected[channel] = _METHOD
        message = partial.pop(channel)
        callback(channel, message.frame_method, message.frame_args, message)
        return True

    def on_frame(frame):
        kind, channel, content = frame
        connection.bytes_recv += 1
        if kind == _HEARTBEAT:
            return False
        if kind != expected[channel]:
            raise UnexpectedFrame(f"Received frame {kind} while expecting {expected[channel]}")
        if kind == _METHOD:
            method = unpack_from(">HH", content, 0)
            if method not in _WITH_CONTENT:
                callback(channel, method, content, None)
                return True
            partial[channel] = TolerantMessage(frame_method=method, frame_args=content)
            expected[channel] = _HEADER
            return False
        message = partial[channel]
        if kind == _HEADER:
            message.inbound_header(content)
            expected[channel] = _BODY
            message.body = b""
        else:
            message.inbound_body(content)
        return complete(channel) if message.ready else False

    return on_frame
