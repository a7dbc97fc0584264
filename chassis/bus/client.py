"""How the gateway asks: typed proxies made from contracts, the same on both buses.

Safe to share between native threads and between green threads. Make one per process, after the fork.
"""

from uuid import uuid4

from chassis.bus.wire import (
    CORRELATION,
    REQUEST_KEY,
    TOKEN,
    Refused,
    decode,
    encode_request,
    error_of,
    raw_body,
)
from chassis.contract import RawJSON

#: Seconds to wait for an answer.
TIMEOUT_SECONDS = 10.0


class RpcClient:
    """Asks services.

    :param transport: has `call(service, method, body, headers, timeout) -> Reply`, which raises `Unavailable`
        or `TimedOut`, `is_ready()` and `close()`.
    :param timeout: seconds.
    """

    def __init__(self, transport, timeout=TIMEOUT_SECONDS):
        self._transport = transport
        self._timeout = timeout

    @classmethod
    def connect(cls, uri, timeout=TIMEOUT_SECONDS, installation_id=None):
        """Return a client on RabbitMQ; it connects with its first call and again whenever it must.

        :param uri: `amqp://user:password@host:port/vhost`, or `amqps://` for TLS.
        :param installation_id: `Settings.installation_id`: a virtual host of another installation is refused; `None`
            for whoever only looks.
        """
        from chassis.bus.rabbit.caller import RabbitCaller

        return cls(RabbitCaller(uri, installation_id), timeout)

    def of(self, contract, *, token=None, request_id=None, correlation_id=None):
        """Return an object with the contract's methods, called by keyword arguments.

        They return JSON-ready values or `RawJSON` and raise `DomainError`s, among them `Unavailable` and
        `TimedOut`, or `InternalError` where the service failed.

        :param token: of the actor; none for nobody.
        :param request_id: names the commands called, so that a repeated one is carried out once; made when
            missing.
        :param correlation_id: of the request that causes this, for logs and facts.
        """
        headers = {TOKEN: token, CORRELATION: correlation_id or uuid4().hex}
        return Peer(self, contract, {name: value for name, value in headers.items() if value}, request_id)

    def is_ready(self):
        """Whether a call would reach the bus now."""
        return self._transport.is_ready()

    def close(self):
        """End the connection; calls that wait fail at once."""
        self._transport.close()

    def ask(self, service, method, arguments, headers):
        """Make one call; return what it answers."""
        body = encode_request(arguments)
        reply = self._transport.call(service, method, body, headers, self._timeout)
        if reply.headers.get("raw"):
            return RawJSON(raw_body(reply), reply.headers.get("version"))
        try:
            envelope = decode(reply.body)
        except Refused:
            envelope = {"error": {}}
        if envelope["error"] is not None:
            raise error_of(envelope["error"])
        return envelope["result"]


class Peer:
    """A service as its contract describes it, asked on behalf of one actor."""

    def __init__(self, client, contract, headers, request_id):
        self._client = client
        self._contract = contract
        self._headers = headers
        self._request_id = request_id

    def __getattr__(self, name):
        function = vars(self._contract).get(name)
        method = getattr(function, "method", None)
        if method is None:
            raise AttributeError(f"{self._contract.__name__} has no method {name}")

        def call(**arguments):
            headers = self._headers
            if method.is_command:
                headers = {**headers, REQUEST_KEY: self._request_id or uuid4().hex}
            return self._client.ask(self._contract.service, name, arguments, headers)

        call.__name__, call.__doc__ = name, function.__doc__
        return call
