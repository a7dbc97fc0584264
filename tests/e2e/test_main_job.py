"""The main job of the product, from a resident's mail to the rating, on both buses, through HTTP and SMTP only."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from infra.processes import SERVICES
from tests.e2e.desk import PASSWORD, said_in
from tests.e2e.histories import kinds, lines_of, rate
from tests.waiting import eventually

REPORTS = {
    "fr": (
        "Panne de chauffage au 3e étage",
        "Bonjour, le chauffage ne fonctionne plus depuis hier soir et il fait très froid.",
    ),
    "en": (
        "The heating has failed",
        "Hello, the heating on the third floor has not worked since yesterday evening.",
    ),
    "es": (
        "La calefacción no funciona",
        "Buenos días, la calefacción del tercer piso no funciona desde ayer por la noche.",
    ),
    "de": (
        "Die Heizung ist ausgefallen",
        "Guten Tag, die Heizung im dritten Stock funktioniert seit gestern Abend nicht mehr.",
    ),
}
RECEIVED = {"fr": "demande", "en": "request", "es": "solicitud", "de": "Anfrage"}
#: The whole history of the main job, a line each: what, for whom, from which service. Lines of one service stand in
#: their order; between services it is free, for each line has the instant of its own fact, but for `CAUSES`.
HISTORY = [
    ("TicketOpened", "all", "tickets"),
    ("ReceiptSent", "agents", "notifications"),
    ("TicketRouted", "agents", "dispatch"),
    ("AssignmentDecided", "agents", "dispatch"),
    ("DeadlineSet", "agents", "dispatch"),
    ("TicketUsergroupChanged", "participants", "tickets"),
    ("TicketChanged", "participants", "tickets"),  # The category.
    ("TicketPriorityChanged", "participants", "tickets"),
    ("TicketAssigned", "participants", "tickets"),
    ("TicketStatusChanged", "all", "tickets"),
    ("MessageAdded", "all", "tickets"),
    ("DeliverySent", "agents", "notifications"),  # The reply, to the agent.
    ("NoteAdded", "agents", "tickets"),
    ("MessageAdded", "all", "tickets"),
    ("DeliverySent", "agents", "notifications"),  # The answer, to the resident.
    ("WorkOrderOpened", "agents", "dispatch"),
    ("InterventionPlanned", "participants", "dispatch"),
    ("TicketStatusChanged", "all", "tickets"),
    ("DeliverySent", "agents", "notifications"),  # The intervention that is planned, to the resident.
    ("DeliverySent", "agents", "notifications"),  # The same, to the worker.
    ("ClockedIn", "participants", "fieldwork"),
    ("TicketStatusChanged", "all", "tickets"),
    ("DeliverySent", "agents", "notifications"),  # The intervention that has begun, to the resident.
    ("IncidentDeclared", "agents", "fieldwork"),
    ("ClockedOut", "participants", "fieldwork"),
    ("InterventionCompleted", "participants", "fieldwork"),
    ("WorkValidated", "participants", "fieldwork"),
    ("WorkOrderClosed", "agents", "dispatch"),
    ("TicketStatusChanged", "all", "tickets"),
    ("TicketResolved", "all", "tickets"),
    ("DeliverySent", "agents", "notifications"),  # The end, to the resident, with the rating link.
    ("SatisfactionGiven", "agents", "tickets"),
    ("TicketParticipantsChanged", "participants", "tickets"),  # The client reads the history, too.
]
#: What tickets makes of two facts of dispatch, which two processes of it may hear in either order.
SIDE_BY_SIDE = {"TicketUsergroupChanged", "TicketChanged", "TicketPriorityChanged", "TicketAssigned"}
CAUSES = [
    "TicketOpened", "TicketRouted", "AssignmentDecided", "TicketAssigned", "MessageAdded", "WorkOrderOpened",
    "InterventionPlanned", "ClockedIn", "IncidentDeclared", "ClockedOut", "InterventionCompleted", "WorkValidated",
    "WorkOrderClosed", "TicketResolved", "SatisfactionGiven",
]  # fmt: skip
#: The same of the incident's ticket.
INCIDENT_HISTORY = [
    ("TicketOpened", "all", "tickets"),
    ("TicketLinked", "agents", "tickets"),  # With the ticket of the intervention.
    *[("DeliverySent", "agents", "notifications")] * 2,  # What has happened, to the client and the manager.
    ("TicketRouted", "agents", "dispatch"),
    ("AssignmentDecided", "agents", "dispatch"),
    ("DeadlineSet", "agents", "dispatch"),
    ("TicketAssigned", "participants", "tickets"),
    ("TicketStatusChanged", "all", "tickets"),
    ("MessageAdded", "all", "tickets"),
    *[("DeliverySent", "agents", "notifications")] * 3,  # The client's words, to worker, manager and agent.
    ("MessageAdded", "all", "tickets"),
    *[("DeliverySent", "agents", "notifications")] * 3,  # The worker's, to client, manager and agent.
]
INCIDENT_CAUSES = ["TicketOpened", "TicketRouted", "AssignmentDecided", "TicketAssigned", "MessageAdded"]
#: Business minutes until the first answer and until the end, by the policy of the group: three days and a bit.
ANSWERED_WITHIN, RESOLVED_WITHIN = 90, 1_930
#: The hours of a new desk, Monday to Friday.
ZONE, OPENS, CLOSES = ZoneInfo("Europe/Paris"), time(8), time(18)
SECRET_NOTE = "canary-internal-7f3a: the tenant owes two months"
REMARK = "canary-remark-51d2: ring twice, the tenant is hard of hearing"


class Place:
    """A fresh group, site, people, mailbox and rule, made through the API by an administrator."""

    def __init__(self, desk, admin):
        mark = uuid4().hex[:8]
        self.mark = mark
        self.address = f"heating-{mark}@demo.fielddesk.example"
        organisation = admin.post("/organisations", {"name": f"Owners {mark}"})
        people = {
            role: admin.post(
                "/people",
                {"email": f"{role}-{mark}@provider.example", "name": f"{role.title()} {mark}", "role": role,
                 "language": "en", "password": PASSWORD,
                 **({"organisation_id": organisation["id"]} if role == "client" else {})},
            )
            for role in ("agent", "manager", "worker", "client")
        }  # fmt: skip
        self.people = people
        self.group = admin.post(
            "/usergroups",
            {
                "name": f"Heating {mark}",
                "agents": [people["agent"]["id"]],
                "supervisors": [people["manager"]["id"]],
            },
        )
        self.category = admin.post("/categories", {"name": f"Heating {mark}", "slug": f"heating-{mark}"})
        self.site = admin.post(
            "/sites",
            {"name": f"Lindenhof {mark}", "kind": "property", "time_zone": "Europe/Paris",
             "address": "Lindenhof 1, 4051 Basel", "organisation_id": organisation["id"],
             "usergroup_id": self.group["id"]},
        )  # fmt: skip
        self.mailbox = eventually(
            lambda: self._created(
                admin, "/mailboxes", {"address": self.address, "name": "Heating desk", "language": "en"}
            )
        )
        self.rule = eventually(
            lambda: self._created(
                admin,
                "/routing-rules",
                {"name": f"Heating {mark}", "conditions": {"mailbox": self.mailbox["id"]},
                 "then": {"usergroup_id": self.group["id"], "category_id": self.category["id"], "priority": "high"}},
            )
        )  # fmt: skip
        target = {"first_response_minutes": ANSWERED_WITHIN, "resolution_minutes": RESOLVED_WITHIN}
        others = dict.fromkeys(("low", "normal", "urgent"), {"first_response_minutes": 1, "resolution_minutes": 2})
        policy = {"name": f"Heating {mark}", "usergroup_id": self.group["id"], "targets": {**others, "high": target}}
        eventually(lambda: self._created(admin, "/sla-policies", policy))
        self.agent, self.manager, self.worker, self.client = (
            desk.sign_in(people[role]["email"]) for role in ("agent", "manager", "worker", "client")
        )

    @staticmethod
    def _created(admin, path, body):
        """Create something that names things of other services, whose copies may still be under way."""
        response = admin.ask("POST", path, body)
        assert response.status_code == 201, (path, response.status_code, response.text)
        return response.json()


@pytest.fixture(scope="module")
def place(desk, admin):
    """The fresh place of this module, per bus."""
    return Place(desk, admin)


def send_report(desk, place, language):
    """Send a resident's mail in a language; return `(sender, the mail)`."""
    subject, body = REPORTS[language]
    sender = f"resident-{language}-{uuid4().hex[:8]}@homes.example"
    return sender, desk.send_mail(f"Resident <{sender}>", place.address, subject, body)


