"""Webforms and the reports sent with them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from chassis.errors import Conflict, Invalid, NotFound, NotHereYet, Stale, TooMany
from chassis.ids import new_id
from chassis.links import Links
from chassis.testing import MONDAY, told
from services.inbound import actions
from services.inbound.domain import NAMELESS_SUBMISSIONS_AN_HOUR, SUBMISSIONS_AN_HOUR, SUBMISSIONS_PER_ORIGIN
from tests.actions.inbound.given import ADMIN, open_form

LINKS = Links(b"k" * 32)


def submit(work, *, now=MONDAY, **particulars):
    """Send a form with usual particulars."""
    given = {"slug": "report", "email": "rosa@homes.example", "name": "Rosa", "subject": "Lift",
             "description": "It stands still.", "site": None, "language": None, "origin": "",
             **particulars}  # fmt: skip
    work.now = now
    kept = actions.submit_webform(work, **given)
    return actions.followed(**kept, links=LINKS, public_url="https://desk.example")


def refuse(work, *, retry_after, **particulars):
    """Send a form that is one too many."""
    with pytest.raises(TooMany) as refusal:
        submit(work, **particulars)
    assert (refusal.value.code, refusal.value.context) == ("too_many_requests", {"retry_after": retry_after})


def stored(work):
    """Return how many reports are stored."""
    work.flush()
    return work.one("SELECT count(*) AS number FROM submissions").number


def origins(work):
    """Return the networks that stored reports are known to come from."""
    work.flush()
    return [row.origin for row in work.load("SELECT origin FROM submissions WHERE origin IS NOT NULL")]


def submitted(work):
    """Return what was told of submissions."""
    return [fact for name, fact in told(work) if name == "WebformSubmitted"]


def test_a_form_is_opened_and_told(work, known):
    """With what its reports get; the fields are its own affair."""
    form = open_form(work, usergroup_id=known["usergroup"], category_id=known["category"])
    assert told(work) == [
        (
            "WebformChanged",
            {
                "webform_id": str(form.id),
                "slug": "report",
                "name": "Report",
                "usergroup_id": str(known["usergroup"]),
                "category_id": str(known["category"]),
                "language": "fr",
                "active": True,
            },
        )
    ]
    assert [one.slug for one in actions.list_webforms(work, ADMIN)["items"]] == ["report"]


def test_a_slug_is_taken_once(work):
    """The second is refused and not told."""
    open_form(work)
    with pytest.raises(Conflict) as refusal:
        open_form(work)
    assert (refusal.value.code, len(told(work))) == ("webform_slug_taken", 1)


def test_a_field_stands_once(work):
    """Two of a name would be two truths."""
    with pytest.raises(Invalid):
        open_form(work, fields=[{"name": "email", "required": True}, {"name": "email", "required": False}])
    assert (told(work), actions.list_webforms(work, ADMIN)["items"]) == ([], [])


def test_what_the_public_sees(work):
    """Fields with their limits, nothing of groups or ids."""
    open_form(work, fields=[{"name": "email", "required": True}])
    assert actions.public_form(work, slug="report") == {
        "slug": "report",
        "name": "Report",
        "language": "fr",
        "fields": [
            {"name": "subject", "required": True, "longest": 300},
            {"name": "description", "required": True, "longest": 20_000},
            {"name": "email", "required": True, "longest": 254},
        ],
    }


def test_what_changes_nothing_is_not_told(work):
    """What is absent stays."""
    form = open_form(work)
    for _ in range(2):
        actions.change_webform(work, ADMIN, webform_id=form.id, name="Heating")
    assert (form.name, form.version, form.language) == ("Heating", 2, "fr")
    assert [fact["name"] for _, fact in told(work)] == ["Report", "Heating"]


def test_a_change_of_what_has_changed_meanwhile(work):
    """Refused by the version that the caller has read; nothing is lost."""
    form = open_form(work)
    actions.change_webform(work, ADMIN, webform_id=form.id, if_version=1, name="Heating")
    with pytest.raises(Stale) as refusal:
        actions.change_webform(work, ADMIN, webform_id=form.id, if_version=1, name="Lifts")
    assert (refusal.value.code, form.name, form.version) == ("version_stale", "Heating", 2)


def test_a_webform_that_does_not_exist(work):
    """It is absent, whatever the change."""
    with pytest.raises(NotFound) as refusal:
        actions.change_webform(work, ADMIN, webform_id=new_id(), active=False)
    assert (refusal.value.code, refusal.value.detail) == ("webform_not_found", "There is no such webform.")
    assert told(work) == []


@pytest.mark.parametrize("slug", ["unknown", "report"])
def test_a_closed_form_is_absent(work, slug):
    """As one that never was."""
    form = open_form(work)
    actions.change_webform(work, ADMIN, webform_id=form.id, active=False)
    for use in (lambda: actions.public_form(work, slug=slug), lambda: submit(work, slug=slug)):
        with pytest.raises(NotFound) as refusal:
            use()
        assert refusal.value.code == "webform_not_found"
    assert submitted(work) == []


def test_a_report_is_told_with_ids_made_here(work, known):
    """The ticket and its requester have their ids before the ticket is open."""
    form = open_form(work, usergroup_id=known["usergroup"], category_id=known["category"])
    spaced = {"name": " Rosa ", "subject": " Lift ", "description": " It stands still.\n"}
    answer = submit(work, email="Rosa@Homes.Example", **spaced)
    (fact,) = submitted(work)
    participant_id = fact.pop("participant_id")
    assert fact == {
        "submission_id": str(answer["reference"]),
        "webform_id": str(form.id),
        "email": "rosa@homes.example",
        "name": "Rosa",
        "language": "fr",
        "subject": "Lift",
        "description": "It stands still.",
        "site_id": None,
        "usergroup_id": str(known["usergroup"]),
        "category_id": str(known["category"]),
        "submitted_at": "2026-11-16T09:00:00+00:00",
    }
    assert LINKS.verify("submitted", answer["token"]) == participant_id.encode()
    assert answer["follow_url"] == f"https://desk.example/api/v1/public/requests/{answer['token']}"
    assert UUID(participant_id) != answer["reference"]


def test_without_an_address_the_link_is_the_only_way_to_the_conversation(work):
    """Nobody else is named, so nobody's mails are shown by it."""
    open_form(work, fields=[{"name": "name", "required": False}])
    answer = submit(work, email=None, name="Rosa")
    (fact,) = submitted(work)
    assert LINKS.verify("reported", answer["token"]) == fact["participant_id"].encode()


