"""Logging in and out, and the token of a session."""

import hashlib
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.actors import TokenVerifier, private_key, system_actor
from chassis.errors import NotFound, Unauthenticated
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.identity import access
from services.identity.actions import people, places, sessions, usergroups
from services.identity.domain import ROLES
from services.identity.models import Usergroup
from tests.actions.identity.given import PASSWORD, actor_as, contents, epoch_of, log_in

PAIR = Ed25519PrivateKey.generate()
KEY = private_key(PAIR.private_bytes_raw(), PAIR.public_key().public_bytes_raw())
VERIFIER = TokenVerifier(PAIR.public_key().public_bytes_raw())
DAY = timedelta(days=1)


def token_of(work, session):
    """Return the answer of `token_for`."""
    return sessions.token_for(work, session=session, key=KEY)


def a_group(work, name, **lists):
    """Make a usergroup with lists of people; return it as shown."""
    return usergroups.create_usergroup(
        work,
        system_actor("identity"),
        name=f"{name} {new_id().hex}",
        private_allowed=False,
        default_category_id=None,
        custom_fields=[],
        **{"members": [], "supervisors": [], "agents": [], **lists},
    )


def test_a_login_gives_a_secret_of_256_bits_and_the_person(work, a_person):
    person = a_person("agent", name="Ada Agent", language="fr")
    group = a_group(work, "Heating", members=[person["id"]], agents=[person["id"]])
    del work.facts[:]
    answer = log_in(work, person["email"].upper())
    assert len(urlsafe_b64decode(answer["session"] + "=")) == 32
    shown = answer["person"]
    assert {name: shown[name] for name in ("id", "email", "name", "language", "roles", "rights")} == {
        "id": person["id"],
        "email": person["email"],
        "name": "Ada Agent",
        "language": "fr",
        "roles": ["agent"],
        "rights": ROLES["agent"],
    }
    place = {"member": True, "supervisor": False, "agent": True}
    assert shown["usergroups"] == [{"id": str(group["id"]), "name": group["name"], **place}]
    assert told(work) == []


def test_only_the_hash_of_the_secret_is_kept_and_for_thirty_days(work, a_person):
    person = a_person()
    secret = log_in(work, person["email"])["session"]
    (row,) = work.load("SELECT * FROM sessions WHERE person_id = %(id)s", id=person["id"])
    assert row.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert (row.created_at, row.last_used_at, row.expires_at) == (MONDAY, MONDAY, MONDAY + 30 * DAY)
    assert secret not in repr(row)


def test_every_login_is_another_session(database, committed):
    person = committed()
    secrets = set()
    for _ in range(2):
        with database.work(now=MONDAY) as work:
            secrets.add(log_in(work, person["email"])["session"])
            work.commit()
    assert len(secrets) == 2
    assert len(database.read("SELECT id FROM sessions WHERE person_id = %(id)s", id=person["id"])) == 2


@pytest.mark.parametrize("whose", ["wrong password", "unknown", "inactive", "invited", "not an address"])
def test_every_wrong_login_is_refused_alike_and_leaves_nothing(work, a_person, passwords, whose):
    person = a_person(password=None if whose == "invited" else PASSWORD)
    if whose == "inactive":
        change = {"person_id": person["id"], "active": False, "passwords": passwords}
        people.change_person(work, system_actor("identity"), **change)
        del work.facts[:]
    others = {"unknown": f"{new_id().hex}@people.example", "not an address": "ada@@"}
    email = others.get(whose, person["email"])
    before = contents(work)
    with pytest.raises(Unauthenticated) as refused:
        log_in(work, email, "not the password" if whose == "wrong password" else PASSWORD)
    assert refused.value.args == (
        "credentials_wrong",
        "The e-mail address or the password is not right.",
        {},
    )
    assert (contents(work), told(work)) == (before, [])


def test_an_unknown_address_costs_one_comparison_like_a_known_one(work, a_person):
    class Counting:
        compared = 0

        def match(self, password_hash, password):
            self.compared += 1
            return False

    counting = Counting()
    for email in (a_person()["email"], f"{new_id().hex}@people.example", "not an address"):
        with pytest.raises(Unauthenticated):
            log_in(work, email, passwords=counting)
    assert counting.compared == 3