def ticket_of(caller, sender, *ready):
    """Wait until the one ticket of a sender is there with all the fields named; return it."""

    def look():
        found = [
            ticket
            for ticket in caller.get("/tickets", limit=50)["items"]
            if (ticket["requester"] or {}).get("email") == sender
        ]
        assert len(found) == 1, found
        ticket = caller.get(f"/tickets/{found[0]['id']}")
        assert all(ticket[field] is not None for field in ready), ticket
        return ticket

    return eventually(look, what=f"the ticket of {sender}")


def status_becomes(caller, ticket, status):
    """Wait until a ticket has a status."""

    def look():
        present = caller.get(f"/tickets/{ticket['id']}")["status"]
        assert present == status, f"{present} is not {status}"
        return True

    eventually(look, what=f"status {status}")


@pytest.mark.parametrize("desk", ["amqp"], indirect=True)
def test_on_rabbitmq_each_service_is_two_processes(desk):
    """All that follows is shown for two of each, which hear and answer by turns."""
    ready = {process["name"]: process["ready"] for process in desk.record()["processes"] if process["kind"] in SERVICES}
    assert ready == {f"{service}.{number}": True for service in SERVICES for number in (1, 2)}


@pytest.mark.parametrize("language", ["fr", "en", "es", "de"])
def test_a_receipt_in_the_mails_language(desk, sink, place, language):
    """Exactly one, to its own sender, threaded to the mail, without any text of the sender's."""
    sender, mail = send_report(desk, place, language)
    ticket = ticket_of(place.agent, sender)
    receipt = sink.next_mail_to(sender, count=1)
    text = receipt.get_body(("plain",)).get_content()
    assert RECEIVED[language].lower() in (text + receipt["Subject"]).lower()
    assert ticket["number"] in receipt["Subject"]
    assert receipt["In-Reply-To"] == mail["Message-ID"]
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert receipt["Content-Language"] == language
    assert not any(words in said_in(receipt) for words in REPORTS[language])

    path = f"/tickets/{ticket['id']}"
    place.agent.post(f"{path}/messages", {"body": "Wir kommen.", "internal": False})
    sink.next_mail_to(sender, count=2)
    eventually(lambda: kinds(place.agent, path).count("DeliverySent") == 1, what="the later mail in the history")
    assert [mail["Auto-Submitted"] for mail in sink.mails_to(sender)] == ["auto-replied", "auto-generated"]


