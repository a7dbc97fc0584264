"""Where an operator has each owner tell its things again."""

import pytest

from services.fieldwork.contract import Fieldwork
from services.identity.contract import Identity
from services.inbound.contract import Inbound
from services.tickets.contract import Tickets
from tests.gateway.conftest import SIGNED_IN

OWNERS = [
    ("/copies", Identity, "people"),
    ("/categories/copies", Tickets, "categories"),
    ("/categories/copies", Tickets, "private_tickets"),
    ("/mailboxes/copies", Inbound, "mailboxes"),
    ("/service-types/copies", Fieldwork, "service_types"),
]


@pytest.mark.parametrize(("path", "owner", "kind"), OWNERS, ids=[kind for _, _, kind in OWNERS])
def test_each_owner_is_asked_where_its_things_are(http, services, path, owner, kind):
    """The answer says where to go on; a kind that the owner does not have is refused at once."""
    answer = {"told": 3, "next_cursor": None}
    services[owner].retell.return_value = answer
    asked = http.post(f"/api/v1{path}", json={"kind": kind}, headers=SIGNED_IN)
    assert (asked.status_code, asked.json) == (202, answer)
    services[owner].retell.assert_called_once_with(kind=kind, after=None)
    refused = http.post(f"/api/v1{path}", json={"kind": "sessions"}, headers=SIGNED_IN)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["kind"])
