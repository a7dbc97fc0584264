"""The in-app list: a person's own, page by page."""

from datetime import timedelta

import pytest

from chassis.errors import Invalid, NotFound
from chassis.ids import new_id
from chassis.testing import MONDAY, an_actor
from services.notifications import actions
from services.notifications.contract import Notification, NotificationPage
from services.notifications.models import Intervention, Ticket
from services.notifications.models import Notification as Line


def a_ticket(work, *participants, **particulars):
    """Keep the copy of a ticket in which some take part, `(person id, role)`; return its id."""
    ticket = {
        "ticket_id": new_id(),
        "number": "26-000042",
        "subject": "Heating",
        "participants": [
            {"participant_id": str(new_id()), "person_id": str(person_id), "role": role}
            for person_id, role in participants
        ],
        "participants_version": 1,
        "assignee_version": 0,
        **particulars,
    }
    work.add(Ticket(**ticket))
    work.flush()
    return ticket["ticket_id"]


def a_line(work, person_id, ticket_id=None, **particulars):
    """Add a line to somebody's list, about their own ticket unless it is said otherwise; return its id."""
    line = {
        "id": new_id(),
        "occasion": new_id().hex,
        "person_id": person_id,
        "kind": "assigned",
        "title": "Request 26-000042 has been assigned to you: Heating",
        "ticket_id": ticket_id or a_ticket(work, (person_id, "requester")),
        "ticket_number": "26-000042",
        "created_at": MONDAY,
        **particulars,
    }
    work.add(Line(**line))
    work.flush()
    return line["id"]


def ids_of(page):
    """Return the ids on a page."""
    return [item["id"] for item in page["items"]]


def test_the_list_is_read_page_by_page_newest_first(work):
    """Without gaps or repetitions; nobody else's lines are in it."""
    actor = an_actor()
    ids = [a_line(work, actor.person_id) for _ in range(5)]
    a_line(work, new_id())
    first = actions.list_notifications(work, actor, None, 2, False)
    second = actions.list_notifications(work, actor, first["next_cursor"], 2, False)
    third = actions.list_notifications(work, actor, second["next_cursor"], 2, False)
    assert ids_of(first) + ids_of(second) + ids_of(third) == ids[::-1]
    assert third["next_cursor"] is None


def test_a_full_last_page_has_no_next_one(work):
    """The cursor says whether there is more."""
    actor = an_actor()
    ids = [a_line(work, actor.person_id) for _ in range(2)]
    assert actions.list_notifications(work, actor, None, 2, False) == {
        "items": [
            {
                "id": line_id,
                "kind": "assigned",
                "title": "Request 26-000042 has been assigned to you: Heating",
                "ticket_id": work.one("SELECT ticket_id FROM notifications WHERE id = %(id)s", id=line_id).ticket_id,
                "ticket_number": "26-000042",
                "created_at": MONDAY,
                "read_at": None,
            }
            for line_id in ids[::-1]
        ],
        "next_cursor": None,
    }


def test_the_answers_keep_the_contract(work):
    """Every field of a line and of a page has a value that the schema takes."""
    actor = an_actor()
    line_id = a_line(work, actor.person_id)
    page = NotificationPage().dump(actions.list_notifications(work, actor, None, 25, False))
    assert NotificationPage().validate(page) == {}
    line = Notification().dump(actions.mark_read(work, actor, line_id))
    assert Notification().validate(line) == {}


def test_unread_lines_alone(work):
    """A line is unread until it is marked."""
    actor = an_actor()
    read, unread = a_line(work, actor.person_id), a_line(work, actor.person_id)
    actions.mark_read(work, actor, read)
    work.flush()
    assert ids_of(actions.list_notifications(work, actor, None, 25, True)) == [unread]


def test_a_line_is_read_once(work):
    """Marking it again keeps the first instant."""
    actor = an_actor()
    line_id = a_line(work, actor.person_id)
    assert actions.mark_read(work, actor, line_id)["read_at"] == MONDAY
    work.flush()
    work.now += timedelta(hours=1)
    assert actions.mark_read(work, actor, line_id)["read_at"] == MONDAY


@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
def test_foreign_is_absent(work, whose):
    """The refusal is the same, and nothing changes."""
    line_id = a_line(work, new_id()) if whose == "somebody else's" else new_id()
    with pytest.raises(NotFound) as refusal:
        actions.mark_read(work, an_actor(), line_id)
    assert refusal.value.code == "notification_not_found"
    work.flush()
    assert work.load("SELECT read_at FROM notifications WHERE read_at IS NOT NULL") == []


