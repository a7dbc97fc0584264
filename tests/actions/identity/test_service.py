"""The service as the edge calls it: each method by each role, and what leaves it."""

import json
from time import time
from types import SimpleNamespace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.actors import TokenVerifier, claims_of, private_key, sign_token
from chassis.bus.calls import Call, Calls
from chassis.bus.epochs import Epochs
from chassis.bus.wire import REQUEST_KEY, TOKEN, encode_request, error_of
from chassis.errors import DomainError, Forbidden, Invalid, NotFound, Unauthenticated
from chassis.ids import new_id
from chassis.links import Links
from chassis.testing import MONDAY
from services.identity import contract
from services.identity.access import PERMISSIONS
from services.identity.actions import people, usergroups
from services.identity.domain import ROLES
from services.identity.passwords import Passwords
from services.identity.service import IdentityService
from tests.actions.identity.given import ADMIN, PASSWORD, actor_as, contents

PAIR = Ed25519PrivateKey.generate()
KEY = private_key(PAIR.private_bytes_raw(), PAIR.public_key().public_bytes_raw())
DESK = {"agent", "manager", "app_admin", "masterdata_admin", "admin"}
MASTER = {"masterdata_admin", "admin"}
EVERYBODY = set(ROLES)
#: Who may call what; the rest is decided by the object.
ALLOWED = {
    "log_out": EVERYBODY,
    "me": EVERYBODY,
    "list_people": DESK,
    "create_person": {"admin"},
    "invite_person": {"admin"},
    "person_by_id": EVERYBODY,
    "change_person": EVERYBODY,
    "list_roles": DESK,
    "create_usergroup": MASTER,
    "usergroup_by_id": EVERYBODY,
    "list_usergroups": EVERYBODY,
    "change_usergroup": MASTER | {"manager"},
    "create_organisation": MASTER,
    "change_organisation": MASTER,
    "list_organisations": DESK - {"app_admin"} | {"client"},
    "create_site": MASTER,
    "change_site": MASTER,
    "list_sites": DESK - {"app_admin"} | {"client"},
    "site_by_id": DESK - {"app_admin"} | {"client"},
    "retell": {"admin"},
}


class Desk:
    """Identity behind its edge, called as over the bus."""

    def __init__(self, database):
        self.database = database
        self.service = IdentityService()
        self.calls = Calls(
            contract.Identity,
            PERMISSIONS,
            database,
            TokenVerifier(PAIR.public_key().public_bytes_raw()),
            Epochs(database),
        )

    def call(self, method, token=None, /, **arguments):
        """Return what a method gives.

        :raises DomainError: as the caller would see it.
        """
        headers = {REQUEST_KEY: new_id().hex, **({TOKEN: token} if token else {})}
        reply = self.calls.answer(self.service, Call(method, encode_request(arguments), headers))
        answer = json.loads(reply.body)
        if answer["error"]:
            raise error_of(answer["error"])
        return answer["result"]


@pytest.fixture
def desk(database, monkeypatch):
    """Return identity behind its edge."""
    monkeypatch.setattr(IdentityService, "settings", SimpleNamespace(signing_key=KEY), raising=False)
    return Desk(database)


def token_as(role, person, **particulars):
    """Return the token of a person in a role, as identity would sign it at the latest epoch."""
    actor = actor_as(role, person, epoch=1_000_000, **particulars)
    return sign_token(KEY, claims_of(actor), time())


def arguments_for(method, person, group):
    """Return arguments with which a method works for whoever may call it."""
    return {
        "create_person": {"email": f"{new_id().hex}@people.example", "name": "N", "role": "requester"},
        "invite_person": {"person_id": str(person["id"])},
        "person_by_id": {"person_id": str(person["id"])},
        "change_person": {"person_id": str(person["id"]), "name": "Renamed"},
        "create_usergroup": {"name": new_id().hex},
        "usergroup_by_id": {"usergroup_id": group},
        "change_usergroup": {"usergroup_id": group, "members": [str(person["id"])]},
        "create_organisation": {"name": new_id().hex},
        "create_site": {"name": "S", "kind": "property", "time_zone": "UTC"},
        "change_organisation": {"organisation_id": str(new_id()), "name": "Renamed"},
        "site_by_id": {"site_id": str(new_id())},
        "change_site": {"site_id": str(new_id()), "name": "Renamed"},
        "retell": {"kind": "usergroups"},
    }.get(method, {})


