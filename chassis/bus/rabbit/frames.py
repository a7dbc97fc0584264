"""Reading frames without falling over what cannot be read.

py-amqp raises out of its reader when a message's properties cannot be decoded (a header that is not UTF-8, a
timestamp beyond the calendar, a type it does not know), its routing key or its exchange: RabbitMQ takes code points
beyond Unicode in a name. The connection would fall and the message come again, for ever. Here such a message arrives
marked `unreadable` instead of with properties, and is refused; a routing key or an exchange that is not UTF-8 arrives
with question marks, and names nothing.
"""

from collections import defaultdict
from struct import unpack_from

from amqp import spec
from amqp.basic_message import Message
from amqp.exceptions import UnexpectedFrame

_WITH_CONTENT = frozenset([spec.Basic.Return, spec.Basic.Deliver, spec.Basic.GetOk])
_METHOD, _HEADER, _BODY, _HEARTBEAT = 1, 2, 3, 8
#: Where the first text of a Deliver (the consumer's tag) begins, and the bytes between it and the other two (exchange
#: and routing key); each text stands behind a byte that says how long it is.
_TEXTS_AT, _BETWEEN_TEXTS = 4, 9


class TolerantMessage(Message):
    """A message whose properties may be anything."""

    def _load_properties(self, class_id, buf, offset):
        try:
            return super()._load_properties(class_id, buf, offset)
        except Exception as error:
            self.properties = {"unreadable": f"{type(error).__name__}: {error}"}
            return offset


class FrameReader:
    """Puts the frames of one connection together: py-amqp's own reader but for `TolerantMessage`.

    :param callback: called with channel, method, arguments and message once a method is complete.
    """

    def __init__(self, connection, callback):
        self._connection = connection
        self._callback = callback
        self._expected = defaultdict(lambda: _METHOD)
        self._partial = {}

    def __call__(self, frame):
        """Take in one frame `(kind, channel, content)`; return whether it completed a method."""
        kind, channel, content = frame
        self._connection.bytes_recv += 1
        if kind == _HEARTBEAT:
            return False
        if kind != self._expected[channel]:
            raise UnexpectedFrame(f"Received frame {kind} while expecting {self._expected[channel]}")
        if kind == _METHOD:
            return self._begin(channel, content)
        message = self._partial[channel]
        if kind == _HEADER:
            message.body = b""
            message.inbound_header(content)
            self._expected[channel] = _BODY
        else:
            message.inbound_body(content)
        return self._complete(channel) if message.ready else False

    def _begin(self, channel, content):
        method = unpack_from(">HH", content, 0)
        if method not in _WITH_CONTENT:
            self._callback(channel, method, content, None)
            return True
        readable = _readable(content) if method == spec.Basic.Deliver else content
        self._partial[channel] = TolerantMessage(frame_method=method, frame_args=readable)
        self._expected[channel] = _HEADER
        return False

    def _complete(self, channel):
        self._expected[channel] = _METHOD
        message = self._partial.pop(channel)
        self._callback(channel, message.frame_method, message.frame_args, message)
        return True


def _readable(content):
    """Return a Deliver whose exchange and routing key can be decoded."""
    exchange_at = _TEXTS_AT + 1 + content[_TEXTS_AT] + _BETWEEN_TEXTS
    key_at = exchange_at + 1 + content[exchange_at]
    exchange, key = bytes(content[exchange_at + 1 : key_at]), bytes(content[key_at + 1 :])
    if _is_text(exchange) and _is_text(key):
        return content
    return b"".join((content[: exchange_at + 1], _as_text(exchange), content[key_at : key_at + 1], _as_text(key)))


def _is_text(name):
    try:
        name.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _as_text(name):
    """Return a name of the same length that can be decoded."""
    return name if _is_text(name) else name.decode("ascii", "replace").replace("\ufffd", "?").encode()
