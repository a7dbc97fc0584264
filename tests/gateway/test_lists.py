"""Every list by pages takes its numbers as a query string has them: as text."""

import re
from datetime import UTC, datetime
from uuid import uuid4

from tests.gateway.conftest import SIGNED_IN
from tests.gateway.routes import CONTRACTS

LIMITED = {
    "/people": "list_people",
    "/usergroups": "list_usergroups",
    "/organisations": "list_organisations",
    "/sites": "list_sites",
    "/tickets": "list_tickets",
    "/tickets/{ticket_id}/messages": "messages_of_ticket",
    "/tickets/{ticket_id}/history": "history_of_ticket",
    "/routing-rules": "list_routing_rules",
    "/sla-policies": "list_sla_policies",
    "/work-orders": "list_work_orders",
    "/interventions": "list_interventions",
    "/notifications": "list_notifications",
    "/inbound-messages": "list_inbound_messages",
}
SITE = uuid4()
#: A text for each kind of parameter, and what it means.
FITTING = {
    "boolean": ("true", True),
    "integer": ("2", 2),
    "uuid": (str(SITE), SITE),
    "date-time": ("2026-11-17T08:00:00Z", datetime(2026, 11, 17, 8, tzinfo=UTC)),
}


def queried(http):
    """Return `{path: parameters of the query}` of every documented GET, without the prefix."""
    paths = http.get("/api/v1/openapi.json").json["paths"]
    return {
        path.removeprefix("/api/v1"): [one for one in verbs["get"].get("parameters", []) if one.get("in") == "query"]
        for path, verbs in paths.items()
        if "get" in verbs
    }


def kind_of(schema):
    """Return the format of a parameter, or its type where it has none."""
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return schema.get("format") or next(kind for kind in kinds if kind != "null")


def get(http, path, query):
    """Ask a documented path with any ids."""
    return http.get("/api/v1" + re.sub("{[a-z_]+}", str(uuid4()), path), query_string=query, headers=SIGNED_IN)


def method_of(services, name):
    """Return the stand-in of the one method with this name."""
    (contract,) = [contract for contract in CONTRACTS if name in contract.methods()]
    return getattr(services[contract], name)


def test_each_list_takes_a_limit(http, services):
    """From 1 to 100, passed on as a number; a page has no version of its own."""
    limited = [path for path, taken in queried(http).items() if "limit" in [one["name"] for one in taken]]
    assert sorted(limited) == sorted(LIMITED)
    for path in limited:
        method = method_of(services, LIMITED[path])
        method.return_value = {"items": [], "next_cursor": None}
        for limit in (1, 2, 100):
            answer = get(http, path, {"limit": limit})
            assert (answer.status_code, "ETag" in answer.headers) == (200, False), path
            (given,) = [call.kwargs["limit"] for call in method.call_args_list]
            assert (type(given), given) == (int, limit), path
            method.reset_mock()
        for wrong in ("0", "101", "-1", "x", "", "1.5", "9" * 5000):
            refused = get(http, path, {"limit": wrong})
            assert (refused.status_code, refused.json["code"]) == (422, "input_invalid"), (path, wrong)
            assert list(refused.json["errors"]) == ["limit"], (path, wrong)
        assert method.call_count == 0


def test_no_list_begins_anew_at_an_empty_cursor(http, services):
    """A client that lost the cursor on its way would read the first page for ever."""
    paged = [path for path, taken in queried(http).items() if "cursor" in [one["name"] for one in taken]]
    assert sorted(paged) == sorted([*LIMITED, "/public/requests/{token}"])
    for path in paged:
        refused = get(http, path, {"cursor": ""})
        assert (refused.status_code, refused.json["code"]) == (422, "input_invalid"), path
        assert list(refused.json["errors"]) == ["cursor"], path
    assert services.calls() == []


def test_each_filter_that_is_not_text_is_taken_from_text(http, services):
    """Ids, instants and what is true or not."""
    taken = set()
    for path, parameters in queried(http).items():
        for name, kind in [(one["name"], kind_of(one["schema"])) for one in parameters if path in LIMITED]:
            if kind in FITTING:
                method = method_of(services, LIMITED[path])
                method.return_value = {"items": [], "next_cursor": None}
                assert get(http, path, {name: FITTING[kind][0]}).status_code == 200, (path, name)
                assert method.call_args.kwargs[name] == FITTING[kind][1], (path, name)
                taken.add(kind)
    assert taken == set(FITTING)


def test_no_parameter_stands_twice(http, services):
    """Where one value is wanted: nobody can know which of two was meant. Whatever else is wrong is named as well."""
    tried = 0
    for path, parameters in queried(http).items():
        for name in (one["name"] for one in parameters):
            answer = get(http, path, [(name, "1"), (name, "2"), ("unheard_of", "3")])
            assert (answer.status_code, answer.json["code"]) == (422, "input_invalid"), (path, name)
            assert answer.json["errors"] | {name: ["Give it once."]} == answer.json["errors"], (path, name)
            assert answer.json["errors"]["unheard_of"] == ["Unknown field."]
            tried += 1
    assert tried > 40
    twice = get(http, "/tickets", f"status=open&status=open&usergroup={SITE}&q=a&q=")
    assert twice.json["errors"] == {"status": ["Give it once."], "q": ["Give it once."]}
    assert services.calls() == []
