"""CVE-2022-31888 (osTicket): a session known before the login was the session after it (fixation).

CVE-2021-3740 (Chatwoot) and CVE-2020-1776 (OTRS): sessions outlived a new password, and the account itself. Here each
login has a secret of its own, made by identity; what changes who may sign in ends sessions, and what changes
somebody's rights makes the tokens of every session stale.
"""

import pytest

from chassis.errors import Unauthenticated
from chassis.testing import MONDAY, told
from services.identity.actions import people, sessions
from services.identity.contract import Identity
from tests.actions.identity.given import ADMIN, PASSWORD, actor_as, grants_of, log_in
from tests.gateway.conftest import SIGNED_IN
from tests.security.edges import SETTINGS
from tests.security.edges import token_of as signed

#: What changes, who changes it, whether the session in use stays, and whether others do.
CHANGES = [
    ({"password": "another long password"}, "admin", False, False),
    ({"password": "another long password", "current_password": PASSWORD}, "self", True, False),
    ({"active": False}, "admin", False, False),
    ({"roles": ["agent"]}, "admin", True, True),
    ({"email": "moved@people.example"}, "admin", True, True),
]


def begun(database, person):
    """Sign somebody in; return the secret of the session."""
    with database.work(now=MONDAY) as work:
        secret = log_in(work, person["email"])["session"]
        work.commit()
    return secret


def claims_of_session(work, secret):
    """Return the actor that a session's new token names, `None` where the session has ended."""
    try:
        token = sessions.token_for(work, session=secret, key=SETTINGS.signing_key)["token"]
    except Unauthenticated as error:
        assert error.code == "session_ended"
        return None
    return SETTINGS.tokens.actor_of(token, MONDAY.timestamp())


def test_a_session_that_is_brought_along_is_not_the_one_that_begins(http, services, database, work, committed):
    """Neither by header nor by cookie, nor as a field; identity alone makes the secret, a new one each time."""
    services[Identity].log_in.return_value = {"session": "made-by-identity", "person": {}}
    fixed = {**SIGNED_IN, "Cookie": "session=fixed"}
    given = {"email": "a@people.example", "password": PASSWORD}
    answer = http.post("/api/v1/session", json=given, headers=fixed)
    assert (answer.status_code, answer.json["access_token"]) == (201, "made-by-identity")
    assert "Set-Cookie" not in answer.headers
    services[Identity].log_in.assert_called_once_with(**given, origin="127.0.0.1")
    for field in ("session", "access_token", "secret"):
        assert http.post("/api/v1/session", json={**given, field: "fixed"}).status_code == 422
    assert services[Identity].log_in.call_count == 1
    person = committed()
    secrets = {begun(database, person) for _ in range(3)}
    assert len({claims_of_session(work, secret).session_id for secret in secrets}) == 3


@pytest.mark.parametrize(("changes", "by", "own_stays", "others_stay"), CHANGES, ids=lambda value: str(value)[:30])
def test_a_change_ends_or_renews_every_session(work, database, committed, change, changes, by, own_stays, others_stay):
    """Whatever stays gets tokens with the new rights alone: older ones are told to be stale."""
    person = committed()
    own, other = begun(database, person), begun(database, person)
    before = claims_of_session(work, own)
    change(ADMIN if by == "admin" else actor_as("requester", person, session_id=before.session_id), person, **changes)
    assert (told(work)[0], before.epoch) == (grants_of(person, 2), 1)
    now = [claims_of_session(work, secret) for secret in (own, other)]
    assert [actor is not None for actor in now] == [own_stays, others_stay]
    for actor in filter(None, now):
        assert actor.epoch == 2
        assert actor.roles == tuple(changes.get("roles", ["requester"]))


def test_a_token_of_before_is_refused_by_the_edge(desk_over_http, database, committed, passwords):
    """Over HTTP: the session goes on with new rights, its old token is good for nothing."""
    http, person = desk_over_http("identity"), committed("agent")
    given = {"email": person["email"], "password": PASSWORD}
    bearer = {"Authorization": f"Bearer {http.post('/api/v1/session', json=given).json['access_token']}"}
    assert http.get("/api/v1/people", headers=bearer).status_code == 200
    with database.work(now=MONDAY) as work:
        people.change_person(work, ADMIN, person_id=person["id"], roles=["requester"], passwords=passwords)
        work.commit()
    stale = signed(actor_as("agent", person, epoch=1))
    client = http.application.extensions["fielddesk"].client
    edge = client._transport._edges["identity"][0]
    edge._epochs._read_at = None
    with pytest.raises(Unauthenticated) as refusal:
        client.of(Identity, token=stale).list_people()
    assert refusal.value.code == "stale"
    assert http.get("/api/v1/people", headers=bearer).status_code == 403
