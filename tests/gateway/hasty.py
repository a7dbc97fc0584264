"""The gateway's worker with less patience, and an application that is made at once, for tests."""

from gateway.worker import Worker


class Hasty(Worker):
    """Waits a second for a request."""

    patience_seconds = 1


def alive(_environ, start_response):
    """Answer that all is well, whatever is asked."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"alive"]