def test_a_login_that_loses_against_a_new_password_begins_no_session(work, a_person):
    person = a_person()

    class ChangedMeanwhile:
        def match(self, password_hash, password):
            work.load("UPDATE people SET password_hash = 'another' WHERE id = %(id)s", id=person["id"])
            return True

    with pytest.raises(Unauthenticated) as refused:
        log_in(work, person["email"], passwords=ChangedMeanwhile())
    assert refused.value.code == "credentials_wrong"
    assert work.load("SELECT id FROM sessions WHERE person_id = %(id)s", id=person["id"]) == []


def test_a_token_tells_who_it_is_and_what_they_may(work, a_person):
    owner = places.create_organisation(work, system_actor("identity"), name=new_id().hex)
    told_of = {"organisation_id": owner["id"], "name": "Zoé", "language": "es"}
    person = a_person(role=None, roles=["agent", "client"], **told_of)
    opens = a_group(work, "Opens", members=[person["id"]])
    leads = a_group(work, "Leads", supervisors=[person["id"]])
    serves = a_group(work, "Serves", agents=[person["id"]])
    closed = a_group(work, "Closed", agents=[person["id"]])
    change = {"usergroup_id": closed["id"], "active": False}
    usergroups.change_usergroup(work, system_actor("identity"), **change)
    answer = token_of(work, log_in(work, person["email"])["session"])
    assert answer["expires_at"] == MONDAY + timedelta(minutes=5)
    actor = VERIFIER.actor_of(answer["token"], MONDAY.timestamp())
    (session,) = work.load("SELECT id FROM sessions WHERE person_id = %(id)s", id=person["id"])
    assert (actor.person_id, actor.session_id, actor.name) == (person["id"], session.id, "Zoé")
    assert (actor.email, actor.language, actor.roles) == (person["email"], "es", ("agent", "client"))
    assert (actor.members, actor.supervises, actor.serves) == ({opens["id"]}, {leads["id"]}, {serves["id"]})
    assert actor.organisation_id == owner["id"]
    assert (actor.scope("tickets.read"), actor.scope("tickets.note")) == ("organisation", "group")
    assert actor.scope("people.write") is None
    assert actor.epoch == epoch_of(work, person)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_list_of_supervisors_counts_for_roles_that_supervise(work, a_person, role):
    """Whoever has another role by now, and stands there still, supervises nothing and sees no lists."""
    person = a_person(role=role)
    group = a_group(work, "Led", members=[a_person()["id"]], supervisors=[person["id"]])
    token = token_of(work, log_in(work, person["email"])["session"])["token"]
    actor = VERIFIER.actor_of(token, MONDAY.timestamp())
    assert actor.supervises == ({group["id"]} if role in ("agent", "manager", "admin") else set())
    sees_lists = role in ("agent", "manager", "app_admin", "masterdata_admin", "admin")
    if sees_lists:
        assert access.shown(work, actor, Usergroup, group["id"])["members"] == group["members"]
    else:
        with pytest.raises(NotFound) as refused:
            access.shown(work, actor, Usergroup, group["id"])
        assert refused.value.code == "usergroup_not_found"


@pytest.mark.parametrize("after", [timedelta(0), 30 * DAY - timedelta(seconds=1)])
def test_a_session_gives_tokens_for_thirty_days(work, a_person, after):
    secret = log_in(work, a_person()["email"])["session"]
    work.now = MONDAY + after
    assert token_of(work, secret)["expires_at"] == MONDAY + after + timedelta(minutes=5)


def test_an_old_session_gives_no_token(work, a_person):
    secret = log_in(work, a_person()["email"])["session"]
    work.now = MONDAY + 30 * DAY
    refuse_token(work, secret)


@pytest.mark.parametrize("secret", ["", "unknown", "é" * 40])
def test_an_unknown_session_gives_no_token(work, secret):
    refuse_token(work, secret)


def test_the_id_and_the_hash_of_a_session_open_nothing(work, a_person):
    person = a_person()
    log_in(work, person["email"])
    (row,) = work.load("SELECT id, secret_hash FROM sessions WHERE person_id = %(id)s", id=person["id"])
    refuse_token(work, str(row.id))
    refuse_token(work, row.secret_hash)


