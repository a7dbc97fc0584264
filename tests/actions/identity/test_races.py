"""What happens at once: locks instead of check-then-write."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from chassis.actors import system_actor
from chassis.errors import Conflict, DomainError
from chassis.ids import new_id
from chassis.links import Links
from chassis.testing import MONDAY, service_database, told
from services.identity.actions import people, places, registrations, usergroups
from services.identity.administration import create_admin
from services.identity.contract import GrantsChanged
from tests.actions.identity.given import ADMIN, PASSWORD, log_in
from tests.waiting import until_blocked

#: Of what goes one way or the other by chance.
ROUNDS = 12


class Quick:
    """Hashes no password: hashing would have the other of two be first, always."""

    @staticmethod
    def hash(_password):
        """Return what stands for a hash."""
        return "no hash"


@pytest.fixture(scope="module")
def own_database(server_url):
    """Return a database whose administrators are these tests' alone."""
    database = service_database("identity", server_url, "_administrators")
    yield database
    database.close()


@pytest.fixture
def empty_database(own_database):
    """Return that database with nobody in it."""
    with own_database.work() as work:
        work.load("TRUNCATE people, people_roles, sessions, epochs, outbox CASCADE")
        work.commit()
    return own_database


def at_once(*actions):
    """Run actions at the same time; return their outcomes, codes for refusals."""
    together = Barrier(len(actions))

    def run(action):
        together.wait(10)
        try:
            return action()
        except DomainError as error:
            return error.code

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def url_of(database):
    """Return the URL of a database, password included."""
    return database.engine.url.render_as_string(hide_password=False)


def test_two_administrators_cannot_send_each_other_away_at_once(empty_database, passwords):
    admins = [create_admin(url_of(empty_database), f"{name}@people.example", name, PASSWORD) for name in ("a", "b")]

    def leave(work, person_id):
        people.change_person(work, ADMIN, person_id=person_id, active=False, passwords=passwords)
        work.flush()

    def second():
        with empty_database.work(now=MONDAY) as work:
            leave(work, admins[1])

    with ThreadPoolExecutor(1) as pool, empty_database.work(now=MONDAY) as first:
        leave(first, admins[0])
        leaving = pool.submit(second)
        until_blocked(empty_database)
        first.commit()
        with pytest.raises(Conflict) as refusal:
            leaving.result(timeout=20)
    assert refusal.value.code == "last_admin"
    assert [row.id for row in empty_database.read("SELECT id FROM people WHERE active")] == [admins[1]]


def test_an_administrator_made_from_the_command_line_is_told_and_can_log_in(empty_database):
    person_id = create_admin(url_of(empty_database), " Root@Desk.example", "Root", PASSWORD, "de")
    (fact,) = empty_database.read("SELECT name, payload, version, actor FROM outbox")
    assert (fact.name, fact.version, fact.actor) == ("PersonChanged", 1, None)
    assert fact.payload == {
        "person_id": str(person_id),
        "email": "root@desk.example",
        "name": "Root",
        "language": "de",
        "roles": ["admin"],
        "organisation_id": None,
        "active": True,
        "confirmed": True,
    }
    with empty_database.work(now=MONDAY) as work:
        person = log_in(work, "root@desk.example")["person"]
        assert person["rights"]["people.write"] == "all"


@pytest.mark.parametrize(
    ("given", "code", "fields"),
    [
        (("nobody", "Root", PASSWORD), "email_invalid", {"email"}),
        (("root@desk.example", "Root", "short"), "input_invalid", {"password"}),
        (("root@desk.example", "", PASSWORD), "input_invalid", {"name"}),
        (("taken@desk.example", "Root", PASSWORD), "email_taken", {"email"}),
    ],
)
def test_a_wrong_administrator_is_refused_and_nothing_is_left(empty_database, given, code, fields):
    create_admin(url_of(empty_database), "taken@desk.example", "First", PASSWORD)
    with pytest.raises(DomainError) as refusal:
        create_admin(url_of(empty_database), *given)
    assert (refusal.value.code, set(refusal.value.context["fields"])) == (code, fields)
    assert [row.name for row in empty_database.read("SELECT name FROM people")] == ["First"]
    assert len(empty_database.read("SELECT 1 FROM outbox")) == 1


