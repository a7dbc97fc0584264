"""The gateway's worker with less patience, for tests."""

from gateway.worker import Worker


class Hasty(Worker):
    """Waits a second for a request."""

    patience_seconds = 1
