"""People who make an account of their own."""

from datetime import timedelta
from uuid import UUID

import pytest

from chassis.actors import system_actor
from chassis.errors import Invalid, NotFound, TooMany, Unauthenticated
from chassis.ids import new_id
from chassis.links import Links
from chassis.testing import MONDAY, told
from services.identity.actions import people, registrations
from services.identity.domain import REGISTRATIONS_PER_ORIGIN
from tests.actions.identity.given import CHOSEN, LINKS, PASSWORD, confirm, contents, epoch_of, log_in

DAY = timedelta(days=1)


@pytest.fixture
def register(work):
    """Return a function that registers somebody and gives `(answer, facts)`."""

    def ask(email, name="Rosa Resident", language="fr", now=MONDAY, origin=""):
        before = len(work.facts)
        work.now = now
        answer = registrations.register(work, email=email, name=name, language=language, origin=origin)
        work.flush()
        return answer, work.facts[before:]

    return ask


def an_address():
    """Return an address that nobody has."""
    return f"{new_id().hex}@residents.example"


def test_registering_asks_for_a_mail_and_makes_nobody_yet(work, register):
    email = an_address()
    answer, facts = register(f" {email.upper()} ")
    assert list(answer) == ["person_id"]
    (fact,) = facts
    assert fact == (
        "RegistrationRequested",
        {
            "person_id": str(answer["person_id"]),
            "email": email,
            "name": "Rosa Resident",
            "language": "fr",
            "already_registered": False,
        },
    )
    assert work.load("SELECT id FROM people WHERE email = %(email)s", email=email) == []
    with pytest.raises(Unauthenticated):
        log_in(work, email, CHOSEN)


def test_the_link_opens_the_account(work, register):
    email = an_address()
    answer, _ = register(email)
    del work.facts[:]
    assert confirm(work, answer["person_id"], email) == answer
    (fact,) = told(work)
    assert fact == (
        "PersonChanged",
        {
            "person_id": str(answer["person_id"]),
            "email": email,
            "name": "Rosa Resident",
            "language": "fr",
            "roles": ["requester"],
            "organisation_id": None,
            "active": True,
            "confirmed": True,
        },
    )
    assert log_in(work, email, CHOSEN)["person"]["id"] == answer["person_id"]


def test_looking_at_a_link_opens_nothing(work, register):
    """Mail scanners follow every link; whoever asked for the account is shown, and the link stays good."""
    email = an_address()
    answer, _ = register(email)
    token = LINKS.sign("confirm-registration", f"{answer['person_id']}:{email}")
    for _ in range(2):
        shown = registrations.registration_request(work, token=token, links=LINKS)
        assert shown._asdict() == {"email": email, "name": "Rosa Resident"}
    assert work.load("SELECT id FROM people WHERE email = %(email)s", email=email) == []
    confirm(work, answer["person_id"], email)
    for late in (MONDAY, MONDAY + 3 * DAY):
        work.now = late
        with pytest.raises(NotFound) as refusal:
            registrations.registration_request(work, token=token, links=LINKS)
        assert refusal.value.code == "link_not_found"
        assert refusal.value.detail == "This link was used or is too old. Sign in, or register again."


def test_an_address_with_an_account_gets_the_same_answer_and_its_owner_a_mail(work, register, a_person):
    owner = a_person("agent", name="Olga Owner", language="es")
    people_before = work.load("SELECT * FROM people ORDER BY id")
    answer, facts = register(owner["email"], name="Buy at http://evil.example")
    assert list(answer) == ["person_id"] and isinstance(answer["person_id"], UUID)
    assert answer["person_id"] != owner["id"]
    assert facts == [
        (
            "RegistrationRequested",
            {
                "person_id": str(owner["id"]),
                "email": owner["email"],
                "name": "Olga Owner",
                "language": "es",
                "already_registered": True,
            },
        )
    ]
    assert work.load("SELECT * FROM people ORDER BY id") == people_before
    assert work.load("SELECT * FROM registrations WHERE email = %(email)s", email=owner["email"]) == []
    assert log_in(work, owner["email"], PASSWORD)["person"]["id"] == owner["id"]


def test_what_is_not_an_address_is_refused(work, register):
    before = contents(work)
    with pytest.raises(Invalid) as refused:
        register("not an address")
    assert refused.value.code == "email_invalid"
    assert (contents(work), told(work)) == (before, [])


def test_a_link_works_once(work, register):
    email = an_address()
    answer, _ = register(email)
    confirm(work, answer["person_id"], email)
    refuse_link(work, answer["person_id"], email)


def test_a_link_works_for_three_days(work, register):
    email = an_address()
    answer, _ = register(email)
    refuse_link(work, answer["person_id"], email, now=MONDAY + 3 * DAY)
    just_in_time = MONDAY + 3 * DAY - timedelta(seconds=1)
    assert confirm(work, answer["person_id"], email, now=just_in_time) == answer