def test_an_automatic_mail_gets_no_receipt(desk, sink, place):
    """RFC 3834: it becomes a ticket and is not answered."""
    sender = f"robot-{uuid4().hex[:8]}@homes.example"
    desk.send_mail(sender, place.address, "Boiler alarm", "Pressure low.", Auto_Submitted="auto-generated")
    ticket_of(place.agent, sender, "usergroup", "assignee")
    after, _ = send_report(desk, place, "en")
    sink.next_mail_to(after, count=1)
    assert sink.mails_to(sender) == []


def test_a_contractor_is_told_of_the_work_order_and_takes_part(desk, sink, admin, place):
    """By mail, and with the ticket open to them; nobody resolves it meanwhile; they leave when it is called off."""
    sender, _ = send_report(desk, place, "en")
    ticket = ticket_of(place.manager, sender, "usergroup", "assignee")
    path, email = f"/tickets/{ticket['id']}", f"contractor-{uuid4().hex[:8]}@roofers.example"
    about = {"name": "Cora Contractor", "role": "external_agent", "language": "en", "password": PASSWORD}
    person = admin.post("/people", {"email": email, **about})
    contractor = desk.sign_in(email)
    assert contractor.ask("GET", path).status_code == 404
    given = {"ticket_id": ticket["id"], "title": "Replace the valve", "contractor_id": person["id"]}
    work_order = eventually(lambda: Place._created(place.manager, "/work-orders", given))
    told = sink.next_mail_to(email, count=1).get_body(("plain",)).get_content()
    assert f"{work_order['number']}: Replace the valve" in told and ticket["number"] in told
    contractor.post(f"{path}/messages", {"body": "I come at ten.", "internal": False})
    answer = place.manager.ask("PATCH", path, {"status": "resolved"})
    assert (answer.status_code, answer.json()["code"]) == (409, "work_orders_open")
    assert work_order["number"] in answer.json()["detail"]
    place.manager.post(f"/work-orders/{work_order['id']}/cancellation", {"reason": "Another firm"}, status=200)
    eventually(lambda: absent_for(contractor, path), what="the contractor's leaving")
    last = sink.next_mail_to(email, count=2)
    assert last["Subject"].startswith(f"[#{ticket['number']}] Work order cancelled: ")


