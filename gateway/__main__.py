"""`python -m gateway`: gunicorn with threads, on `HTTP_HOST`:`HTTP_PORT`; nothing is monkey-patched.

An argument names another WSGI application than `gateway.wsgi:app`.
"""

import os
import sys

from chassis.bus.rabbit.ownership import require_own
from chassis.open_files import room_for
from chassis.settings import Settings, SettingsError
from gateway.http_syntax import LONGEST_FIRST_LINE

THREADS = "16"
#: Connections at once at the most.
CONNECTIONS = 1_000
#: Seconds that requests in hand may take at the end.
GRACE = "30"


def main():
    """Become gunicorn; where that makes no sense, return the exit code."""
    try:
        settings = Settings.from_environment("TOKEN_PUBLIC_KEY")
        require_own(settings.amqp_uri("gateway"), settings.installation_id)
    except SettingsError as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 1
    host, port = settings.http_address
    host = f"[{host}]" if ":" in host else host
    arguments = [
        sys.executable, "-m", "gunicorn", "--bind", f"{host}:{port}", "--worker-class", "gateway.worker.Worker",
        "--workers", "1", "--threads", THREADS,
        "--worker-connections", str(room_for(CONNECTIONS)), "--graceful-timeout", GRACE, "--timeout", "60",
        "--keep-alive", "30", "--limit-request-line", str(LONGEST_FIRST_LINE), "--log-level", "warning",
        "--no-control-socket",
        # A client's own SCRIPT_NAME comes from the address of a proxy beside the gateway, too, and moves every path.
        "--forwarded-allow-ips", "",
        # A file goes through the worker's socket, which does not wait for ever for somebody who takes nothing of it.
        "--no-sendfile",
        *(sys.argv[1:] or ["gateway.wsgi:app"]),
    ]  # fmt: skip
    return os.execv(sys.executable, arguments)


if __name__ == "__main__":
    sys.exit(main())