@pytest.mark.parametrize("foreign", ["key", "purpose", "email", "person"])
def test_a_link_that_was_not_mailed_for_this_is_refused(work, register, foreign):
    email = an_address()
    answer, _ = register(email)
    refuse_link(
        work,
        new_id() if foreign == "person" else answer["person_id"],
        an_address() if foreign == "email" else email,
        links=Links(b"x" * 32) if foreign == "key" else LINKS,
        purpose="follow" if foreign == "purpose" else "confirm-registration",
    )


def refuse_link(work, *arguments, **options):
    """The link is refused as absent; nothing changes and nothing is told."""
    before, facts = contents(work), told(work)
    with pytest.raises(NotFound) as refused:
        confirm(work, *arguments, **options)
    assert refused.value.code == "link_not_found"
    assert (contents(work), told(work)) == (before, facts)


def refuse_and_undo(work, *arguments):
    """The link is refused as absent once it has been taken, which the transaction's end undoes."""
    work.load("SAVEPOINT before_the_link")
    with pytest.raises(NotFound) as refused:
        confirm(work, *arguments)
    assert refused.value.code == "link_not_found"
    work.load("ROLLBACK TO before_the_link")


def test_a_refused_link_does_not_cost_the_hashing_of_a_password(work):
    """Anybody may post anything: only the holder of a good link makes identity work hard."""
    token = LINKS.sign("confirm-registration", f"{new_id()}:{an_address()}")
    with pytest.raises(NotFound):
        registrations.confirm_registration(work, token=token, password=CHOSEN, links=LINKS, passwords=None)


def test_who_asked_in_anothers_name_has_no_way_into_the_account_that_they_open(work, register):
    """Account pre-hijacking: of two requests for an address, the link mailed for one opens what that one said."""
    email = an_address()
    own, _ = register(email)
    strangers, _ = register(email, name="Somebody Else")
    confirm(work, own["person_id"], email)
    assert work.load("SELECT id FROM registrations WHERE email = %(email)s", email=email) == []
    refuse_link(work, strangers["person_id"], email, password="the stranger's password")
    (row,) = work.load("SELECT id, name FROM people WHERE email = %(email)s", email=email)
    assert (row.id, row.name) == (own["person_id"], "Rosa Resident")
    assert log_in(work, email, CHOSEN)["person"]["roles"] == ["requester"]


def test_an_account_that_a_stranger_asked_for_is_its_owners_alone(work, register):
    """They read in the mail that somebody asked; whoever did has nothing to sign in with."""
    email = an_address()
    strangers, _ = register(email, name="Somebody Else", language="de")
    confirm(work, strangers["person_id"], email, password="the owner's password")
    with pytest.raises(Unauthenticated):
        log_in(work, email, CHOSEN)
    person = log_in(work, email, "the owner's password")["person"]
    assert (person["id"], person["name"], person["language"]) == (strangers["person_id"], "Somebody Else", "de")


def test_an_invited_person_without_a_password_claims_their_account(work, register, a_person):
    invited = a_person("worker", name="Wim Worker", password=None, confirmed=False)
    answer, facts = register(invited["email"], name="Whoever")
    assert facts[0][1]["already_registered"] is False
    epoch = epoch_of(work, invited)
    del work.facts[:]
    claimed = confirm(work, answer["person_id"], invited["email"])
    assert claimed == {"person_id": invited["id"]}
    person = str(invited["id"])
    changed = {name: value for name, value in told(work)[1][1].items() if name not in ("person_id", "email")}
    assert told(work)[0] == ("GrantsChanged", {"person_id": person, "epoch": epoch + 1})
    assert told(work)[1][0] == "PersonChanged" and told(work)[1][1]["person_id"] == person
    assert changed == {
        "name": "Wim Worker",
        "language": "en",
        "roles": ["worker"],
        "organisation_id": None,
        "active": True,
        "confirmed": True,
    }
    assert log_in(work, invited["email"], CHOSEN)["person"]["roles"] == ["worker"]
    refuse_link(work, answer["person_id"], invited["email"])


def test_the_link_of_an_invitation_opens_the_account_once(work, a_person):
    """Roles and name as they were given; whoever follows it has proved the address."""
    invited = a_person("worker", name="Wim Worker", password=None, confirmed=False)
    assert confirm(work, invited["id"], invited["email"]) == {"person_id": invited["id"]}
    person = log_in(work, invited["email"], CHOSEN)["person"]
    assert (person["id"], person["name"], person["roles"], person["confirmed"]) == (
        *(invited["id"], "Wim Worker"),
        *(["worker"], True),
    )
    refuse_link(work, invited["id"], invited["email"], password="another password")


