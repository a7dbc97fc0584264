"""HTTP to servers of this machine, past the proxies that the environment names for the world outside."""

import urllib.request

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def open_directly(request: urllib.request.Request | str, seconds: float):
    """Sends a request; returns the answer as urlopen does, and raises as it does."""
    return _OPENER.open(request, timeout=seconds)
