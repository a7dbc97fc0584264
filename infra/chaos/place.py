"""The place that a chaos run works on: a group, a mailbox, a form, workers and interventions, made by the API."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from chassis.settings import DEFAULTS
from infra.chaos.inputs import Client

PASSWORD = "chaos-chaos-chaos"
#: Workers of each intervention at the most; each clocks in and out once.
WORKERS = 5
#: Subject of the ticket that the interventions belong to.
INTERVENTIONS = "Interventions"


@dataclass(frozen=True)
class Place:
    """What the clients need to know.

    :param presences: `(worker number, intervention id, "start" | "end", instant)`, each to be sent once, a
        start before its end.
    """

    address: str
    slug: str
    usergroup_id: str
    admin: Client
    workers: tuple
    presences: tuple


def make_place(ports, ledger, email, presences):
    """Make everything by an administrator's hand.

    :param email: of the administrator, whose password is `PASSWORD`.
    :param ports: `(HTTP port, SMTP port)`.
    :param presences: how many clock-ins and clock-outs there shall be at least.
    """
    admin = signed_in(ports, ledger, email)
    mark = uuid4().hex[:8]
    agents = [_person(admin, "agent", f"agent-{number}-{mark}") for number in range(3)]
    manager = _person(admin, "manager", f"manager-{mark}")
    names = [f"worker-{number}-{mark}" for number in range(min(WORKERS, -(-presences // 2)))]
    workers = [_person(admin, "worker", name) for name in names]
    group = admin.must("POST", "/usergroups", {"name": f"Chaos {mark}", "agents": [*agents, manager]})["id"]
    address, slug = f"chaos-{mark}@{DEFAULTS['MAIL_DOMAIN']}", f"chaos-{mark}"
    door = {"name": "Chaos", "language": "en", "usergroup_id": group}
    admin.must("POST", "/mailboxes", {"address": address, **door})
    admin.must("POST", "/webforms", {"slug": slug, **door})
    callers = tuple(signed_in(ports, ledger, _address(name)) for name in names)
    # Until tickets knows the group nobody can open a ticket in it.
    new = {"subject": INTERVENTIONS, "description": "Of the run.", "usergroup": group}
    ticket = admin.must("POST", "/tickets", new)["id"]
    found = _presences(admin, ticket, workers, -(-presences // (2 * len(workers)))) if workers else ()
    return Place(address, slug, group, admin, callers, tuple(found))


def signed_in(ports, ledger, email):
    """Return a client who has signed in."""
    client = Client(ports, ledger)
    client.token = client.must("POST", "/session", {"email": email, "password": PASSWORD})["access_token"]
    return client


def _address(name):
    return f"{name}@chaos.example"


def _person(admin, role, name):
    body = {"email": _address(name), "name": name, "role": role, "language": "en", "password": PASSWORD}
    return admin.must("POST", "/people", body)["id"]


def _presences(admin, ticket, workers, interventions):
    order = admin.must("POST", "/work-orders", {"ticket_id": ticket, "title": INTERVENTIONS})["id"]
    begins = datetime.now(UTC).replace(microsecond=0)
    found = []
    for number in range(interventions):
        starts = begins + timedelta(hours=number)
        body = {
            "work_order_id": order, "workers": workers, "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(minutes=50)).isoformat(),
        }  # fmt: skip
        intervention = admin.must("POST", "/interventions", body)["id"]
        for worker in range(len(workers)):
            # Whenever their intervention is planned: a device may not be days ahead of the desk.
            found.append((worker, intervention, "start", begins))
            found.append((worker, intervention, "end", begins + timedelta(seconds=1)))
    admin.must("GET", f"/interventions/{intervention}")
    return found
