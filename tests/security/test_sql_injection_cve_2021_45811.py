"""CVE-2021-45811 (osTicket), then CVE-2025-26241 at the same spot: SQL by the search of tickets.

CVE-2022-31056 (GLPI) and CVE-2025-21628 (Chatwoot) had it in filters, operators and sorts. Here what is typed is a
value of a parameter, or it is refused: every text, filter and cursor of every list is tried, and finds no more than
its words do.
"""

import pytest

from tests.gateway.conftest import SIGNED_IN
from tests.security.desk import stranger
from tests.security.ways import ways_of

HOSTILE = (
    "' OR '1'='1", "') OR 1=1 --", '" OR ""="', "1; DROP TABLE tickets; --",
    "' UNION SELECT password_hash FROM people--",
    "%(me)s", "%s %d %%", "$1", ":me", "'||pg_sleep(9)||'", "\\'; SELECT pg_sleep(9); --", "a:* | b & !c <-> (d)",
    "{0} {word_0}", "0x27", "＇ OR 1=1",
)  # fmt: skip


@pytest.fixture
def admin(whole):
    """Return an administrator, who sees everything there is."""
    return whole.as_(stranger("admin"))


def listing_ways(whole):
    """Return the routes that read by something other than an id."""
    return [way for way in ways_of(whole.app) if way.verb == "GET" and way.takes.fields and not way.in_path]


def test_every_name_of_every_list(whole, admin):
    """Taken as a text that nothing holds, or refused by the name of the field; nothing else comes of it."""
    tried = 0
    with whole.untouched():
        for way in listing_ways(whole):
            for name in way.takes.fields:
                for text in HOSTILE[:1] if name not in ("q", "cursor") else HOSTILE:
                    answer = admin.get(way.path, **{name: text})
                    tried += 1
                    if answer.status_code == 200:
                        assert (name in ("q", "role"), answer.json["items"]) == (True, []), (str(way), name, text)
                    else:
                        assert answer.status_code == 422, (str(way), name, text, answer.json)
    assert tried > 100


@pytest.mark.parametrize("text", HOSTILE)
def test_the_search_finds_by_words_alone(desk, place, text):
    """A ticket that says it is found by it, another is not."""
    place.ticket(subject="Something else", description="Nothing of the kind.")
    said = place.ticket(subject=f"It says {text}", description="x")
    found = desk.ask(place.admin, "list_tickets", q=text)["items"]
    assert [ticket["id"] for ticket in found] in ([said["id"]], [])
    assert found or not any(character.isalnum() for character in text)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "usergroup=1", "status=gone", "sort=1;drop", "query_operator=OR",
              "order=asc", "unknown=1"],
)  # fmt: skip
def test_filters(http, services, query):
    """Operators, sorts and fields come from the contract or not at all."""
    answer = http.get(f"/api/v1/tickets?{query}", headers=SIGNED_IN)
    assert (answer.status_code, answer.json["code"]) == (422, "input_invalid")
    assert services.calls() == []