@pytest.fixture(scope="module")
def place(databases):
    """Return a person and the id of a usergroup, committed once for all."""
    given = {"email": f"{new_id().hex}@people.example", "name": "N", "language": "en", "role": "requester"}
    rest = {"password": None, "organisation_id": None, "confirmed": True}
    group = {"name": new_id().hex, "private_allowed": False, "default_category_id": None, "custom_fields": []}
    lists = {"members": [], "supervisors": [], "agents": []}
    with databases("identity").work(now=MONDAY) as work:
        person = people.create_person(work, ADMIN, passwords=Passwords(), **given, **rest)
        group = usergroups.create_usergroup(work, ADMIN, **group, **lists)
        work.commit()
    return person, str(group["id"])


def test_the_table_names_every_method_that_is_not_anonymous():
    methods = contract.Identity.methods()
    assert set(ALLOWED) == set(PERMISSIONS) == set(methods) - contract.Identity.anonymous()
    by_link = {"registration_request", "confirm_registration"}
    assert contract.Identity.anonymous() == {"log_in", "token_for", "register"} | by_link


#: What is asked about nothing that there is, which whoever may ask is told.
ABSENT = {"site_by_id": "site", "change_site": "site", "change_organisation": "organisation"}


@pytest.mark.parametrize("method", sorted(ALLOWED))
def test_each_method_by_each_role(desk, place, work, method):
    done = (NotFound, f"{ABSENT[method]}_not_found") if method in ABSENT else "done"
    assert {role: outcome(desk, work, method, role, place) for role in ROLES} == {
        role: done if role in ALLOWED[method] else (Forbidden, "not_allowed") for role in ROLES
    }


def outcome(desk, work, method, role, place):
    """Return `done`, where what is given keeps the contract, or the refusal, which has changed nothing."""
    person, group = place
    token, before = token_as(role, person, supervises=[UUID(group)]), contents(work)
    try:
        answer = desk.call(method, token, **arguments_for(method, person, group))
    except DomainError as refusal:
        assert contents(work) == before, role
        return type(refusal), refusal.code
    gives = contract.Identity.methods()[method].gives
    assert set(answer or {}) <= set(gives().fields if gives else {}), role
    return "done"


@pytest.mark.parametrize("method", sorted(ALLOWED))
def test_nobody_calls_without_a_token(desk, place, work, method):
    before = contents(work)
    with pytest.raises(Unauthenticated) as refusal:
        desk.call(method, **arguments_for(method, *place))
    assert refusal.value.code == "token_missing"
    assert contents(work) == before


def test_a_session_from_its_login_to_its_end(desk, committed):
    person = committed("worker", language="fr")
    answer = desk.call("log_in", email=person["email"], password=PASSWORD)
    assert set(answer) == {"session", "person"}
    assert set(answer["person"]) == {
        "id", "email", "name", "language", "roles", "organisation_id", "active", "confirmed", "version",
        "usergroups", "rights",
    }  # fmt: skip
    token = desk.call("token_for", session=answer["session"])["token"]
    assert desk.call("me", token) == answer["person"]
    assert desk.call("log_out", token) is None
    with pytest.raises(Unauthenticated) as ended:
        desk.call("token_for", session=answer["session"])
    assert ended.value.code == "session_ended"
    desk = Desk(desk.database)
    with pytest.raises(Unauthenticated) as stale:
        desk.call("me", token)
    assert stale.value.code == "stale"