def absent_for(caller, path):
    """Return whether a ticket is absent for somebody, once it is."""
    assert caller.ask("GET", path).status_code == 404
    return True


def test_from_mail_to_rating(desk, sink, place):
    """mail -> ticket -> answer -> intervention -> incident -> validated -> resolved -> rated, and its whole history."""
    agent, manager, worker, client = place.agent, place.manager, place.worker, place.client
    sender, mail = send_report(desk, place, "fr")
    ticket = ticket_of(agent, sender, "usergroup", "assignee", "first_response_due_at", "resolution_due_at")
    assert ticket["subject"] == REPORTS["fr"][0]
    assert REPORTS["fr"][1] in ticket["description"]
    assert (ticket["channel"], ticket["kind"], ticket["priority"], ticket["status"]) == (
        "mail",
        "request",
        "high",
        "open",
    )
    assert ticket["usergroup"]["id"] == place.group["id"]
    assert ticket["assignee"]["id"] == place.people["agent"]["id"]
    assert ticket["category"]["id"] == place.category["id"]
    assert [instant(ticket[f"{which}_due_at"]) for which in ("first_response", "resolution")] == [
        after_business_minutes(instant(ticket["opened_at"]), minutes) for minutes in (ANSWERED_WITHIN, RESOLVED_WITHIN)
    ]

    receipt = sink.next_mail_to(sender, count=1)
    path = f"/tickets/{ticket['id']}"
    reply = desk.send_mail(
        sender, receipt["Reply-To"].addresses[0].addr_spec, "Re: " + receipt["Subject"],
        "C'est l'appartement 12.\n\n##- reply above this line -##\n> vieux texte",
        In_Reply_To=receipt["Message-ID"], References=receipt["Message-ID"],
    )  # fmt: skip
    messages = eventually(lambda: reply_is_there(agent, path), what="the reply on the ticket")
    assert messages[-1]["body"].strip() == "C'est l'appartement 12."
    assert messages[-1]["author"]["email"] == sender
    # By then notifications has heard of the reply, too, to which the answer is to refer.
    agents_mails = partial(sink.mails_to, place.people["agent"]["email"])
    eventually(lambda: any(ticket["number"] in said_in(one) for one in agents_mails()), what="the reply in the mail")

    agent.post(f"{path}/messages", {"body": SECRET_NOTE, "internal": True})
    agent.post(f"{path}/messages", {"body": "Nous envoyons un technicien demain.", "internal": False})
    answer = sink.next_mail_to(sender, count=2)
    assert "Nous envoyons un technicien demain." in answer.get_body(("plain",)).get_content()
    assert f"[#{ticket['number']}]" in answer["Subject"]
    assert answer["In-Reply-To"] == reply["Message-ID"]
    assert answer["References"].split() == [one["Message-ID"] for one in (mail, receipt, reply)]
    assert answer["From"].addresses[0].addr_spec == place.address
    assert answer["Reply-To"].addresses[0].addr_spec == receipt["Reply-To"].addresses[0].addr_spec

    incident = resolve_on_site(sink, place, agent, manager, worker, client, ticket)
    rate(desk, sink, agent, sender, ticket)
    agent.post(f"{path}/participants", {"person_id": client.person["id"], "role": "client"})
    everything_in_order(agent, client, path, HISTORY, CAUSES)
    everything_in_order(agent, client, f"/tickets/{incident['ticket_id']}", INCIDENT_HISTORY, INCIDENT_CAUSES)
    assert not any(text in said_in(sent) for sent in sink.mails for text in (SECRET_NOTE, REMARK))