def refuse_token(work, secret):
    """The session gives no token, and nothing else happens."""
    before = contents(work)
    with pytest.raises(Unauthenticated) as refused:
        token_of(work, secret)
    assert refused.value.code == "session_ended"
    assert (contents(work), told(work)) == (before, [])


def test_logging_out_ends_the_session_and_makes_its_tokens_stale(work, a_person):
    person = a_person()
    secret = log_in(work, person["email"])["session"]
    actor = VERIFIER.actor_of(token_of(work, secret)["token"], MONDAY.timestamp())
    sessions.log_out(work, actor)
    assert work.load("SELECT id FROM sessions WHERE person_id = %(id)s", id=person["id"]) == []
    assert told(work) == [("GrantsChanged", {"person_id": str(person["id"]), "epoch": actor.epoch + 1})]
    assert epoch_of(work, person) == actor.epoch + 1
    del work.facts[:]
    refuse_token(work, secret)


def test_logging_out_leaves_the_other_sessions(database, committed):
    person = committed()
    with database.work(now=MONDAY) as work:
        first = log_in(work, person["email"])["session"]
        work.commit()
    with database.work(now=MONDAY) as work:
        second = log_in(work, person["email"])["session"]
        work.commit()
    with database.work(now=MONDAY) as work:
        sessions.log_out(work, VERIFIER.actor_of(token_of(work, first)["token"], MONDAY.timestamp()))
        work.commit()
    with database.work(now=MONDAY) as work:
        refuse_token(work, first)
        assert token_of(work, second)["expires_at"] == MONDAY + timedelta(minutes=5)


def test_logging_out_twice_changes_nothing_more(work, a_person):
    person = a_person()
    actor = actor_as("requester", person)
    before = contents(work)
    sessions.log_out(work, actor)
    assert (contents(work), told(work)) == (before, [])


def test_nobody_ends_the_session_of_another(work, a_person):
    person = a_person()
    log_in(work, person["email"])
    (row,) = work.load("SELECT id FROM sessions WHERE person_id = %(id)s", id=person["id"])
    before = contents(work)
    sessions.log_out(work, actor_as("admin", session_id=row.id))
    assert (contents(work), told(work)) == (before, [])


@pytest.mark.parametrize(
    ("after", "noted"),
    [(timedelta(minutes=14), timedelta(0)), (timedelta(minutes=15), timedelta(minutes=15))],
)
def test_the_use_of_a_session_is_noted_every_quarter_of_an_hour(database, committed, after, noted):
    person = committed()
    with database.work(now=MONDAY) as work:
        secret = log_in(work, person["email"])["session"]
        work.commit()
    with database.work(now=MONDAY + after) as work:
        token_of(work, secret)
    (row,) = database.read("SELECT last_used_at FROM sessions WHERE person_id = %(id)s", id=person["id"])
    assert row.last_used_at == MONDAY + noted


def test_people_see_themselves(work, a_person):
    person = a_person("worker")
    shown = sessions.myself(work, person["id"])
    assert (shown["id"], shown["roles"], shown["usergroups"]) == (person["id"], ["worker"], [])
    assert shown["rights"] == ROLES["worker"]


def test_what_is_over_is_forgotten_and_nothing_else(work, a_person):
    person = a_person()
    log_in(work, person["email"])
    work.load("DELETE FROM attempts")
    counted = "INSERT INTO attempts VALUES (%(key)s, %(ends)s, 1)"
    work.load(counted, key="over", ends=MONDAY + 30 * DAY)
    work.load(counted, key="runs", ends=MONDAY + 31 * DAY)
    asked = "INSERT INTO registrations VALUES (%(id)s, %(email)s, 'N', 'en', %(at)s)"
    work.load(asked, id=new_id(), email="over@people.example", at=MONDAY + 27 * DAY)
    work.load(asked, id=new_id(), email="waits@people.example", at=MONDAY + 28 * DAY)
    work.now = MONDAY + 30 * DAY
    sessions.forget_expired(work)
    work.flush()
    assert work.load("SELECT id FROM sessions WHERE person_id = %(id)s", id=person["id"]) == []
    assert [row.key for row in work.load("SELECT key FROM attempts")] == ["runs"]
    asking = "SELECT email FROM registrations WHERE email IN ('over@people.example', 'waits@people.example')"
    assert [row.email for row in work.load(asking)] == ["waits@people.example"]
    assert told(work) == []