ME, GROUP, OTHER_GROUP = new_id(), new_id(), new_id()
AGENT = an_actor(person_id=ME, rights={"tickets.read": "group"}, serves=[GROUP])
SUPERVISOR = an_actor(person_id=ME, role="manager", rights={"tickets.read": "group"}, supervises=[GROUP])
FORMER = an_actor(person_id=ME, rights={"tickets.read": "group"})
CLIENT = an_actor(person_id=ME, role="client", rights={"tickets.read": "organisation"}, serves=[GROUP])
WRITER = an_actor(person_id=ME, rights={"tickets.read": "own", "tickets.note": "group"}, serves=[GROUP])
BOTH = an_actor(person_id=ME, rights={"tickets.read": "organisation", "tickets.note": "group"}, serves=[GROUP])
ADMIN = an_actor(person_id=ME, role="admin", rights={"tickets.read": "all"})
CONTRACTOR = an_actor(person_id=ME, role="external_agent", rights={"tickets.read": "assigned"})
RESIDENT = an_actor(person_id=ME, role="requester", rights={"tickets.read": "own"})
WORKER = an_actor(person_id=ME, role="worker", rights={"tickets.read": "own"})


@pytest.mark.parametrize(
    ("actor", "roles", "ticket", "is_seen"),
    [
        (RESIDENT, ["requester"], {}, True),
        (RESIDENT, [], {}, False),
        (RESIDENT, ["watcher"], {"usergroup_id": GROUP}, True),
        (AGENT, [], {"usergroup_id": GROUP}, True),
        (AGENT, [], {"usergroup_id": OTHER_GROUP}, False),
        (AGENT, [], {}, False),
        (AGENT, ["agent"], {"usergroup_id": OTHER_GROUP, "assignee_id": ME}, False),
        (AGENT, ["agent"], {"assignee_id": ME}, True),
        (AGENT, ["agent"], {"assignee_id": new_id()}, False),
        (SUPERVISOR, ["agent"], {"usergroup_id": GROUP, "assignee_id": ME}, True),
        (SUPERVISOR, [], {"usergroup_id": GROUP}, False),
        (FORMER, ["agent"], {"usergroup_id": GROUP, "assignee_id": ME}, False),
        (FORMER, ["watcher"], {"usergroup_id": GROUP}, True),
        (RESIDENT, ["agent"], {"assignee_id": ME}, False),
        (CONTRACTOR, ["contractor"], {"usergroup_id": GROUP, "assignee_id": ME}, True),
        (CONTRACTOR, ["contractor"], {"usergroup_id": GROUP}, True),
        (RESIDENT, ["contractor"], {"usergroup_id": GROUP}, False),
        (CLIENT, [], {"usergroup_id": GROUP}, False),
        (BOTH, [], {"usergroup_id": GROUP}, True),
        (WRITER, [], {"usergroup_id": GROUP}, False),
        (ADMIN, [], {"usergroup_id": GROUP}, True),
    ],
)
def test_what_is_seen_no_more_is_in_no_list(work, actor, roles, ticket, is_seen):
    """By our own copies and the token; it is as absent as somebody else's, whatever else they see."""
    others = (new_id(), "requester")
    a_ticket(work, (ME, "requester"), (ME, "agent"), usergroup_id=GROUP, assignee_id=ME)
    ticket_id = a_ticket(work, others, *((ME, role) for role in roles), **ticket)
    line_id = a_line(work, ME, ticket_id)
    assert ids_of(actions.list_notifications(work, actor, None, 25, False)) == [line_id] * is_seen
    if is_seen:
        assert actions.mark_read(work, actor, line_id)["id"] == line_id
        return
    with pytest.raises(NotFound) as refusal:
        actions.mark_read(work, actor, line_id)
    assert refusal.value.code == "notification_not_found"
    work.flush()
    assert work.load("SELECT read_at FROM notifications WHERE read_at IS NOT NULL") == []


@pytest.mark.parametrize(
    ("kind", "actor", "sent", "is_seen"),
    [
        ("your_visit_planned", WORKER, [ME], True),
        ("your_visit_moved", WORKER, [ME], True),
        ("your_visit_planned", WORKER, [], False),
        ("your_visit_cancelled", WORKER, [], True),
        ("your_visit_planned", RESIDENT, [ME], False),
        ("your_visit_cancelled", RESIDENT, [], False),
        ("work_order_cancelled", CONTRACTOR, [], True),
        ("work_order_cancelled", RESIDENT, [], False),
        ("message", WORKER, [ME], False),
    ],
)
def test_who_is_sent_reads_of_their_intervention(work, kind, actor, sent, is_seen):
    """While they are, and can be; that it is off they read afterwards. Of the ticket itself they read nothing."""
    ticket_id, another_id = (a_ticket(work, (new_id(), "requester")) for _ in range(2))
    for about, workers in ((ticket_id, sent), (another_id, [ME])):
        work.add(Intervention(intervention_id=new_id(), ticket_id=about, version=1, worker_ids=workers, inputs=None))
    line_id = a_line(work, ME, ticket_id, kind=kind)
    assert ids_of(actions.list_notifications(work, actor, None, 25, False)) == [line_id] * is_seen


def test_a_service_has_no_list(work):
    """It acts for nobody; lines of people are not its own."""
    a_line(work, new_id())
    assert actions.list_notifications(work, work.actor, None, 25, False) == {"items": [], "next_cursor": None}


def test_a_cursor_that_is_none_is_refused(work):
    """With a code for programs."""
    with pytest.raises(Invalid) as refusal:
        actions.list_notifications(work, an_actor(), "page-2", 25, False)
    assert refusal.value.code == "cursor_invalid"
