"""The test services in one process on the local bus; calls come as JSON lines over a loopback socket.

`python -m tests.bus.embedded_desk PORT`: prints `ready` on stdout when the services are.
"""

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402

from chassis import logs  # noqa: E402
from chassis.bus.embedded import start_services  # noqa: E402
from chassis.errors import DomainError  # noqa: E402
from chassis.settings import Settings  # noqa: E402

PACKAGE = "tests.bus.services"


def main():
    """Run until SIGTERM."""
    logs.configure("embedded")
    names, settings = ["identity", "teller", "hearer"], Settings.from_environment()
    running = start_services(names, settings, PACKAGE, without_migrations=True)
    ended = eventlet.event.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.send())
    listening = eventlet.listen(("127.0.0.1", int(sys.argv[1])))
    eventlet.spawn(eventlet.serve, listening, lambda connection, _: serve(connection, running), 64)
    ended.wait()
    running.stop()
    os._exit(0)


def serve(connection, running):
    """Answer the calls on one connection, one after another."""
    with connection, connection.makefile("rwb") as stream:
        for line in stream:
            stream.write(json.dumps(answer(json.loads(line), running)).encode() + b"\n")
            stream.flush()


def answer(request, running):
    """Make one call on the local bus; return the reply or the refusal."""
    if request["method"] is None:
        return {"problems": running.problems()}
    try:
        body = request["body"].encode("latin-1")
        reply = running.client._transport.call(
            request["service"], request["method"], body, request["headers"], request["timeout"]
        )
    except DomainError as error:
        return {"error": type(error).__name__, "arguments": list(error.args)}
    return {"body": reply.body.decode("latin-1"), "headers": reply.headers}


if __name__ == "__main__":
    main()
