"""What actions read of a locked ticket is what was read with it: a column that lacks shows on rare ways only."""

import ast
from pathlib import Path
from uuid import UUID

import pytest

from services.tickets import actions
from services.tickets.locked import LockedTicket, lock, lock_for_fact
from services.tickets.models import Ticket

#: In these rooms a `ticket` is a new row.
ROWS = {"opening", "recording"}
ROOMS = {path.stem: path.read_text() for path in Path(actions.__file__).parent.glob("*.py") if path.stem not in ROWS}
#: Have tickets from facts alone.
OF_FACTS = {name for name, text in ROOMS.items() if "lock_for_fact" in text}


def read_in(text):
    """Return the attributes of locked tickets that a room reads, by name or by `getattr` with a plain one."""
    names = {"ticket", "parent"}
    found = {
        node.attr
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
    }
    return found - set(dir(LockedTicket))


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_column_that_is_read_is_there(desk, place, room):
    """With the ticket as it is locked where the room is reached from."""
    ticket_id = UUID(place.heating_ticket()["id"])
    desk.work.flush()
    locked = lock_for_fact(desk.work, ticket_id) if room in OF_FACTS else lock(desk.work, place.agent, ticket_id)
    assert [name for name in sorted(read_in(ROOMS[room])) if not hasattr(locked, name)] == []


def test_the_look_finds_a_missing_one():
    """It sees what a person's lock leaves out."""
    assert read_in("def act(ticket):\n    return ticket.routed_at or ticket.named") == {"routed_at"}
    assert "routed_at" in Ticket.__table__.columns
