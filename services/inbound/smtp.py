"""The SMTP process, `python -m services.inbound.smtp`: 250 when a mail is on disk and its row committed.

Settings: `INBOUND_DATABASE_URL`, `LINK_KEY`, `MAIL_DOMAIN`, `VAR_DIR`, `SMTP_PORT` (2525), `SMTP_HOST`
(127.0.0.1), `HEALTH_PORT`. The broker is not needed: what is kept is read by the service when it runs.
Ends on SIGTERM within 30 s: mails under way are taken, then every session is told goodbye.
"""

import asyncio
import logging
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg2
from sqlalchemy.exc import SQLAlchemyError

from chassis import logs
from chassis.database import Database, wait_at_most
from chassis.errors import DomainError
from chassis.files import FileStore
from chassis.open_files import room_for
from chassis.settings import Settings, SettingsError
from services.inbound.health import start_health
from services.inbound.reception import Reception, Recipients
from services.inbound.smtp_desk import MOST_SESSIONS, SmtpDesk
from services.inbound.smtp_session import Session

logger = logging.getLogger(__name__)

#: Seconds for the database to say that this is ready; to answer before a mail is put off, within a sender's patience.
READY_SECONDS, ANSWER_SECONDS = 2, 10
#: Threads that write files, and one that commits.
THREADS = 6


class PortTaken(Exception):
    """A port cannot be listened on; the message is for people."""


async def serve(settings, ended):
    """Take mails until `ended` (an `asyncio.Event`) is set.

    :raises PortTaken: another process listens there.
    """
    wait_at_most(ANSWER_SECONDS)
    database = Database(settings.database_url("inbound"), pool_size=2)
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="keep")
    recipients = Recipients(database, settings.links, settings.mail_domain, threads)
    reception = Reception(database, FileStore(settings.var_dir / "files"), threads)
    desk = SmtpDesk(recipients, reception, room_for(MOST_SESSIONS))
    health_port, (host, port) = settings.health_port, settings.smtp_address
    health = await _listening(start_health(health_port, lambda: _problem(desk, recipients)), health_port)
    server = await _listening(_start_smtp(desk, settings.mail_domain, host, port), port)
    logger.info("Taking mail on %s:%s.", host, port)
    await ended.wait()
    server.close()
    await desk.end()
    health.close()
    threads.shutdown()
    database.close()


async def _start_smtp(desk, hostname, host, port):
    loop = asyncio.get_running_loop()

    def session():
        return Session(desk, hostname=hostname, loop=loop)

    # asyncio takes so many that wait at once, before it hears that they are too many.
    return await loop.create_server(session, host, port, backlog=desk.most_sessions // 2)


async def _listening(start, port):
    try:
        return await start
    except OSError as error:
        raise PortTaken(f"port {port} cannot be used: {error.strerror or error}") from error


async def _problem(desk, recipients):
    if desk.is_ending:
        return "ending"
    try:
        async with asyncio.timeout(READY_SECONDS):
            await recipients.find("postmaster@invalid")
    except (TimeoutError, DomainError, SQLAlchemyError, psycopg2.Error):
        return "the database does not answer"
    return None


async def _until_signal(settings):
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await serve(settings, ended)


def main():
    """Run until SIGTERM or SIGINT; return the exit code."""
    try:
        settings = Settings.from_environment("INBOUND_DATABASE_URL", "LINK_KEY")
        logs.configure("smtp", settings.log_level)
        # aiosmtpd writes several lines a command, with the addresses of people in them, and warns of an unknown
        # command with its words: the text of a mail that somebody goes on sending after a refusal, or a password.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        asyncio.run(_until_signal(settings))
    except (SettingsError, PortTaken) as error:
        print(f"smtp: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