def test_the_language_a_person_chose_counts(work):
    """Else the form's."""
    open_form(work)
    submit(work, language="de")
    assert [fact["language"] for fact in submitted(work)] == ["de"]


@pytest.mark.parametrize(
    ("fields", "given", "problems"),
    [
        ([{"name": "email", "required": True}], {"email": None, "name": ""}, ["email"]),
        ([{"name": "name", "required": True}], {"email": None, "name": " "}, ["name"]),
        ([], {"email": "rosa@homes.example", "name": ""}, ["email"]),
        ([], {"email": None, "name": "Rosa"}, ["name"]),
        ([{"name": "email", "required": False}], {"email": "rosa@homes..example", "name": ""}, ["email"]),
        ([{"name": "site", "required": True}], {"email": None, "name": ""}, ["site"]),
    ],
)
def test_what_the_form_does_not_accept(work, fields, given, problems):
    """Missing, not asked for, or no address: refused, and nothing is told."""
    open_form(work, fields=fields)
    with pytest.raises(Invalid) as refusal:
        submit(work, **given)
    assert (refusal.value.code, list(refusal.value.context["fields"])) == ("input_invalid", problems)
    assert (submitted(work), stored(work)) == ([], 0)


def test_a_site_that_is_not_there(work):
    """Absent, with the name of its field; nothing is told."""
    open_form(work, fields=[{"name": "site", "required": True}])
    with pytest.raises(NotHereYet) as refusal:
        submit(work, email=None, name="", site=new_id())
    assert (refusal.value.code, list(refusal.value.context["fields"])) == ("site_not_found", ["site"])
    assert (submitted(work), stored(work)) == ([], 0)


def test_a_site_that_is_known(work, known):
    """It travels with the report."""
    open_form(work, fields=[{"name": "site", "required": True}])
    submit(work, email=None, name="", site=known["site"])
    assert [fact["site_id"] for fact in submitted(work)] == [str(known["site"])]


def test_an_address_is_named_so_often_and_no_more(work):
    """So nobody can be flooded with receipts; others are not touched, and an hour later it is taken again."""
    open_form(work)
    for minutes in range(SUBMISSIONS_AN_HOUR):
        submit(work, now=MONDAY + timedelta(minutes=minutes))
    refuse(work, email="ROSA@homes.example", now=MONDAY + timedelta(minutes=40), retry_after=20 * 60)
    assert stored(work) == len(submitted(work)) == SUBMISSIONS_AN_HOUR
    submit(work, email="otto@homes.example")
    submit(work, email=None)
    submit(work, now=MONDAY + timedelta(hours=1, seconds=1))
    assert len(submitted(work)) == SUBMISSIONS_AN_HOUR + 3


def test_a_form_takes_so_many_reports_without_an_address_and_no_more(work):
    """So a desk cannot be flooded by it; who gives an address is heard, other forms are, and an hour later it is."""
    for slug in ("report", "lifts"):
        open_form(work, slug=slug)
    for minutes in range(NAMELESS_SUBMISSIONS_AN_HOUR):
        submit(work, email="" if minutes % 2 else None, now=MONDAY + timedelta(seconds=30 * minutes))
    refuse(work, email=None, name="", now=MONDAY + timedelta(minutes=30), retry_after=30 * 60)
    assert stored(work) == len(submitted(work)) == NAMELESS_SUBMISSIONS_AN_HOUR
    submit(work, now=MONDAY + timedelta(minutes=30))
    submit(work, slug="lifts", email=None, now=MONDAY + timedelta(minutes=30))
    submit(work, email=None, now=MONDAY + timedelta(hours=1))
    refuse(work, email=None, now=MONDAY + timedelta(hours=1), retry_after=30)
    assert stored(work) == len(submitted(work)) == NAMELESS_SUBMISSIONS_AN_HOUR + 3


