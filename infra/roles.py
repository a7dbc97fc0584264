"""The services' roles on the server: made where they are missing, and given this installation's passwords.

A password that changes under a running desk locks it out of its own data with the next connection it opens. So a role
that this installation can enter as is left alone, and so are all of them while somebody else works as one.
"""

import time

import psycopg2
from psycopg2 import sql

from infra.database_urls import connected, login_of
from infra.installation import Installation
from infra.processes import database_setting
from infra.refusal import Refusal

#: The server lists a connection for a moment after its client has gone.
LEAVING_SECONDS = 2


def make_roles(cursor, installation: Installation, urls: dict[str, str]) -> None:
    """Makes the roles in the services' URLs and gives them the passwords in there.

    cursor: of the server's owner, whose own role is never changed. urls: by service.
    A Refusal, and nothing changed, where somebody works as a role that these URLs do not open. A desk that is just
    starting on the same server, and has no connection yet, is not seen.
    """
    wanted = _services_by_role(urls)
    wanted.pop(cursor.connection.info.user, None)
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(wanted)])
    there = {name for (name,) in cursor}
    shut = _shut(urls, {role: services for role, services in wanted.items() if role in there})
    at_work = _at_work(cursor, shut)
    if at_work:
        remedy = _remedy(installation, wanted[at_work])
        raise Refusal(
            f"Somebody works on this server as {at_work}, and this installation cannot enter as it "
            f"({shut[at_work]}); stop that desk first, or {remedy}."
        )
    for role, services in wanted.items():
        if role in shut or role not in there:
            password = login_of(urls[services[0]]).password
            verb = sql.SQL("ALTER" if role in there else "CREATE")
            cursor.execute(
                sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), sql.Literal(password))
            )


def _services_by_role(urls: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for service, url in urls.items():
        found.setdefault(login_of(url).role, []).append(service)
    return found


def _shut(urls: dict[str, str], services_by_role: dict[str, list[str]]) -> dict[str, str]:
    """The roles that none of their URLs opens, each with the server's words."""
    found = {}
    for role, services in services_by_role.items():
        words = [_hindrance(urls[service]) for service in services]
        if all(words):
            found[role] = words[0]
    return found


def _hindrance(url: str) -> str | None:
    """What keeps this URL from opening its database, in the server's words; `None` where it does."""
    try:
        connected(url).close()
    except psycopg2.Error as error:
        return " ".join(str(error).split())
    return None


def _at_work(cursor, roles) -> str | None:
    """The first of these roles as which somebody is connected, and stays for longer than a moment."""
    ends = time.monotonic() + LEAVING_SECONDS
    while True:
        cursor.execute(
            "SELECT usename FROM pg_stat_activity WHERE usename = ANY(%s) ORDER BY usename LIMIT 1", [list(roles)]
        )
        found = cursor.fetchone()
        if found is None:
            return None
        if time.monotonic() > ends:
            return found[0]
        time.sleep(0.1)


def _remedy(installation: Installation, services: list[str]) -> str:
    given = [database_setting(service) for service in services if installation.setting(database_setting(service))]
    return f"correct {given[0]}" if given else "set VAR_DIR to its folder"
