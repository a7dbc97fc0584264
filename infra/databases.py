"""Roles and databases: one of each per service, made and migrated by the owner of the server."""

from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

from chassis import revisions
from infra.database_urls import connected, login_of
from infra.installation import POOL_SIZE_OF_SEVERAL, Installation
from infra.processes import SERVICES, Process, database_setting
from infra.refusal import Refusal
from infra.roles import make_roles

OLDEST_VERSION = 150000  # PostgreSQL 15, as the server's number.
BUILTIN_LOCALE_SINCE = 170000
#: Beside its pool a process holds the connection of the outbox relay, and at times one of a check.
BESIDE_POOL = 2
MARGIN = 10  # Left for people, backups and the server's own reserve.
LOCK = "SELECT pg_advisory_lock(hashtext('fielddesk databases'))"


@contextmanager
def owner_connection(owner_url: str):
    """A connection of the server's owner; a Refusal with one sentence where the server is away or too old."""
    try:
        connection = psycopg2.connect(owner_url.replace("+psycopg2", ""), connect_timeout=10)
    except psycopg2.Error as error:
        why = " ".join(str(error).split())
        raise Refusal(f"The database is away: {why}") from error
    try:
        connection.autocommit = True
        if connection.server_version < OLDEST_VERSION:
            raise Refusal("The database server is too old: PostgreSQL 15 or newer is needed.")
        yield connection
    finally:
        connection.close()


def make_databases(installation: Installation, owner_url: str) -> list[str]:
    """Makes what is missing of the services' roles and databases; returns the services whose database is new.

    Safe to call twice at once: the second caller waits for the first. Raises Refusal where the owner may not make
    them, where another installation works with them, and where the server cannot, as on a full disk.
    """
    with owner_connection(owner_url) as connection, connection.cursor() as cursor:
        cursor.execute(LOCK)
        urls = {service: installation.service_url(service, owner_url) for service in SERVICES}
        try:
            make_roles(cursor, installation, urls)
            return [service for service, url in urls.items() if _make(cursor, url)]
        except psycopg2.errors.InsufficientPrivilege as error:
            # From PostgreSQL 16 on the detail says which right on which role.
            why = " ".join(filter(None, (error.diag.message_primary, error.diag.message_detail)))
            raise Refusal(
                f"The user of DATABASE_URL may not make roles and databases ({why}); give it CREATEROLE and CREATEDB."
            ) from None
        except psycopg2.OperationalError as error:
            why = " ".join(str(error).split())
            raise Refusal(f"The databases were not made ({why}); ./desk migrate goes on.") from None


def migrate(installation: Installation, owner_url: str) -> dict[str, list[str]]:
    """Brings every service's database to its newest revision; returns the revisions applied, by service.

    Raises Refusal where a database has been used by a newer version, cannot be entered or is too busy.
    """
    urls = {service: installation.service_url(service, owner_url) for service in SERVICES}
    return {
        service: [] if _is_current(service, url) else _upgrade(installation, service, url)
        for service, url in urls.items()
    }


def _is_current(service: str, url: str) -> bool:
    """Whether nothing is to be done; what is wrong with a database that cannot be asked, the upgrade says."""
    try:
        with closing(connected(url)) as connection, connection.cursor() as cursor:
            return revisions.is_current(service, lambda statement: cursor.execute(statement) or cursor.fetchall())
    except psycopg2.Error:
        return False


def _upgrade(installation: Installation, service: str, url: str) -> list[str]:
    # Imported here: alembic takes as long as everything else of the command line.
    from sqlalchemy.exc import OperationalError

    from chassis import migrations

    try:
        return migrations.upgrade(service, url)
    except migrations.NewerDatabase as error:
        raise Refusal(f"{error} Start that version, or restore a backup made before it.") from None
    except OperationalError as error:
        why = " ".join(str(error.orig).split())
        if error.statement is not None:
            raise Refusal(f"The database of {service} was not migrated ({why}); ./desk migrate goes on.") from None
        given = database_setting(service) if installation.setting(database_setting(service)) else "DATABASE_URL"
        raise Refusal(f"The database of {service} cannot be entered ({why}); check {given}.") from None


def connections_of(installation: Installation, processes: list[tuple[Process, int, bool]]) -> int:
    """Connections that processes may open at most: (process, how many, several on one database) each."""
    return sum(
        count * len(process.services) * (_pool_size(installation, process, several) + BESIDE_POOL)
        for process, count, several in processes
    )


def _pool_size(installation: Installation, process: Process, several: bool) -> int:
    """The pool of a process; one that is not told a size keeps a small one of its own."""
    is_told = "DB_POOL_SIZE" in process.settings
    return installation.pool_size(several) if is_told else POOL_SIZE_OF_SEVERAL


def require_connections(owner_url: str, wanted: int) -> None:
    """Refuses a set of processes that together may open more connections than the server allows."""
    with owner_connection(owner_url) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        allowed = int(cursor.fetchone()[0])
    if wanted + MARGIN > allowed:
        raise Refusal(
            f"The processes may open {wanted} database connections and {MARGIN} are kept free, but the "
            f"server allows {allowed}; scale less, lower DB_POOL_SIZE or raise max_connections."
        )


def _make(cursor, service_url: str) -> bool:
    """Makes one database for its role; returns whether it is new."""
    login, database = login_of(service_url), urlsplit(service_url).path.lstrip("/")
    role = sql.Identifier(login.role)
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
    if cursor.fetchone():
        return False
    cursor.execute("SELECT rolsuper OR rolname = %s FROM pg_roles WHERE rolname = current_user", [login.role])
    if not cursor.fetchone()[0]:  # Only a member of a role may give it a database.
        cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
    name = sql.Identifier(database)
    cursor.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' " + _locale(cursor)).format(name, role)
    )
    cursor.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(name))
    return True


def _locale(cursor) -> str:
    """Text sorts by code point and knows Unicode's cases on every server, whatever it was set up with."""
    if cursor.connection.server_version >= BUILTIN_LOCALE_SINCE:
        return "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
    return "LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