def test_a_right_taken_away_makes_the_token_stale(desk, committed):
    person, admin = committed("agent"), token_as("admin", committed("agent"))
    session = desk.call("log_in", email=person["email"], password=PASSWORD)["session"]
    token = desk.call("token_for", session=session)["token"]
    assert desk.call("list_people", token, limit=1)["items"] != []
    desk.call("change_person", admin, person_id=str(person["id"]), roles=["requester"])
    desk = Desk(desk.database)
    with pytest.raises(Unauthenticated) as stale:
        desk.call("list_people", token)
    assert stale.value.code == "stale"
    renewed = desk.call("token_for", session=session)["token"]
    with pytest.raises(Forbidden):
        desk.call("list_people", renewed)


@pytest.mark.parametrize("whose", ["known", "unknown"])
def test_refusals_of_a_login_are_of_one_length(desk, committed, whose):
    email = committed()["email"] if whose == "known" else f"{new_id().hex}@people.example"
    request = encode_request({"email": email, "password": "wrong"})
    reply = desk.calls.answer(desk.service, Call("log_in", request, {}))
    assert reply.body == (
        b'{"result":null,"error":{"exc_type":"Unauthenticated","exc_path":"chassis.errors.Unauthenticated",'
        b'"exc_args":["credentials_wrong","The e-mail address or the password is not right.",{}],'
        b'"value":"credentials_wrong"}}'
    )


def test_no_answer_of_a_login_is_stored(desk, committed):
    desk.call("log_in", email=committed()["email"], password=PASSWORD)
    assert desk.database.read("SELECT 1 FROM requests WHERE method = 'log_in'") == []


def test_the_registration_of_an_invited_person_from_a_strangers_request_to_their_own_password(
    desk, committed, monkeypatch
):
    """Nobody brings a password before the link; what is refused leaves the link good."""
    links = Links(b"k" * 32)
    monkeypatch.setattr(IdentityService, "settings", SimpleNamespace(links=links))
    invited = committed("agent", password=None)
    with pytest.raises(Invalid) as refusal:
        desk.call("register", email=invited["email"], password="a stranger's password", name="Whoever")
    assert refusal.value.context == {"fields": {"password": ["Unknown field."]}}
    asked = desk.call("register", email=invited["email"], name="Whoever")
    token = links.sign("confirm-registration", f"{asked['person_id']}:{invited['email']}")
    with pytest.raises(Invalid) as refusal:
        desk.call("confirm_registration", token=token)
    assert list(refusal.value.context["fields"]) == ["password"]
    assert desk.call("registration_request", token=token) == {"email": invited["email"], "name": "Whoever"}
    opened = desk.call("confirm_registration", token=token, password=PASSWORD)
    assert opened == {"person_id": str(invited["id"])}
    signed_in = desk.call("log_in", email=invited["email"], password=PASSWORD)["person"]
    assert (signed_in["id"], signed_in["roles"]) == (str(invited["id"]), ["agent"])


def test_a_repeated_invitation_is_told_once(desk, committed):
    admin = token_as("admin", committed("agent"))
    headers = {REQUEST_KEY: new_id().hex, TOKEN: admin}
    invited = {"email": f"{new_id().hex}@people.example", "name": "Nora New", "role": "agent", "language": "fr"}
    call = Call("create_person", encode_request(invited), headers)
    first, second = (desk.calls.answer(desk.service, call).body for _ in range(2))
    assert json.loads(first)["error"] is None
    assert first == second
    mailed = "SELECT 1 FROM outbox WHERE name = 'PersonInvited' AND payload->>'email' = %(email)s"
    assert len(desk.database.read(mailed, email=invited["email"])) == 1


def test_a_repeated_command_is_carried_out_once(desk, committed):
    admin = token_as("admin", committed("agent"))
    headers = {REQUEST_KEY: new_id().hex, TOKEN: admin}
    body = encode_request({"name": f"Owners {new_id().hex}"})
    first, second = (desk.calls.answer(desk.service, Call("create_organisation", body, headers)).body for _ in range(2))
    assert json.loads(first)["error"] is None
    assert first == second
