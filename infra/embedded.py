"""`python -m infra.embedded`: the six services and the gateway in one process, on the local bus.

The zero-install default of `./desk up`. Settings: `<SERVICE>_DATABASE_URL` of all six, the keys, `HTTP_PORT`.
"""

import os

from chassis import garbage

garbage.put_off()
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")  # As chassis.bus does, which is imported too late here.

import eventlet  # noqa: E402

eventlet.monkey_patch()

import signal  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402

from chassis import logs  # noqa: E402
from chassis.bus.embedded import start_services  # noqa: E402
from chassis.bus.ending import ended_within, ends_with  # noqa: E402
from chassis.files import FileStore  # noqa: E402
from chassis.open_files import room_for  # noqa: E402
from chassis.settings import Settings, SettingsError  # noqa: E402
from gateway.app import create_app  # noqa: E402
from infra.green_http import PLACES, Places, serve  # noqa: E402
from infra.processes import SERVICES, database_setting  # noqa: E402

#: Seconds at the end for the answers to requests in hand, and for all other work; supervisors kill after 30.
ANSWERING_SECONDS, ENDING_SECONDS = 12, 13


def main():
    """Run until SIGTERM or SIGINT; return the exit code."""
    try:
        settings = Settings.from_environment(
            *(database_setting(service) for service in SERVICES),
            "TOKEN_PUBLIC_KEY", "TOKEN_PRIVATE_KEY", "LINK_KEY",
        )  # fmt: skip
    except SettingsError as error:
        print(f"embedded: {error}", file=sys.stderr)
        return 1
    logs.configure("embedded", settings.log_level)
    host, port = settings.http_address
    listening = eventlet.listen((host, port), socket.AF_INET6 if ":" in host else socket.AF_INET)
    # Without it Nagle's algorithm holds every second answer back for 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    services = start_services(SERVICES, settings)
    files = FileStore(settings.var_dir / "files")
    app = create_app(services.client, files, services.ready, settings.trusted_proxies)
    ended = eventlet.event.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.ready() or ended.send())
    places = Places(room_for(PLACES))
    garbage.begin()
    server = eventlet.spawn(serve, listening, app, places)
    ends_with(server, ended)
    code = ended.wait() or 0
    server.kill()
    listening.close()
    # eventlet has hung up on whoever asks for nothing.
    ended_within(ANSWERING_SECONDS, [places.waitall])
    services.stop(ENDING_SECONDS)
    return code


if __name__ == "__main__":
    sys.exit(main())
