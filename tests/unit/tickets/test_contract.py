"""The contract and the table of permissions."""

import pytest
from marshmallow import ValidationError

from chassis.actors import ANYONE
from chassis.ids import new_id
from services.identity.domain import ROLES
from services.tickets.access import PERMISSION_OF_FIELD, PERMISSIONS
from services.tickets.contract import Tickets

METHODS = Tickets.methods()
ID = str(new_id())


def test_every_method_needs_a_permission_or_is_public():
    """None is forgotten, none is named twice."""
    assert set(PERMISSIONS) == set(METHODS) - Tickets.anonymous()


def test_the_public_methods():
    """One short list."""
    assert Tickets.anonymous() == {"follow_request", "satisfaction_request", "give_satisfaction"}


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
        ("add_message", {"ticket_id": ID, "body": " \n "}, "body"),
        ("add_message", {"ticket_id": "1 OR 1=1", "body": "a"}, "ticket_id"),
        ("change_ticket", {"ticket_id": ID, "requester": ID}, "requester"),
        ("change_ticket", {"ticket_id": ID, "priority": None}, "priority"),
        ("list_tickets", {"status": "new,gone"}, "status"),
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