def instant(text):
    """Return the instant that the API writes."""
    return datetime.fromisoformat(text)


def after_business_minutes(start, minutes):
    """Return the instant at which so many minutes of the desk's hours have passed."""
    left, day = timedelta(minutes=minutes), start.astimezone(ZONE).date()
    while True:
        opens, closes = (datetime.combine(day, wall, ZONE).astimezone(UTC) for wall in (OPENS, CLOSES))
        begins = max(opens, start)
        if day.weekday() < 5 and begins < closes:
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
        day += timedelta(days=1)


def reply_is_there(agent, path):
    """Return the messages of a ticket once there are two: the report's and the reply."""
    messages = agent.get(f"{path}/messages")["items"]
    bodies = [message["body"] for message in messages]
    assert any("appartement 12" in body for body in bodies), bodies
    return messages


def resolve_on_site(sink, place, agent, manager, worker, client, ticket):
    """Plan an intervention, clock in, report an incident, clock out, complete and validate; the ticket moves by itself.

    :returns: the incident.
    """
    work_order = eventually(
        lambda: Place._created(
            manager,
            "/work-orders",
            {
                "ticket_id": ticket["id"],
                "title": "Repair the heating",
                "description": REMARK,
                "site_id": place.site["id"],
            },
        )
    )
    now = datetime.now(UTC).replace(microsecond=0)
    intervention = eventually(
        lambda: Place._created(
            manager,
            "/interventions",
            {"work_order_id": work_order["id"], "workers": [place.people["worker"]["id"]],
             "starts_at": (now - timedelta(minutes=5)).isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat()},
        )
    )  # fmt: skip
    status_becomes(agent, ticket, "planned")
    eventually(
        lambda: [item["id"] for item in worker.get("/interventions")["items"]] == [intervention["id"]],
        what="the intervention in the worker's list",
    )
    the_worker_knows_the_way(sink, place, worker, client, ticket, intervention)
    nobody_is_sent_twice(place, manager, work_order, intervention)
    clock_in = {
        "id": str(uuid4()), "intervention_id": intervention["id"], "event": "start", "method": "manual",
        "occurred_at": now.isoformat(),
    }  # fmt: skip
    first = worker.post("/clock-ins", clock_in)
    assert worker.post("/clock-ins", clock_in)["id"] == first["id"] == clock_in["id"]
    status_becomes(agent, ticket, "in_progress")

    reason = next(reason for reason in worker.get("/incident-reasons")["items"] if reason["at"] in ("start", "both"))
    incident = worker.post(
        "/incidents",
        {"id": str(uuid4()), "intervention_id": intervention["id"], "reason": reason["id"], "at": "start",
         "text": "The boiler room is locked."},
    )  # fmt: skip
    conversation(place, worker, client, incident["ticket_id"])

    worker.post("/clock-ins", {**clock_in, "id": str(uuid4()), "event": "end",
                               "occurred_at": (now + timedelta(seconds=30)).isoformat()})  # fmt: skip
    worker.post(f"/interventions/{intervention['id']}/completion", {"report": "Valve replaced."}, status=200)
    manager.post(f"/interventions/{intervention['id']}/validation", status=200)
    status_becomes(agent, ticket, "resolved")
    return incident


