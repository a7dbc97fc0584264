"""Facts that a listener could not handle after its last try: list, show, replay or drop them.

A dead letter is a row in the inbox of the service that should have heard it. Replaying gives it all its tries
again; dropping is for good. An id is that of the fact, as `list` shows it.
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
from psycopg2.extras import RealDictCursor

from chassis.dead_letters import DROP, LIST, REPLAY, SHOW
from infra.database_urls import connected
from infra.installation import Installation
from infra.local.server import database_server
from infra.processes import SERVICES
from infra.refusal import Refusal
from infra.terminal import counted, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("verb", choices=("list", "show", "replay", "drop"))
    parser.add_argument("id", nargs="?", metavar="ID", help="of the fact; needed by all but list")
    parser.add_argument("--service", choices=SERVICES, help="only this service's dead letters")
    parser.add_argument("--json", action="store_true", help="one object on stdout")


def run(args: argparse.Namespace) -> int:
    """Carries one verb out; a Refusal where there is no such dead letter."""
    if (args.id is None) != (args.verb == "list"):
        raise Refusal(f"dead-letters {args.verb} takes {'no' if args.verb == 'list' else 'an'} ID.")
    with databases_of(args.service) as databases:
        if args.verb in ("list", "show"):
            return _print(args, databases)
        return _change(args, databases)


@contextmanager
def databases_of(service: str | None) -> Iterator[dict]:
    """Open connections to the services' databases, by service; a Refusal where one is away."""
    installation = Installation.from_environment()
    connections = {}
    with database_server(installation, only_looks=True) as owner_url:
        try:
            for name in (service,) if service else SERVICES:
                url = installation.service_url(name, owner_url)
                connections[name] = connected(url, cursor_factory=RealDictCursor)
            yield connections
        except psycopg2.OperationalError as error:
            raise Refusal(f"The database is away: {' '.join(str(error).split())}") from error
        finally:
            for connection in connections.values():
                connection.close()


def _print(args: argparse.Namespace, databases: dict) -> int:
    statement = LIST if args.verb == "list" else SHOW
    found = [{"service": service, **row} for service, row in _rows(databases, statement, args.id)]
    if args.verb == "show" and not found:
        raise _absent(args.id)
    if args.json:
        say(json.dumps({"dead_letters": found}, default=_plain, ensure_ascii=False))
        return 0
    if not found:
        say("There are no dead letters.")
    for row in found:
        what = f"{row['service']}: {row['source']}.{row['name']}"
        say(f"{row['id']}  {what}, {counted(row['tries'], 'try', 'tries')}, {row['received_at']}")
        say(f"    {_last_line(row['error'])}" if args.verb == "list" else row["error"] or "")
        if args.verb == "show":
            say(json.dumps(row["headers"], ensure_ascii=False))
            say(_plain(row["body"]) if row["body"] else "")
    return 0


def _rows(databases: dict, statement: str, fact_id: str | None) -> Iterator[tuple[str, dict]]:
    for service, connection in databases.items():
        with connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement, {"id": fact_id})
            for row in cursor.fetchall():
                yield service, row


def _change(args: argparse.Namespace, databases: dict) -> int:
    """Replays or drops a fact wherever it is dead; a running service notices within a second."""
    changed = {}
    for service, connection in databases.items():
        with connection, closing(connection.cursor()) as cursor:
            cursor.execute(REPLAY if args.verb == "replay" else DROP, {"id": args.id})
            if cursor.rowcount:
                changed[service] = cursor.rowcount
    if not changed:
        raise _absent(args.id)
    done = "replayed" if args.verb == "replay" else "dropped"
    if args.json:
        say(json.dumps({"id": args.id, done: changed}))
    else:
        say(f"{args.id} {done} in {', '.join(changed)}.")
    return 0


def _absent(fact_id: str) -> Refusal:
    return Refusal(f"There is no dead letter {fact_id}; ./desk dead-letters list shows them.")


def _last_line(error: str | None) -> str:
    lines = (error or "").strip().splitlines()
    return lines[-1] if lines else "no reason kept"


def _plain(value) -> str:
    return bytes(value).decode(errors="replace") if isinstance(value, (bytes, memoryview)) else str(value)
