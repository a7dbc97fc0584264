"""The straight way reads what webargs reads, and nothing that webargs refuses, for the arguments of every method."""

import json
import random
from urllib.parse import urlencode

import pytest
from marshmallow import RAISE
from werkzeug.exceptions import HTTPException

from chassis.contract import Arguments
from gateway.parsing import Parser, PlainReader
from services.dispatch.contract import Dispatch
from services.fieldwork.contract import Fieldwork
from services.identity.contract import Identity
from services.inbound.contract import Inbound
from services.notifications.contract import Notifications
from services.tickets.contract import Tickets
from tests.made_input import an_object, schemas_of

INPUTS = 40
ARGUMENTS = schemas_of(Arguments)
#: Have a rule over several fields, which is marshmallow's to keep.
WITH_RULES = {
    *("dispatch.NewRoutingRule", "dispatch.Result", "dispatch.Target"),
    *("fieldwork.NewServiceType", "identity.NewPerson"),
}
#: What methods take that only read, and are routes with a query.
ASKED_BY_QUERY = {
    method.takes
    for contract in (Identity, Tickets, Dispatch, Fieldwork, Notifications, Inbound)
    for method in contract.methods().values()
    if not method.is_command
}


def id_of(schema):
    """Return a schema's service and name."""
    return f"{schema.__module__.split('.')[1]}.{schema.__name__}"


def read_both(app, schema, location, **request):
    """Return what the straight way and webargs read, `None` for a refusal or a doubt."""
    with app.test_request_context(**request) as context:
        ours = PlainReader(schema, location).read(context.request)
        try:
            theirs = Parser().parse(schema, context.request, location=location, unknown=RAISE)
        except HTTPException:
            theirs = None
    return ours, theirs


@pytest.mark.parametrize("schema_class", ARGUMENTS, ids=id_of)
def test_a_body_is_read_as_webargs_reads_it(gateway_app, schema_class):
    chance, schema = random.Random(schema_class.__name__), schema_class()
    right = plain = 0
    for number in range(INPUTS):
        chance.oddness = 0.06 * (number % 2)
        body = json.dumps(an_object(chance, schema), default=str)
        ours, theirs = read_both(gateway_app, schema, "json", method="POST", data=body, content_type="application/json")
        right += theirs is not None
        if ours is not None:
            plain += 1
            assert repr(ours) == repr(theirs)
    assert right, "no input was right: nothing is shown"
    assert (plain == 0) == (id_of(schema_class) in WITH_RULES)


@pytest.mark.parametrize("schema_class", ARGUMENTS, ids=id_of)
def test_a_query_is_read_as_webargs_reads_it(gateway_app, schema_class):
    chance, schema = random.Random(schema_class.__name__), schema_class()
    plain = 0
    for number in range(INPUTS):
        chance.oddness = 0.06 * (number % 2)
        query = urlencode(an_object(chance, schema), doseq=True)
        ours, theirs = read_both(gateway_app, schema, "query", query_string=query)
        if ours is not None:
            plain += 1
            assert repr(ours) == repr(theirs)
    assert plain or schema_class not in ASKED_BY_QUERY, "none of it went straight"


@pytest.mark.parametrize(
    "query, plain",
    [
        ("", True),
        ("limit=25", True),
        ("limit=25&q=samovar", True),
        ("limit=025", True),
        ("limit=%2025", False),
        ("limit=2_5", False),
        ("limit=%D9%A2%D9%A5", False),
        ("limit=-1", False),
        ("limit=25&limit=26", False),
        ("limit=1000000000000000000000000", False),
        ("limit=", False),
        ("site=01a200e8-830d-7c7f-96bc-228589bc7c35", True),
        ("site=elsewhere", False),
        ("unregistered=true", False),
        ("unheard_of=1", False),
    ],
)
def test_a_list_of_tickets_is_asked_straight_where_the_query_is_plain(gateway_app, query, plain):
    ours, theirs = read_both(gateway_app, Tickets.methods()["list_tickets"].takes(), "query", query_string=query)
    assert (ours is not None) == plain
    assert ours in (None, theirs)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b'"text"', b"\xff{}", b'\xef\xbb\xbf{"body": "a"}', b'{"body": "a", "body": 1}',
     b'{"body": NaN}', b'{"body": "\\ud83d"}', b'{"body": 36893488147419103232}', b"[" * 100_000,
     b'{"body": ' + b"[" * 1000 + b"]" * 1000 + b"}", b'{"body": ' + b"9" * 5000 + b"}"],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_what_is_no_plain_object_is_left_to_webargs(gateway_app, body):
    schema = Tickets.methods()["add_message"].takes()
    with gateway_app.test_request_context(method="POST", data=body, content_type="application/json") as context:
        assert PlainReader(schema, "json").read(context.request) is None


def test_a_body_of_another_type_is_left_to_webargs(gateway_app):
    schema = Identity.methods()["list_sites"].takes()
    with gateway_app.test_request_context(method="POST", data=b"{}", content_type="text/plain") as context:
        assert PlainReader(schema, "json").read(context.request) is None
