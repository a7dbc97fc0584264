"""What the checker reads by: it outlives the server it reads from, and sees what is under way and what went wrong."""

import pytest

from infra.chaos import checker, tables
from infra.chaos.checker import Checker
from infra.chaos.tables import Tables
from infra.processes import SERVICES

_FACT = """
INSERT INTO outbox (event_id, name, payload, version, correlation_id, occurred_at)
VALUES (gen_random_uuid(), 'TicketOpened', '{}', 1, 'test', now())"""
_HEARD = """
INSERT INTO inbox (listener, event_id, state, source, name, next_attempt_at, error)
VALUES ('ticket_opened', gen_random_uuid(), %s, 'tickets', 'TicketOpened', now() + %s * interval '1 hour', 'ValueError')
"""
_MAIL = """
INSERT INTO inbound_messages (id, sha256, size, envelope_from, envelope_to, state, due_at, received_at)
VALUES (gen_random_uuid(), '', 0, '', '', %s, now(), now())"""
_DELIVERY = """
INSERT INTO deliveries (id, occasion, kind, ticket_id, recipient, counted_as, name, language, inputs, message_id,
                        thread, state, error, next_attempt_at, created_at)
SELECT one, one, 'receipt', %s::uuid, 'r@homes.example', '', '', 'fr', '{}', one, '[]', %s, '550', now(), now()
FROM gen_random_uuid() AS one"""
_TICKET = "00000000-0000-0000-0000-000000000001"


class Clock:
    """A clock that goes on while somebody sleeps; `meanwhile` is what happens then, by turns."""

    def __init__(self):
        self.now, self.meanwhile = 0.0, []

    def monotonic(self):
        """Return the seconds."""
        return self.now

    def sleep(self, seconds):
        """Let time pass."""
        self.now += seconds
        if self.meanwhile:
            self.meanwhile.pop(0)()


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(tables, "time", Clock())
    return tables.time


@pytest.fixture
def desk(work_of):
    """Return the tables of a desk in which what a test writes is seen, and is rolled back."""

    class Uncommitted(Tables):
        def _connect(self, service):
            self._connections[service] = work_of(service).session.connection().connection

        def write(self, service, statement, *values):
            self.rows(service, f"{statement} RETURNING 1", *values)

    found = Uncommitted(None)
    for service in SERVICES:
        found.write(service, "DELETE FROM outbox")
    return found


def test_rows_are_read_after_the_server_was_killed(server_url):
    """A connection that was cut off is made anew."""
    tables = Tables(lambda _service: server_url)
    ((process,),) = tables.rows("tickets", "SELECT pg_backend_pid()")
    assert tables.rows("inbound", "SELECT pg_terminate_backend(%s, 5000)", process) == [(True,)]
    ((other,),) = tables.rows("tickets", "SELECT pg_backend_pid()")
    assert other != process
    state = "SELECT state FROM pg_stat_activity WHERE pid = %s"
    assert tables.rows("inbound", state, other) == [("idle",)], "nothing is kept open between two looks"


@pytest.mark.parametrize(
    ("services", "statement", "values", "is_under_way"),
    [
        (SERVICES, _FACT, (), True),
        (SERVICES, _HEARD, ("retry", 1), True),
        (SERVICES, _HEARD, ("retry", None), False),
        (SERVICES, _HEARD, ("done", None), False),
        (SERVICES, _HEARD, ("dead", 1), False),
        (("inbound",), _MAIL, ("received",), True),
        (("inbound",), _MAIL, ("told",), False),
        (("notifications",), _DELIVERY, (_TICKET, "waiting"), True),
        (("notifications",), _DELIVERY, (_TICKET, "sent"), False),
    ],
)
def test_what_is_still_to_come_is_under_way(desk, services, statement, values, is_under_way):
    assert desk.under_way() == {}
    for service in services:
        desk.write(service, statement, *values)
    assert desk.under_way() == (dict.fromkeys(services, 1) if is_under_way else {})


def test_rest_is_when_nothing_was_under_way_or_heard_for_some_time(desk, clock):
    desk.write("tickets", _FACT)
    clock.meanwhile = [
        lambda: desk.write("inbound", _HEARD, "done", None),
        lambda: desk.write("tickets", "DELETE FROM outbox"),
        lambda: None,
        lambda: desk.write("identity", _HEARD, "done", None),
    ]
    assert desk.wait_for_rest(within=60, steady=2.0) == {}
    assert (clock.now, clock.meanwhile) == (4 * tables.LOOK_SECONDS + 2.0, [])


def test_what_does_not_come_to_rest_is_named(desk, clock):
    desk.write("dispatch", _HEARD, "retry", 1)
    assert desk.wait_for_rest(within=1) == {"dispatch": 1}
    assert clock.now == 1 + tables.LOOK_SECONDS
    desk.write("dispatch", "DELETE FROM inbox")
    clock.meanwhile = [lambda: desk.write("identity", _HEARD, "done", None)] * 100
    assert desk.wait_for_rest(within=1) == {"the bus": 1}


def test_the_checker_finds_what_failed_and_what_is_dead_in_the_databases(desk, clock, tmp_path):
    for state in ("failed", "cancelled", "sent"):
        desk.write("notifications", _DELIVERY, _TICKET if state == "failed" else None, state)
    for service in SERVICES:
        desk.write(service, _HEARD, "dead", None)
    report = Checker(desk, tmp_path).check({})
    assert sorted(report.lost)[:2] == [
        f"delivery ('receipt', 'r@homes.example', '{state}', '550')" for state in ("cancelled", "failed")
    ]
    assert report.left_over == [
        f"{service}: dead letter TicketOpened of ticket_opened: ValueError" for service in SERVICES
    ]


def test_a_receipt_counts_once_it_is_sent(desk):
    desk.write("notifications", _DELIVERY, _TICKET, "waiting")
    assert desk.rows("notifications", checker._RECEIPTS) == []
    desk.write("notifications", "UPDATE deliveries SET state = 'sent'")
    assert [count for _, count in desk.rows("notifications", checker._RECEIPTS)] == [1]