def the_worker_knows_the_way(sink, place, worker, client, ticket, intervention):
    """Where to go and what to do stand in the intervention and in a mail; clients do not read the remarks."""
    own, shared = (caller.get(f"/interventions/{intervention['id']}") for caller in (worker, client))
    named = {"id": place.site["id"], "name": place.site["name"]}
    where = {**named, "path": [named], "address": "Lindenhof 1, 4051 Basel"}
    assert own["site"] == shared["site"] == where
    to_do = {"id": intervention["work_order_id"], "title": "Repair the heating"}
    about = {"id": ticket["id"], "number": ticket["number"]}
    assert own["work_order"] == {**to_do, "description": REMARK}
    assert shared["work_order"] == {**to_do, "description": None}
    assert own["ticket"] == {**about, "subject": ticket["subject"]}
    assert shared["ticket"] == {**about, "subject": None}
    text = sink.next_mail_to(place.people["worker"]["email"], count=1).get_body(("plain",)).get_content()
    assert f"{place.site['name']}, Lindenhof 1, 4051 Basel" in text and "Repair the heating" in text
    (line,) = worker.get("/notifications")["items"]
    assert line["kind"] == "your_visit_planned" and place.site["name"] in line["title"]


def nobody_is_sent_twice(place, manager, work_order, intervention):
    """Who is busy is said by name, with the window of the intervention that stands in the way."""
    window = {name: intervention[name] for name in ("starts_at", "ends_at")}
    plan = {"work_order_id": work_order["id"], "workers": [place.people["worker"]["id"]], **window}
    refused = manager.ask("POST", "/interventions", plan)
    name = place.people["worker"]["name"]
    assert (refused.status_code, refused.json()["code"]) == (409, "worker_busy")
    assert refused.json()["busy"] == [{"person_id": place.people["worker"]["id"], "name": name, **window}]
    assert refused.json()["detail"].startswith(f"{name} is planned for another intervention of this work order, ")


def conversation(place, worker, client, ticket_id):
    """The incident's ticket is there for worker, client and manager, who read and answer each other."""

    def there_for(caller):
        response = caller.ask("GET", f"/tickets/{ticket_id}")
        assert response.status_code == 200, response.text
        return response.json()

    for caller in (worker, client, place.manager):
        assert eventually(lambda caller=caller: there_for(caller))["kind"] == "incident"
    # Whoever is to answer for it reads what is written from here on.
    eventually(lambda: there_for(place.manager)["assignee"], what="the agent of the incident")
    client.post(f"/tickets/{ticket_id}/messages", {"body": "The key is with the caretaker.", "internal": False})
    worker.post(f"/tickets/{ticket_id}/messages", {"body": "Thank you, I have it.", "internal": False})
    bodies = [message["body"] for message in place.manager.get(f"/tickets/{ticket_id}/messages")["items"]]
    assert [body for body in bodies if body.startswith(("The key", "Thank you"))] == [
        "The key is with the caretaker.",
        "Thank you, I have it.",
    ]


def in_order(lines, service):
    """Return the lines of one service whose order is not free."""
    return [line for line in lines if line[2] == service and line[0] not in SIDE_BY_SIDE]


def everything_in_order(agent, client, path, history, causes):
    """A history holds every step once, in order, each with its audience; who is no agent sees no agents' line."""

    def whole():
        lines = lines_of(agent, path)
        more, missing = Counter(lines), Counter(history)
        assert (more - missing, missing - more) == ({}, {})
        return lines

    lines = eventually(whole, what="the whole history")
    for service in {source for _, _, source in history}:
        assert in_order(lines, service) == in_order(history, service)
    seen = [kind for kind, _, _ in lines]
    positions = [seen.index(kind) for kind in causes]
    assert positions == sorted(positions), seen
    assert lines_of(client, path) == [line for line in lines if line[1] in ("all", "participants")]
