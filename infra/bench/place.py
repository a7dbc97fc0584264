"""What is measured on: 20 usergroups, an agent who serves three of them, 10,000 tickets with three messages each."""

import threading
from dataclasses import dataclass
from uuid import UUID, uuid4

from chassis.actors import Actor
from chassis.database import Database
from chassis.settings import DEFAULTS
from infra.chaos.ledger import Ledger
from infra.chaos.place import PASSWORD, signed_in

ADMIN = "admin@bench.example"
GROUPS, SERVED = 20, 3
MESSAGES = 3
#: A word that stands in one ticket of a hundred.
RARE = "samovar"
SEEDERS = 4
_WORDS = [
    "heating",
    "lift",
    "water",
    "window",
    "door",
    "light",
    "hall",
    "roof",
    "garage",
    "noise",
    "key",
    "intercom",
    "boiler",
    "radiator",
    "stairs",
]


@dataclass(frozen=True)
class Place:
    """Who asks and what is there.

    :param token: Bearer token of the agent in three groups.
    :param served: their usergroups.
    :param tickets: ids of tickets in these groups.
    """

    token: str
    served: list
    tickets: list
    address: str


def make_place(desk, tickets_url, count, tell):
    """Make people and groups by the API, tickets and messages through the actions.

    :param desk: `TrialDesk` that is started.
    :param tickets_url: of tickets' database.
    :param count: of tickets.
    """
    made = desk.command("create-admin", ADMIN, "--name", "Bench", "--password-stdin", input=PASSWORD)
    if made.returncode:
        raise RuntimeError(made.stderr)
    ports = (desk.http_port, desk.smtp_port)
    admin = signed_in(ports, Ledger(), ADMIN)
    agent = _person(admin, "agent")
    requester = _person(admin, "requester")
    groups = [
        admin.must(
            "POST",
            "/usergroups",
            {"name": f"Group {number}", "agents": [agent] if number < SERVED else [], "members": [requester]},
        )["id"]
        for number in range(GROUPS)
    ]
    address = f"bench@{DEFAULTS['MAIL_DOMAIN']}"
    admin.must(
        "POST",
        "/mailboxes",
        {"address": address, "name": "Bench", "language": "en", "usergroup_id": groups[0]},
    )
    _wait_for_copies(admin, groups[-1], requester)
    tell(f"making {count} tickets with {MESSAGES} messages each through the actions")
    tickets = _tickets(tickets_url, groups, UUID(requester), count)
    token = signed_in(ports, Ledger(), f"agent@{_DOMAIN}").token
    return Place(token, groups[:SERVED], [ticket for group, ticket in tickets if group in groups[:SERVED]], address)


_DOMAIN = "bench.example"


def _person(admin, role):
    body = {
        "email": f"{role}@{_DOMAIN}",
        "name": role.title(),
        "role": role,
        "language": "en",
        "password": PASSWORD,
    }
    return admin.must("POST", "/people", body)["id"]


def _wait_for_copies(admin, group, requester):
    body = {"subject": "First", "description": "First.", "usergroup": group, "requester": requester}
    admin.must("POST", "/tickets", body, key=str(uuid4()))


def _tickets(url, groups, requester, count):
    """Return `(usergroup, ticket id)` of the tickets made."""
    database = Database(url, SEEDERS)
    made, lock, numbers = [], threading.Lock(), iter(range(count))

    def seed():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            group = groups[number % GROUPS]
            ticket = _ticket(database, group, requester, number)
            with lock:
                made.append((group, ticket))

    threads = [threading.Thread(target=seed) for _ in range(SEEDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    return made


def _ticket(database, group, requester, number):
    from services.tickets.actions.conversation import add_message
    from services.tickets.actions.opening import open_ticket

    actor = Actor(
        person_id=requester, session_id=requester, name="Requester", roles=("requester",),
        rights={"tickets.open": "own", "tickets.read": "own", "tickets.reply": "own"},
        members=frozenset({UUID(group)}),
    )  # fmt: skip
    words = [_WORDS[(number * 7 + place * 3) % len(_WORDS)] for place in range(12)]
    rare = f" {RARE}" if number % 100 == 0 else ""
    with database.work(actor=actor, correlation_id="seed") as work:
        opened = open_ticket(
            work, actor, subject=f"The {words[0]} in building {number % 40}", usergroup=UUID(group),
            description=" ".join(words) + rare, **_UNSET,
        )  # fmt: skip
        work.commit()
    for message in range(MESSAGES):
        with database.work(actor=actor, correlation_id="seed") as work:
            add_message(
                work, actor, ticket_id=opened["id"], body=f"{' '.join(words[message:])} again.", internal=False,
                attachments=[],
            )  # fmt: skip
            work.commit()
    return str(opened["id"])


_UNSET = {
    "category": None, "site": None, "private": False, "priority": None, "requester": None,
    "requester_email": None, "requester_name": None, "language": None, "nature": None, "attachments": [],
}  # fmt: skip