def test_one_address_is_given_once_at_once(database, passwords):
    email = f"{new_id().hex}@people.example"

    def invite():
        with database.work(now=MONDAY) as work:
            people.create_person(
                work, system_actor("identity"), passwords=passwords, email=email, name="N",
                language="en", role="requester", password=None, organisation_id=None, confirmed=True,
            )  # fmt: skip
            work.commit()
        return "invited"

    assert sorted(at_once(invite, invite, invite)) == ["email_taken", "email_taken", "invited"]


def test_an_invitation_followed_while_another_is_sent_never_deadlocks(database, committed):
    """Either the person has a password before, or the link has become old."""
    links = Links(b"k" * 32)
    outcomes = set()
    for _ in range(ROUNDS):
        invited = committed(password=None)
        named = {"id": invited["id"], "email": invited["email"]}
        token = links.sign("confirm-registration", f"{named['id']}:{named['email']}:{MONDAY.isoformat()}")

        def follow(token=token):
            with database.work(now=MONDAY) as work:
                means = {"links": links, "passwords": Quick()}
                registrations.confirm_registration(work, token=token, password=PASSWORD, **means)
                work.commit()
            return "followed"

        def invite(person_id=named["id"]):
            with database.work(now=MONDAY + timedelta(seconds=1)) as work:
                people.invite_person(work, ADMIN, person_id=person_id)
                work.commit()
            return "invited"

        outcomes.add(tuple(at_once(follow, invite)))
    assert outcomes <= {("followed", "password_chosen"), ("link_not_found", "invited")}


def test_the_same_people_in_many_usergroups_at_once_never_deadlock(database, committed):
    everybody = [committed()["id"] for _ in range(6)]

    def grouping(order):
        def act():
            with database.work(now=MONDAY) as work:
                usergroups.create_usergroup(
                    work, ADMIN, name=new_id().hex, private_allowed=False, members=order,
                    supervisors=[], agents=order[::-1], default_category_id=None, custom_fields=[],
                )  # fmt: skip
                work.commit()
            return sorted(fact["epoch"] for name, fact in told(work) if name == GrantsChanged.__name__)

        return act

    orders = everybody, everybody[::-1], everybody[3:] + everybody[:3]
    rounds = at_once(*map(grouping, orders))
    assert sorted(rounds) == [[2] * 6, [3] * 6, [4] * 6]


def test_a_person_changed_twice_at_once_is_told_as_two_versions(database, committed, passwords):
    person = committed()

    def naming(name):
        def act():
            with database.work(now=MONDAY) as work:
                changed = people.change_person(work, ADMIN, person_id=person["id"], name=name, passwords=passwords)
                work.commit()
            return changed["version"]

        return act

    assert sorted(at_once(naming("One"), naming("Two"))) == [2, 3]


def test_a_version_is_taken_once_at_once(database, committed, passwords):
    person = committed()

    def naming(name):
        def act():
            with database.work(now=MONDAY) as work:
                change = {"person_id": person["id"], "if_version": 1, "name": name}
                people.change_person(work, ADMIN, passwords=passwords, **change)
                work.commit()
            return "changed"

        return act

    assert sorted(at_once(naming("One"), naming("Two"))) == ["changed", "version_stale"]


@pytest.mark.parametrize("is_reopened", [False, True], ids=["made", "opened"])
def test_no_site_is_open_in_one_that_is_closed_at_once(database, is_reopened):
    """Whichever is first, the other is refused."""
    given = {"organisation_id": None, "usergroup_id": None, "address": "", "time_zone": "UTC", "position": None}
    outcomes = set()
    for _ in range(ROUNDS):
        with database.work(now=MONDAY) as work:
            house = places.create_site(work, ADMIN, name="House", kind="building", parent_id=None, **given)["id"]
            flat = places.create_site(work, ADMIN, name="Flat", kind="unit", parent_id=house, **given)["id"]
            places.change_site(work, ADMIN, site_id=flat, active=False)
            work.commit()

        def close(house=house):
            with database.work(now=MONDAY) as work:
                places.change_site(work, ADMIN, site_id=house, active=False)
                work.commit()
            return "closed"

        def make(house=house, flat=flat):
            with database.work(now=MONDAY) as work:
                if is_reopened:
                    places.change_site(work, ADMIN, site_id=flat, active=True)
                else:
                    places.create_site(work, ADMIN, name="New", kind="unit", parent_id=house, **given)
                work.commit()
            return "made"

        outcomes.add(tuple(at_once(close, make)))
    assert outcomes <= {("closed", "parent_closed"), ("sites_open", "made")}
