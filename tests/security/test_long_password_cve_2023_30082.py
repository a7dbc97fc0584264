"""CVE-2023-30082 (osTicket): a password of megabytes was hashed, and a few of them stopped the desk.

Every field of every contract that is marked as secret has an end, and is refused beyond it before anything is hashed
or even asked for.
"""

import pytest

from chassis.contract import Arguments
from services.identity.contract import Identity
from tests.gateway.conftest import SIGNED_IN
from tests.made_input import schemas_of

LONGEST = 200
SECRETS = [
    (schema, name)
    for schema in schemas_of(Arguments)
    for name, field in schema._declared_fields.items()
    if field.metadata.get("secret")
]


def test_there_are_secrets():
    """Passwords and sessions; whatever is added is looked at below."""
    assert {name for _, name in SECRETS} == {"password", "current_password", "session"}


@pytest.mark.parametrize(("schema", "name"), SECRETS, ids=lambda value: getattr(value, "__name__", value))
@pytest.mark.parametrize("character", ["x", "é", "\U0001f511"])
def test_no_secret_is_longer_than_two_hundred_characters(schema, name, character):
    """In characters; each has four bytes at the most."""
    assert name not in schema().validate({name: character * LONGEST})
    for longer in (LONGEST + 1, 1_000_000):
        (problem,) = schema().validate({name: character * longer})[name]
        assert problem.endswith(f"{LONGEST}.")


def test_nobody_is_asked_about_a_megabyte(http, services):
    """Whether it fits into a body or not; the session in the header neither."""
    for path, others in (("session", {"email": "a@people.example"}), ("public/registrations/abc", {})):
        for length, status in ((LONGEST + 1, 422), (1_000_000, 422), (2_000_000, 413)):
            answer = http.post(f"/api/v1/{path}", json={**others, "password": "x" * length})
            assert answer.status_code == status, (path, length)
    refused = http.get("/api/v1/me", headers={"Authorization": "Bearer " + "x" * 1_000_000})
    assert (refused.status_code, refused.json["code"]) == (401, "session_invalid")
    changed = {"password": "x" * 1_000_000, "current_password": "x" * 1_000_000}
    path = "/api/v1/people/00000000-0000-0000-0000-000000000001"
    assert http.patch(path, json=changed, headers=SIGNED_IN).status_code in (413, 422)
    assert services[Identity].mock_calls == []
