"""What is kept as dead, and what becomes of it when it is replayed."""

from chassis.dead_letters import REPLAY
from tests.waiting import eventually


def mend_and_replay(desk, number, event_id):
    """Mend what was wrong with a fact and replay it; it has its effect once."""
    desk.rows("hearer", "INSERT INTO fixes VALUES (%(number)s)", number=number)
    assert [row.listener for row in desk.rows("hearer", REPLAY, id=str(event_id))] == ["said"]
    desk.await_effects(range(number, number + 1))


def kept_row(desk, service, event_id):
    """Return the one row in which a service's inbox keeps something."""
    found = "SELECT *, event_id::text AS id FROM inbox WHERE event_id::text = %(event_id)s"
    (row,) = desk.rows(service, found, event_id=event_id)
    return row


def await_second_outcomes(desk, service, event_ids):
    """Wait until what was replayed has been tried; return `{event_id: (state, tries, reason)}`."""
    open_rows = "SELECT 1 FROM inbox WHERE event_id::text IN %(ids)s AND state = 'retry'"
    eventually(lambda: not desk.rows(service, open_rows, ids=tuple(event_ids)), what="the second outcome of each")
    rows = [kept_row(desk, service, event_id) for event_id in event_ids]
    return {row.id: (row.state, row.tries, reason_of(row)) for row in rows}


def reason_of(row):
    """Return what the last line of a kept error says after the kind of the error."""
    return (row.error or "").strip().rpartition("\n")[2].partition(": ")[2]
