"""What `/livez`, `/readyz` and `/metrics` say, whichever server gives them."""

from chassis import metrics

LIVE, READY, METRICS = "/livez", "/readyz", "/metrics"
_TEXT = "text/plain"


def page(path, problem=None):
    """Return status code, body and content type of what a path gives.

    :param path: as it was asked for.
    :param problem: what keeps the process from being ready, in words; for `READY` alone.
    :returns: `(200, 404 or 503, bytes, content type)`.
    """
    if path == LIVE:
        return 200, b"alive\n", _TEXT
    if path == READY:
        return (503, f"{problem}\n".encode(), _TEXT) if problem else (200, b"ready\n", _TEXT)
    if path == METRICS:
        return 200, *metrics.exposition()
    return 404, b"not found\n", _TEXT
