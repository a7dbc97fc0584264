"""The contract and the table of permissions."""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest
from marshmallow import ValidationError

from chassis.actors import ANYONE
from chassis.ids import new_id
from services.identity.domain import ROLES
from services.tickets import actions
from services.tickets.access import PERMISSION_OF_FIELD, PERMISSIONS
from services.tickets.contract import Tickets
from services.tickets.contract.answers import HistoryLine
from services.tickets.contract.words import AUDIENCES, UNTOLD_KINDS

METHODS = Tickets.methods()
ID = str(new_id())
REPORT = {"subject": "a", "description": "b"}
#: The functions of `history` that write a line; a room's `_record` hands a kind on.
RECORDERS = ("record", "record_fact")
ROOMS = sorted(path.stem for path in Path(actions.__file__).parent.glob("[a-z]*.py"))


def test_every_method_needs_a_permission_or_is_public():
    """None is forgotten, none is named twice."""
    assert set(PERMISSIONS) == set(METHODS) - Tickets.anonymous()


def test_the_public_methods():
    """One short list."""
    by_link = {"follow_request", "followed_attachment", "satisfaction_request", "give_satisfaction"}
    assert Tickets.anonymous() == by_link


def test_permissions_are_known_ones():
    """Somebody has each of them."""
    known = {permission for rights in ROLES.values() for permission in rights}
    assert {*PERMISSIONS.values(), *PERMISSION_OF_FIELD.values()} - {ANYONE} <= known


def test_every_field_that_can_be_changed_has_its_permission():
    """And no other name is taken."""
    changeable = set(METHODS["change_ticket"].takes().fields) - {"ticket_id", "if_version"}
    assert set(PERMISSION_OF_FIELD) == changeable


@pytest.mark.parametrize(
    ("method", "arguments", "field"),
    [
        ("open_ticket", {"subject": " ", "description": ""}, "subject"),
        ("open_ticket", {"subject": "a\r\nBcc: b", "description": ""}, "subject"),
        ("open_ticket", {"subject": "x" * 301, "description": ""}, "subject"),
        ("open_ticket", {"subject": "a", "description": "\x00"}, "description"),
        ("open_ticket", {"subject": "a", "description": "b", "priority": "top"}, "priority"),
        ("open_ticket", {"subject": "a", "description": "b", "status": "closed"}, "status"),
        (
            "open_ticket",
            {"subject": "a", "description": "b", "attachments": [ID] * 21},
            "attachments",
        ),
        ("open_ticket", {"subject": 5, "description": "b"}, "subject"),
        ("open_ticket", {**REPORT, "requester_email": "calla@homes.example\nBcc: b@c.example"}, "requester_email"),
        ("open_ticket", {**REPORT, "requester_email": "calla@homes.example\r\n"}, "requester_email"),
        ("open_ticket", {**REPORT, "requester_email": "Calla <calla@homes.example>"}, "requester_email"),
        ("open_ticket", {**REPORT, "requester_email": "calla@homes.example, x@homes.example"}, "requester_email"),
        ("open_ticket", {**REPORT, "requester_email": "calla"}, "requester_email"),
        ("open_ticket", {**REPORT, "requester_email": ""}, "requester_email"),
        ("open_ticket", {**REPORT, "requester_email": "x" * 242 + "@homes.example"}, "requester_email"),
        ("open_ticket", {**REPORT, "requester_name": "Calla\r\nBcc: b@c.example"}, "requester_name"),
        ("open_ticket", {**REPORT, "requester_name": "x" * 201}, "requester_name"),
        ("open_ticket", {**REPORT, "language": "it"}, "language"),
        ("add_message", {"ticket_id": ID, "body": " \n "}, "body"),
        ("add_message", {"ticket_id": "1 OR 1=1", "body": "a"}, "ticket_id"),
        ("change_ticket", {"ticket_id": ID, "requester": ID}, "requester"),
        ("change_ticket", {"ticket_id": ID, "priority": None}, "priority"),
        ("list_tickets", {"status": "new,gone"}, "status"),
        ("list_tickets", {"status": ""}, "status"),
        ("list_tickets", {"limit": 101}, "limit"),
        ("list_tickets", {"limit": 0}, "limit"),
        ("list_tickets", {"cursor": "first"}, "cursor"),
        ("list_tickets", {"sort": "subject"}, "sort"),
        ("give_satisfaction", {"token": "a", "rating": 6}, "rating"),
        ("give_satisfaction", {"token": "a", "rating": 4.5}, "rating"),
        ("create_category", {"name": "a", "slug": "No Slug"}, "slug"),
        ("add_participant", {"ticket_id": ID, "email": "a\nb@c.example"}, "email"),
        ("add_participant", {"ticket_id": ID, "email": "a@b.example", "role": "agent"}, "role"),
        ("retell", {"kind": "tickets"}, "kind"),
    ],
)
def test_what_is_not_accepted(method, arguments, field):
    """Refused by the name of its field."""
    with pytest.raises(ValidationError) as raised:
        METHODS[method].takes().load(arguments)
    assert list(raised.value.messages) == [field]


def named_in(text, names):
    """Return what the calls of a room's text write into history as kind or audience: a word, or what its name is.

    What is chosen when it runs has no name in the room.
    """
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    by_name = [(getattr(call.func, "id", ""), call) for call in calls]
    given = [argument for name, call in by_name if name in RECORDERS for argument in call.args[2:4]]
    given += [word.value for name, call in by_name if name == "_record" for word in call.keywords if word.arg == "kind"]
    words = [argument.value for argument in given if isinstance(argument, ast.Constant)]
    return words + [names[argument.id] for argument in given if getattr(argument, "id", None) in names]


@pytest.mark.parametrize("room", ROOMS)
def test_history_has_the_kinds_and_audiences_of_the_contract(room):
    """A fact of tickets', or one of the few words that are published for what no fact tells."""
    module = import_module(f"services.tickets.actions.{room}")
    named = named_in(inspect.getsource(module), vars(module))
    facts = {one for one in named if getattr(one, "source", None) == "tickets"}
    assert set(named) - facts - {*UNTOLD_KINDS, *AUDIENCES} == set()


def test_the_look_finds_a_kind_of_its_own():
    """A word in the call itself, and one behind a name."""
    text = 'record(work, ticket.id, "TicketMoved", SOME, at=now)'
    assert named_in(text, {"SOME": "nobody"}) == ["TicketMoved", "nobody"]


def test_the_words_of_history_are_published():
    """In the public document, whose readers go by them."""
    published = set(re.findall(r"`(\w+)`", inspect.getdoc(HistoryLine)))
    assert {*UNTOLD_KINDS, *AUDIENCES} <= published
