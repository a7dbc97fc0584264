"""The HTTP server of the embedded desk, hasty and small, for tests: `-m tests.gateway.green PORT FOLDER`.

There are no services behind it.
"""

import eventlet

eventlet.monkey_patch()

import sys  # noqa: E402

from chassis.errors import Unavailable  # noqa: E402
from chassis.files import FileStore  # noqa: E402
from gateway.app import create_app  # noqa: E402
from infra import green_http  # noqa: E402


class NoServices:
    """Stands for an `RpcClient` whose services are away."""

    def of(self, *_contract, **_options):
        """Refuse every call."""
        raise Unavailable("away", "Nobody is here.")

    def is_ready(self):
        """Whether calls are answered."""
        return False


if __name__ == "__main__":
    green_http.Connection.patience_seconds = 1
    green_http.Connection.keep_alive_seconds = 2
    listening = eventlet.listen(("127.0.0.1", int(sys.argv[1])))
    green_http.serve(listening, create_app(NoServices(), FileStore(sys.argv[2])), green_http.Places(10))
