"""Telling categories, and which tickets are private, again."""

from uuid import UUID

from chassis.testing import told
from services.dispatch.models import Category
from services.fieldwork.actions import follow_privacy
from services.fieldwork.queries import incidents_of
from services.tickets.actions import retelling
from services.tickets.contract import CategoryChanged
from tests.actions.dispatch.given import hear, kept
from tests.actions.fieldwork import given as fieldworks


def retell(desk, actor, kind="categories", **arguments):
    """Have things of a kind told again."""
    return desk.ask(actor, "retell", kind=kind, **arguments)


def versions(work):
    """Return the versions of the facts told of categories."""
    return [row.version for row in work.load("SELECT version FROM outbox WHERE name = 'CategoryChanged' ORDER BY id")]


def test_categories_are_told_again_as_they_are_with_their_version(desk, place):
    """Closed ones, too."""
    category = place.category("Keys", usergroup_id=place.heating)
    fact = desk.told("CategoryChanged")[0]
    desk.work.load("UPDATE categories SET version = 4, active = false")
    desk.forget()
    assert retell(desk, place.admin) == {"told": 1, "next_cursor": None}
    assert told(desk.work) == [("CategoryChanged", {**fact, "category_id": category["id"], "active": False})]
    assert versions(desk.work) == [1, 4]


def test_a_long_telling_goes_on_where_it_ended(desk, place):
    """By the id of the last one told."""
    made = sorted(place.category()["id"] for _ in range(5))
    desk.forget()
    cursor, calls = None, []
    while cursor or not calls:
        answer = retelling.retell(desk.work, place.admin, kind="categories", after_id=cursor, at_once=2)
        calls.append(answer["told"])
        cursor = answer["next_cursor"]
    assert calls == [2, 2, 1]
    assert [fact["category_id"] for fact in desk.told()] == made
    assert retell(desk, place.admin, after=made[-2])["told"] == 1


def test_a_lost_copy_comes_back_and_a_newer_one_stays(desk, place, work_of):
    """Dispatch hears both again."""
    lost, newer = place.category("Keys", usergroup_id=place.heating)["id"], place.category("Lifts")["id"]
    dispatch = work_of("dispatch")
    slug = {"name": "Lifts", "slug": "lifts", "usergroup_id": None}
    hear(dispatch, CategoryChanged, 2, category_id=newer, active=False, **slug)
    desk.forget()
    retell(desk, place.admin)
    for fact in desk.told():
        hear(dispatch, CategoryChanged, 1, **fact)
    assert kept(dispatch, Category, lost).usergroup_id == place.heating
    copy = kept(dispatch, Category, newer)
    assert (copy.version, copy.active) == (2, False)


def test_private_tickets_are_told_again_with_their_version(desk, place):
    """And no others, nor one that is private no more; with a cursor like all kinds."""
    private = [place.heating_ticket(private=True) for _ in range(2)]
    place.change(place.heating_ticket(private=True), private=False)
    place.heating_ticket()
    changed = place.change(private[0], subject="Cold")
    desk.forget()
    assert retell(desk, place.admin, kind="private_tickets") == {"told": 2, "next_cursor": None}
    fact = {"private": True, "changed_at": changed["updated_at"]}
    expected = [("TicketPrivacyChanged", {**fact, "ticket_id": ticket["id"]}) for ticket in private]
    assert told(desk.work) == sorted(expected, key=lambda named: named[1]["ticket_id"])
    told_now = "SELECT version FROM outbox WHERE payload->>'ticket_id' = %(id)s ORDER BY id DESC LIMIT 1"
    assert [row.version for row in desk.work.load(told_now, id=private[0]["id"])] == [changed["version"]]
    assert retell(desk, place.admin, kind="private_tickets", after=min(each["id"] for each in private))["told"] == 1


def test_an_incident_of_which_fieldwork_heard_nothing_is_hidden(desk, place, work_of):
    """It opened private before that was told; clients and supervisors who see the intervention see it no more."""
    fieldwork, anna = work_of("fieldwork"), fieldworks.someone("worker")
    client = fieldworks.someone("client", organisation_id=fieldworks.OWNER)
    site_id = fieldworks.a_site(fieldwork, organisation_id=fieldworks.OWNER)
    intervention = fieldworks.planned(fieldwork, anna, site_id=site_id)
    fieldworks.declare(fieldwork, anna, intervention)
    intervention.incidents[0].ticket_id = UUID(place.heating_ticket(private=True)["id"])
    assert len(incidents_of(fieldwork, client, intervention)) == 1
    desk.forget()
    retell(desk, place.admin, kind="private_tickets")
    for fact in desk.told():
        follow_privacy(fieldwork, fieldworks.privacy_fact(fact["ticket_id"], fact["private"], version=1))
    assert [len(incidents_of(fieldwork, reader, intervention)) for reader in (anna, client)] == [1, 0]
