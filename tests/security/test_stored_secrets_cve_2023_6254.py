"""CVE-2023-6254 (OTRS), CVE-2025-53008 (GLPI): stored passwords came back in answers to those who could edit them.

Here no answer and no fact has a field for what is kept secret, however deep; secrets leave the desk in four places
alone, where they are made, each told once to whoever it is for.
"""

import re
from importlib import import_module

from tests.contracts.house import SERVICES, events_of, methods_of
from tests.security.desk import stranger
from tests.security.samples import nested_in

SECRET = re.compile(r"passw|secret|hash|token|session|credential|private_key|api_?key")
#: Where something secret is given on purpose: a new session, a token for it, the follow link of a form's sender.
GIVEN = {("identity.log_in", "session"), ("identity.token_for", "token"), ("inbound.submit_webform", "token")}
#: Columns that hold secrets, or what would do to guess them.
KEPT = {"password_hash", "secret_hash"}


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