def test_the_link_of_an_invitation_works_for_three_days(work, a_person):
    invited = a_person(password=None)
    refuse_link(work, invited["id"], invited["email"], now=MONDAY + 3 * DAY)
    confirm(work, invited["id"], invited["email"], now=MONDAY + 3 * DAY - timedelta(seconds=1))


def test_the_link_of_an_older_invitation_opens_nothing(work, a_person):
    """And that of the latest works from its own day on, once."""
    invited, later = a_person("worker", password=None), MONDAY + 2 * DAY
    work.now = later
    people.invite_person(work, system_actor("identity"), person_id=invited["id"])
    older, latest = ((told_at.isoformat(),) for told_at in (MONDAY, later))
    refuse_link(work, invited["id"], invited["email"], invited_at=older, now=later)
    refuse_link(work, invited["id"], invited["email"], invited_at=latest, now=later + 3 * DAY)
    just_in_time = later + 3 * DAY - timedelta(seconds=1)
    opened = confirm(work, invited["id"], invited["email"], invited_at=latest, now=just_in_time)
    assert opened == {"person_id": invited["id"]}
    assert log_in(work, invited["email"], CHOSEN)["person"]["roles"] == ["worker"]
    refuse_link(work, invited["id"], invited["email"], invited_at=latest, now=just_in_time)


def test_the_link_of_an_invitation_to_a_wrong_address_opens_nothing(work, a_person, passwords):
    """Once the address was put right: neither the account nor one of the wrong address's own."""
    invited = a_person("agent", password=None)
    wrong = invited["email"]
    change = {"person_id": invited["id"], "email": an_address(), "passwords": passwords}
    people.change_person(work, system_actor("identity"), **change)
    refuse_and_undo(work, invited["id"], wrong)
    people.invite_person(work, system_actor("identity"), person_id=invited["id"])
    refuse_link(work, invited["id"], wrong)
    assert work.load("SELECT 1 FROM people WHERE email = %(email)s", email=wrong) == []


def test_strangers_are_answered_alike_for_invited_people(register, a_person):
    """Nothing but the mail, which only the owner reads, goes by what identity knows of an address."""
    invited = a_person("agent", name="Ina Invited", password=None)
    for email in (invited["email"], an_address()):
        answer, ((name, fact),) = register(email, name="Whoever")
        assert list(answer) == ["person_id"] and answer["person_id"] != invited["id"]
        assert (name, fact) == (
            "RegistrationRequested",
            {
                "person_id": str(answer["person_id"]),
                "email": email,
                "name": "Whoever",
                "language": "fr",
                "already_registered": False,
            },
        )


def test_nobody_claims_an_account_that_was_closed(work, register, a_person, passwords):
    closed = a_person(password=None)
    change = {"person_id": closed["id"], "active": False, "passwords": passwords}
    people.change_person(work, system_actor("identity"), **change)
    _, facts = register(closed["email"])
    assert facts[0][1]["already_registered"] is True
    waiting = work.load("SELECT id FROM registrations WHERE email = %(email)s", email=closed["email"])
    assert [row.id for row in waiting] == [closed["id"]]
    refuse_and_undo(work, closed["id"], closed["email"])


def test_an_account_that_got_a_password_meanwhile_is_not_claimed(work, register, a_person, passwords):
    invited = a_person(password=None)
    answer, _ = register(invited["email"])
    change = {"person_id": invited["id"], "password": PASSWORD, "passwords": passwords}
    people.change_person(work, system_actor("identity"), **change)
    refuse_and_undo(work, answer["person_id"], invited["email"])
    assert log_in(work, invited["email"], PASSWORD)["person"]["id"] == invited["id"]


def test_a_network_asks_for_so_many_accounts_and_no_more(work, register):
    """Whomever it names; others are heard, and an hour after its first it is."""
    last = MONDAY + timedelta(minutes=59)
    for number in range(REGISTRATIONS_PER_ORIGIN):
        register(an_address(), origin=f"2001:4860:4860:9::{number}", now=MONDAY + timedelta(minutes=number))
    before = contents(work), list(work.facts)
    with pytest.raises(TooMany) as refusal:
        register(an_address(), origin="2001:4860:4860:9::ffff", now=last)
    assert (refusal.value.code, refusal.value.context) == ("too_many_requests", {"retry_after": 60})
    assert (contents(work), work.facts) == before
    for origin in ("2001:4860:4860:a00::", "10.0.0.1", ""):
        assert len(register(an_address(), origin=origin, now=last)[1]) == 1
    assert len(register(an_address(), origin="2001:4860:4860:9::", now=MONDAY + timedelta(hours=1))[1]) == 1