@pytest.mark.parametrize("is_named", [True, False])
def test_a_network_sends_so_many_reports_and_no_more(work, is_named):
    """Whomever they name and by whichever form; other networks are heard, and an hour later it is."""
    for slug in ("report", "lifts"):
        open_form(work, slug=slug)

    def names(number):
        return {"slug": ("report", "lifts")[number % 2], "email": f"{number}@homes.example" if is_named else None}

    for number in range(SUBMISSIONS_PER_ORIGIN):
        when = MONDAY + timedelta(seconds=30 * number)
        submit(work, **names(number), origin=f"2001:4860:4860:1::{number}", now=when)
    half_past, network = MONDAY + timedelta(minutes=30), "2001:4860:4860:1:ffff::"
    refuse(work, **names(SUBMISSIONS_PER_ORIGIN), origin=network, now=half_past, retry_after=30 * 60)
    assert stored(work) == len(submitted(work)) == SUBMISSIONS_PER_ORIGIN
    submit(work, **names(61), origin="2001:4860:4860:200::", now=half_past)
    submit(work, **names(62), origin=network, now=MONDAY + timedelta(hours=1))
    assert stored(work) == len(submitted(work)) == SUBMISSIONS_PER_ORIGIN + 2


def test_who_floods_a_form_without_a_name_closes_it_to_nobody_else(work):
    """What comes from a network that counts is counted there alone."""
    open_form(work)
    for _ in range(NAMELESS_SUBMISSIONS_AN_HOUR):
        submit(work, email=None, origin="9.9.9.9")
    refuse(work, email=None, origin="9.9.9.9", retry_after=60 * 60)
    for origin in ("8.8.8.8", "127.0.0.1", "10.0.0.1", ""):
        submit(work, email=None, origin=origin)
    assert stored(work) == len(submitted(work)) == NAMELESS_SUBMISSIONS_AN_HOUR + 4


def test_private_networks_are_not_counted(work):
    """Behind them stands a proxy; without a name it is the form that counts."""
    open_form(work)
    for number in range(SUBMISSIONS_PER_ORIGIN + 1):
        submit(work, email=f"{number}@homes.example", origin="192.168.1.1")
    for number in range(NAMELESS_SUBMISSIONS_AN_HOUR):
        submit(work, email=None, origin=f"10.0.0.{number}")
    refuse(work, email=None, origin="10.0.1.0", retry_after=60 * 60)
    assert origins(work) == []


def test_where_a_report_came_from_is_forgotten_once_it_counts_no_more(work):
    """An hour later, and with it who was named; the report is in tickets by then."""
    open_form(work)
    submit(work, origin="9.9.9.9")
    submit(work, origin="8.8.8.8", now=MONDAY + timedelta(seconds=1))
    work.now = MONDAY + timedelta(hours=1)
    actions.forget_submissions(work)
    assert (origins(work), stored(work)) == (["8.8.8.8"], 1)


def test_of_years_of_reports_only_so_many_are_forgotten_at_once(work):
    """An earlier version kept them all, and one statement for all of them might never end in time."""
    open_form(work)
    for number in range(3):
        submit(work, now=MONDAY + timedelta(seconds=number))
    work.now = MONDAY + timedelta(hours=2)
    actions.forget_submissions(work, most=2)
    assert stored(work) == 1
    actions.forget_submissions(work, most=2)
    assert stored(work) == 0


@pytest.mark.parametrize(
    ("email", "origin", "most"),
    [
        (None, "", NAMELESS_SUBMISSIONS_AN_HOUR),
        ("rosa@homes.example", "", SUBMISSIONS_AN_HOUR),
        (None, "9.9.8.9", SUBMISSIONS_PER_ORIGIN),
    ],
)
def test_of_many_reports_at_once_no_more_are_taken_than_one_after_another(databases, email, origin, most):
    """Each in a transaction of its own, as the service takes them."""
    database, slug = databases("inbound"), f"form-{new_id().hex}"
    with database.work(now=MONDAY) as making:
        form = open_form(making, slug=slug)
        making.commit()

    def is_taken(_):
        with database.work(now=MONDAY) as work:
            try:
                submit(work, slug=slug, email=email, origin=origin)
            except TooMany:
                return False
            work.commit()
            return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(is_taken, range(most + 20)))
    stored = "DELETE FROM submissions WHERE webform_id = %(id)s RETURNING id"
    told_of_it = "DELETE FROM outbox WHERE payload->>'webform_id' = %(id)s::text RETURNING id"
    with database.work(now=MONDAY) as cleaning:
        counts = [len(cleaning.load(statement, id=form.id)) for statement in (stored, told_of_it)]
        cleaning.commit()
    assert (sum(taken), *counts) == (most, most, most + 1)


def test_the_address_of_a_report_may_be_nobodys(work):
    """Without an address it is followed by its link alone."""
    open_form(work)
    submit(work, email=None, name="")
    assert [(fact["email"], fact["name"]) for fact in submitted(work)] == [(None, "")]
