"""CVE-2023-6254 (OTRS), CVE-2025-53008 (GLPI): stored passwords came back in answers to those who could edit them.

Here no answer and no fact has a field for what is kept secret, however deep; secrets leave the desk in four places
alone, where they are made, each told once to whoever it is for.
"""

import re
from importlib import import_module

import pytest

from chassis.ids import new_id
from tests.contracts.house import SERVICES, events_of, methods_of
from tests.security.desk import stranger
from tests.security.samples import nested_in

SECRET = re.compile(r"passw|secret|hash|token|session|credential|private_key|api_?key")
#: Where something secret is given on purpose: a new session, a token for it, the follow link of a form's sender.
GIVEN = {("identity.log_in", "session"), ("identity.token_for", "token"), ("inbound.submit_webform", "token")}
#: Links hold a token.
LINK = re.compile(r"url|_link|link_")
#: Columns that hold secrets, or what would do to guess them.
KEPT = {"password_hash", "secret_hash"}


_FORGET_LINKS = import_module("services.inbound.migrations.versions.0003_request_keys_without_links").KEPT
_STORE = (
    "UPDATE requests SET answer = convert_to(%(stored)s, 'UTF8')"
    " WHERE convert_from(answer, 'UTF8') LIKE %(reference)s RETURNING 1"
)
_REPORTS = "SELECT count(*) FROM submissions s JOIN webforms w ON w.id = s.webform_id WHERE w.slug = %(slug)s"


def names_in(schema):
    """Return the names of all fields of a schema and of those within."""
    return {name for each in (schema, *nested_in(schema)) for name in each.fields}


def test_no_answer_has_a_field_for_a_secret():
    """But for those by which somebody gets their own."""
    answers = {
        f"{service}.{name}": method.gives()
        for service in SERVICES for name, method in methods_of(service).items() if method.gives
    }  # fmt: skip
    assert {(name, each) for name, gives in answers.items() for each in names_in(gives) if SECRET.search(each)} == GIVEN


def test_none_is_stored_with_a_request_key():
    """Answers are kept for 60 days: what is kept has neither a secret nor a link; a session is not kept at all."""
    commands = {
        f"{service}.{name}": method
        for service in SERVICES for name, method in methods_of(service).items() if method.is_command
    }  # fmt: skip
    assert {name for name, method in commands.items() if method.secret} == {"identity.log_in"}
    assert {name for name, method in commands.items() if method.keeps} == {"inbound.submit_webform"}
    kept = {name: method.keeps or method.gives for name, method in commands.items() if not method.secret}
    names = {(name, each) for name, schema in kept.items() if schema for each in names_in(schema())}
    assert len(names) > 100
    assert {each for each in names if SECRET.search(each[1]) or LINK.search(each[1])} == set()


@pytest.mark.parametrize("email", ["rosa@homes.example", None])
def test_the_link_of_a_form_is_stored_nowhere(desk_over_http, own_databases, a_form, email):
    """It is made of ids, and made again for who asks again: the same answer, and one report."""
    http, inbound = desk_over_http("inbound"), own_databases("inbound")
    form = {"subject": "Lift", "description": "It stands still.", "email": email, "name": "Rosa"}
    keyed = {"headers": {"Idempotency-Key": new_id().hex}, "json": form}
    first, again = (http.post(f"/api/v1/public/forms/{a_form}", **keyed) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json and first.json["token"] in first.json["follow_url"]
    assert _reports_for(inbound, a_form) == 1
    rows = inbound.read("SELECT convert_from(answer, 'UTF8') AS answer FROM requests WHERE method = 'submit_webform'")
    assert any(first.json["reference"] in row.answer for row in rows)
    assert first.json["token"] not in _everything(inbound)


def test_links_that_were_stored_are_forgotten(desk_over_http, own_databases, a_form):
    """The migration leaves what they are made of, so that the same request is still answered as before."""
    http, inbound = desk_over_http("inbound"), own_databases("inbound")
    form = {"subject": "Lift", "description": "It stands still.", "name": "Rosa", "email": "rosa@homes.example"}
    keyed = {"headers": {"Idempotency-Key": new_id().hex}, "json": form}
    first = http.post(f"/api/v1/public/forms/{a_form}", **keyed)
    stored = '{}\n{"result":' + first.get_data(as_text=True).strip() + ',"error":null}'
    with inbound.work() as work:
        work.load(_STORE, stored=stored, reference=f"%{first.json['reference']}%")
        work.commit()
    assert first.json["token"] in _everything(inbound)
    assert http.post(f"/api/v1/public/forms/{a_form}", **keyed).json == first.json
    with inbound.work() as work:
        work.load(_FORGET_LINKS)
        work.commit()
    assert first.json["token"] not in _everything(inbound)
    assert http.post(f"/api/v1/public/forms/{a_form}", **keyed).json == first.json
    assert _reports_for(inbound, a_form) == 1


def test_no_fact_has_one():
    """Facts are kept and passed on."""
    facts = [event() for service in SERVICES for event in events_of(service).values()]
    assert len(facts) > 30
    assert {name for fact in facts for name in names_in(fact) if SECRET.search(name)} == set()


def test_the_columns_of_secrets_are_known():
    """A new one is hashed or encrypted, and put on the list."""
    tables = [table for service in SERVICES for table in _tables_of(service)]
    columns = {column.name for table in tables for column in table.columns}
    assert {name for name in columns if SECRET.search(name)} == KEPT | {"hash"}
    assert {table.name for table in tables if "hash" in table.columns} == {"requests"}


def test_no_page_of_people_shows_one(whole, a_person):
    """Neither to administrators nor to the person."""
    work = whole.works["identity"]
    person = a_person(on=work)
    (stored,) = work.load("SELECT password_hash FROM people WHERE id = %(id)s", id=person["id"])
    admin, own = whole.as_(stranger("admin")), whole.as_(stranger("requester", person_id=person["id"]))
    path = f"/people/{person['id']}"
    changed = own.ask("PATCH", path, json={"name": "B"})
    answers = [admin.get("/people"), admin.get(path), own.get(path), own.get("/me"), changed]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert stored.password_hash.startswith("$argon2")
    assert [answer.json for answer in answers if "argon2" in answer.text or SECRET.search(answer.text)] == []


def _tables_of(service):
    return import_module(f"services.{service}.models").Base.metadata.sorted_tables


def _reports_for(inbound, slug):
    return inbound.read(_REPORTS, slug=slug)[0].count


def _everything(inbound):
    names = [table.name for table in _tables_of("inbound")]
    rows = [tuple(row) for name in names for row in inbound.read(f"SELECT * FROM {name}")]
    return "".join(bytes(each).decode() if isinstance(each, memoryview) else str(each) for row in rows for each in row)
