"""CVE-2023-38058 (OTRS): a ticket could be moved by whoever might write on it, past the permission to move.

CVE-2021-36097 and CVE-2024-23794 are the same for locking and for editing in place. Here every move between two
statuses is tried by everybody who sees the ticket: those of the desk by the table of moves, all others not at all.
"""

import pytest

from chassis.errors import Conflict, Forbidden
from services.tickets.contract.words import STATUSES
from tests.actions.tickets.given import refused

#: The moves that people of the desk make; those from a status to itself change nothing and are none.
MOVES = {
    "new": {"open", "planned", "in_progress", "pending", "resolved", "closed"},
    "open": {"planned", "in_progress", "pending", "resolved", "closed"},
    "planned": {"open", "in_progress", "pending", "resolved", "closed"},
    "in_progress": {"open", "planned", "pending", "resolved", "closed"},
    "pending": {"open", "planned", "in_progress", "resolved", "closed"},
    "resolved": {"open", "closed"},
    "closed": {"open"},
}


@pytest.fixture
def seen(desk, place):
    """Return a ticket that everybody below sees: the contractor answers for it, the worker takes part."""
    ticket = place.assigned(place.contractor, site=place.flat)
    added = {"person_id": place.worker.person_id, "role": "worker"}
    desk.ask(place.agent, "add_participant", ticket_id=ticket["id"], **added)
    return ticket


def put(desk, ticket, status):
    """Let a ticket be in a status, whatever led there."""
    desk.work.load("UPDATE tickets SET status = %(status)s WHERE id = %(id)s", status=status, id=ticket["id"])


@pytest.mark.parametrize("who", ["resident", "client", "contractor", "worker"])
def test_nobody_outside_the_desk_moves_a_ticket(desk, place, seen, who):
    """From wherever to wherever, alone or along with what they may do; nothing changes, nobody is told."""
    actor = getattr(place, who)
    assert place.shown(seen, to=actor)["id"] == seen["id"]
    for before in STATUSES:
        put(desk, seen, before)
        with refused(desk, Forbidden, "not_allowed"):
            for after in STATUSES:
                with pytest.raises(Forbidden):
                    place.change(seen, actor, status=after)
            place.change(seen, actor, status="closed", if_version=place.shown(seen)["version"])


@pytest.mark.parametrize("who", ["agent", "manager", "admin"])
def test_the_desk_moves_by_the_table(desk, place, seen, who):
    """What it does not hold is refused with the present status."""
    actor = getattr(place, who)
    for before in STATUSES:
        for after in STATUSES:
            put(desk, seen, before)
            if after in MOVES[before] | {before}:
                assert place.change(seen, actor, status=after)["status"] == after
            else:
                with pytest.raises(Conflict) as refusal:
                    place.change(seen, actor, status=after)
                assert (refusal.value.code, refusal.value.context) == ("move_not_allowed", {"status": before})
                assert place.shown(seen)["status"] == before
