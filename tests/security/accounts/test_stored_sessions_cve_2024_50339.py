"""CVE-2024-50339 (GLPI): the ids of all sessions could be read, and each was a session.

CVE-2023-6254 (OTRS) and CVE-2025-53008 (GLPI): stored passwords came back in answers. Here what lets somebody in
is told once, to them; the database has hashes, and no other answer, fact or stored reply has a field for it.
"""

import re

import pytest

from chassis.contract import Answer, Event
from services.identity.models import Base
from services.identity.passwords import Passwords
from tests.actions.identity.given import PASSWORD
from tests.made_input import schemas_of
from tests.security.edges import SETTINGS

SECRET = re.compile(r"(?:^|_)(?:session|secret|token|password|hash|sha256|key|salt)")
#: The whole list of fields that are called like a secret: `schema.field`, and why they may be.
KNOWN = {
    "SignedIn.session": "a new session, told this once",
    "Token.token": "the token of a session that the caller has",
    "Submission.token": "the follow link of whoever sent the form",
}


def fields_like_secrets(kind):
    """Return `schema.field` of all declared fields that are called like a secret."""
    return {
        f"{schema.__name__}.{name}"
        for schema in schemas_of(kind)
        for name in schema._declared_fields
        if SECRET.search(name)
    }


def test_no_answer_has_a_field_for_a_secret():
    """But for the three that give one to its owner, and the addresses of files, which are no authority."""
    hashes = {name for name in fields_like_secrets(Answer) if name.endswith(".sha256")}
    assert fields_like_secrets(Answer) - hashes == set(KNOWN)


def test_no_fact_has_a_field_for_a_secret():
    """Every service that listens would have it."""
    assert {name for name in fields_like_secrets(Event) if not name.endswith(".sha256")} == set()


@pytest.fixture
def stored(database):
    """Return a function that gives all that identity's database holds, as text."""
    tables = [*(table.name for table in Base.metadata.sorted_tables), "requests", "inbox", "outbox"]

    def everything():
        rows = (database.read(f"SELECT x::text AS row FROM {table} x") for table in dict.fromkeys(tables))
        return "\n".join(row.row for each in rows for row in each)

    return everything


def test_the_database_holds_no_session_no_token_and_no_password(desk_over_http, committed, stored):
    """After a login, a call, a registration and its confirmation: nothing that is stored lets anybody in."""
    http, person = desk_over_http("identity"), committed(password=PASSWORD)
    given = {"email": person["email"], "password": PASSWORD}
    session = http.post("/api/v1/session", json=given).json["access_token"]
    assert http.get("/api/v1/me", headers={"Authorization": f"Bearer {session}"}).status_code == 200
    signed = http.application.extensions["fielddesk"].tokens._remembered[session][0]
    email, chosen = f"new-{person['email']}", "chosen behind the link"
    asked = http.post("/api/v1/registrations", json={"email": email, "name": "N"}).json
    link = SETTINGS.links.sign("confirm-registration", f"{asked['person_id']}:{email}")
    opened = http.post(f"/api/v1/public/registrations/{link}", json={"password": chosen})
    assert opened.status_code == 200
    text = stored()
    assert person["email"] in text and email in text
    for secret in (session, signed, link, PASSWORD, chosen):
        # Answers that are kept beside a request key are bytes, which PostgreSQL writes in hex.
        assert secret not in text and secret.encode().hex() not in text
    assert email.encode().hex() not in text and asked["person_id"].encode().hex() in text
    assert Passwords().match(_hash_of(stored, email), chosen)


def _hash_of(stored, email):
    (row,) = [line for line in stored().splitlines() if f",{email}," in line and "$argon2id$" in line]
    start = row.index("$argon2id$")
    return row[start : row.index('"', start)]
