"""Run one service on RabbitMQ: `python -m chassis.bus.run tickets`.

Settings: `<SERVICE>_DATABASE_URL`, `<SERVICE>_AMQP_URI` or `AMQP_URI`, `TOKEN_PUBLIC_KEY`, `HEALTH_PORT`,
`VAR_DIR`, `DB_POOL_SIZE`, `RETRY_DELAYS`, `LOG_LEVEL`.
Ends on SIGTERM within 30 s: work in hand is finished, the rest goes to others.
"""

from chassis import garbage

garbage.put_off()

import eventlet  # noqa: E402

eventlet.monkey_patch()

import argparse  # noqa: E402
import logging  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from time import monotonic  # noqa: E402

import psycopg2  # noqa: E402

from chassis import logs  # noqa: E402
from chassis.bus.ending import ended_within  # noqa: E402
from chassis.bus.health import Health  # noqa: E402
from chassis.bus.rabbit.ownership import require_own  # noqa: E402
from chassis.bus.rabbit.transport import RabbitTransport  # noqa: E402
from chassis.bus.running import RunningService  # noqa: E402
from chassis.errors import Unavailable  # noqa: E402
from chassis.settings import Settings, SettingsError  # noqa: E402

logger = logging.getLogger(__name__)

#: Seconds for work in hand after SIGTERM; supervisors kill after 30.
ENDING_SECONDS = 25


def main(arguments=None):
    """Run the service named on the command line until SIGTERM or SIGINT; return the exit code."""
    parser = argparse.ArgumentParser("python -m chassis.bus.run", description="Run one service on RabbitMQ.")
    parser.add_argument("service", help="such as tickets")
    parser.add_argument("--package", default="services", help="where services lie")
    parser.add_argument("--without-migrations", action="store_true", help="its tables are made otherwise, as for tests")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_environment(f"{options.service.upper()}_DATABASE_URL", "TOKEN_PUBLIC_KEY")
        logs.configure(options.service, settings.log_level)
        return serve(options.package, options.service, settings, options.without_migrations)
    except SettingsError as error:
        print(f"{options.service}: {error}", file=sys.stderr)
        return 1


def serve(package, name, settings, without_migrations):
    """Run a service until a signal ends it; return the exit code.

    :param without_migrations: as of `RunningService`.
    :raises SettingsError: no broker is named, or it is another installation's.
    """
    if not settings.amqp_uri(name):
        raise SettingsError(f"{name.upper()}_AMQP_URI or AMQP_URI is missing. See .env.example.")
    ended = eventlet.event.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.ready() or ended.send())
    require_own(settings.amqp_uri(name), settings.installation_id)
    transport = RabbitTransport(package, name, settings.amqp_uri(name), settings.installation_id)
    member = RunningService(package, name, settings, transport, without_migrations=without_migrations)
    eventlet.spawn(check_hub, member.database)
    Health(settings.health_port, member.problem).start()
    member.container.start()
    garbage.begin()
    eventlet.spawn(watch, member.container, ended)
    code = ended.wait() or 0
    logger.info("Ending: work in hand is finished.")
    ended_within(ENDING_SECONDS, [member.container.stop])
    return code


def watch(container, ended):
    """End the process when its container has died, so that it is started anew instead of standing idle."""
    try:
        container.wait()
    except Exception:
        logger.exception("The container has died.")
    if not ended.ready():
        ended.send(1)


def check_hub(database):
    """Make sure that a waiting statement does not freeze the process: that is what a wrong driver does.

    :raises SystemExit: it does, each time of five; on a busy machine one time may look like it by chance.
    """
    try:
        if any(_others_run_during_a_statement(database) for _ in range(5)):
            return
    except (Unavailable, psycopg2.Error):
        return
    logger.critical("The database driver freezes the process. Use psycopg2 under eventlet.")
    raise SystemExit(1)


def _others_run_during_a_statement(database):
    moments = []

    def tick():
        while True:
            moments.append(monotonic())
            eventlet.sleep(0.01)

    ticking = eventlet.spawn(tick)
    began = monotonic()
    database.read("SELECT pg_sleep(0.1)")
    ended = monotonic()
    ticking.kill()
    return any(began + 0.02 < moment < ended - 0.02 for moment in moments)


if __name__ == "__main__":
    sys.exit(main())
