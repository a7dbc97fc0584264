"""An intervention has lost whoever cannot be sent any more: who is told that another is needed, and until when."""

import pytest

from chassis.ids import new_id
from chassis.mail_identity import read_reply_address
from chassis.testing import an_actor
from services.notifications import actions
from services.notifications.models import Person
from tests.actions.notifications.given import (
    SETTINGS,
    TUESDAY,
    Sink,
    a_person,
    assigned,
    cancelled_intervention,
    deliveries,
    hear_opened,
    intervention,
    lists,
    moved_intervention,
    opened,
    regrouped,
    send_all,
    text_of,
)

KIND = "visit_needs_worker"


@pytest.fixture
def wim(work):
    """Return a worker whose copy is kept."""
    return a_person(work, name="Wim Worker", roles=["worker"])


@pytest.fixture
def planner(work):
    """Return a manager."""
    return a_person(work, name="Mia Manager", language="de", roles=["manager"])


@pytest.fixture
def planned(work, ticket, wim):
    """Return the plan of Wim's intervention; its mails have left."""
    return announce(work, intervention(ticket, workers=[wim]))


def announce(work, fact):
    """Handle a fact about an intervention, and let its mails leave; return it."""
    actions.announce_intervention(work, fact, SETTINGS)
    send_all(work)
    return fact


def lost(planned, wim, planner, **options):
    """Return the plan of an intervention that Wim is off."""
    off = {"person_id": wim["person_id"], "name": wim["name"]}
    planned_by = planner and planner["person_id"]
    return moved_intervention(planned, **{"workers": [], "unable": [off], "planned_by": planned_by, **options})


def close(work, person, **changes):
    """Change the copy of a person; their account is closed unless it is said otherwise."""
    kept = work.session.get(Person, person["person_id"])
    for name, value in (changes or {"active": False}).items():
        setattr(kept, name, value)
    work.flush()


def asked(work):
    """Return who is asked for another worker: the mails, and the lines in lists."""
    mails = [row[1:] for row in deliveries(work, "kind, state, person_id, error") if row[0] == KIND]
    return mails, [row[0] for row in lists(work) if row[1] == KIND]


def test_whoever_planned_it_and_the_assignee_are_asked(work, ticket, planned, wim, planner):
    """By mail and in their lists, each in their language; nobody else hears of it, Wim's mail does not leave."""
    agent = a_person(work, name="Ada Agent", language="fr")
    actions.announce_assignment(work, assigned(ticket, agent["person_id"]), SETTINGS)
    close(work, wim)
    before = len(deliveries(work))
    fact = lost(planned, wim, planner)
    actions.announce_intervention(work, fact, SETTINGS)
    sink = Sink()
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in send_all(work, sink)}
    assert set(mails) == {planner["email"], agent["email"]}
    assert [mail.sender for mail in sink.mails] == ["", ""]
    states = sorted(deliveries(work)[before:])
    told = [(KIND, "sent", one["email"]) for one in (planner, agent)]
    assert states == sorted([*told, ("your_visit_cancelled", "cancelled", wim["email"])])
    mail = mails[planner["email"]]
    assert mail["Subject"] == "[#26-000042] Einsatz umbesetzen: Repair the heating"
    reply_to = mail["Reply-To"].addresses[0].addr_spec
    assert read_reply_address(SETTINGS.links, reply_to, SETTINGS.mail_domain) == planner["person_id"]
    for part in ("Wim Worker", "Dienstag, 17. November 2026, 09:00", "Es ist niemand mehr eingeteilt."):
        assert part in text_of(mail)
    titles = {row[0]: row[2] for row in lists(work) if row[1] == KIND}
    assert set(titles) == {planner["person_id"], agent["person_id"]}
    assert "mardi 17 novembre 2026, 09:00" in titles[agent["person_id"]]
    actions.announce_intervention(work, fact, SETTINGS)
    assert len(deliveries(work)) == before + 3


def test_who_goes_still_is_named(work, ticket, wim, planner):
    """And told nothing: for them nothing has changed."""
    olga, sven = (a_person(work, name=name, roles=["worker"]) for name in ("Olga", "Sven"))
    planned = announce(work, intervention(ticket, workers=[wim, olga, sven]))
    before = len(deliveries(work))
    still = [{"person_id": one["person_id"], "name": one["name"]} for one in (sven, olga)]
    actions.announce_intervention(work, lost(planned, wim, planner, workers=still), SETTINGS)
    mail = next(mail for mail in send_all(work) if mail["To"].addresses[0].addr_spec == planner["email"])
    assert "Weiterhin eingeteilt: Sven, Olga." in text_of(mail)
    assert "niemand" not in text_of(mail)
    assert {olga["email"], sven["email"]}.isdisjoint(row[2] for row in deliveries(work)[before:])


def test_whoever_is_both_is_asked_once(work, ticket, planned, wim, planner):
    """The assignee has planned it."""
    actions.announce_assignment(work, assigned(ticket, planner["person_id"]), SETTINGS)
    announce(work, lost(planned, wim, planner))
    assert asked(work) == ([("sent", planner["person_id"], None)], [planner["person_id"]])


@pytest.mark.parametrize(
    "changes",
    [{"active": False}, {"roles": ["requester"]}, {"roles": ["external_agent"]}, {"roles": ["worker"]}],
)
def test_whoever_has_left_is_not_asked(work, planned, wim, planner, changes):
    """Their account is closed, or their roles are none of the desk's any more."""
    close(work, planner, **changes)
    announce(work, lost(planned, wim, planner))
    assert asked(work) == ([], [])


def test_an_intervention_that_nobody_has_planned(work, planned, wim):
    """Is in the list of those without a worker; nobody is there to be asked."""
    announce(work, lost(planned, wim, None))
    assert asked(work) == ([], [])


def test_a_plan_that_is_heard_after_a_newer_one(work, planned, wim, planner):
    """Another is sent by then: nobody is asked."""
    olga = a_person(work, name="Olga", roles=["worker"])
    announce(work, moved_intervention(planned, version=3, workers=[{"person_id": olga["person_id"], "name": "Olga"}]))
    announce(work, lost(planned, wim, planner))
    assert asked(work) == ([], [])


def another_is_sent(work, planned):
    """Give the intervention to Olga."""
    olga = a_person(work, name="Olga", roles=["worker"])
    workers = [{"person_id": olga["person_id"], "name": "Olga"}]
    actions.announce_intervention(work, moved_intervention(planned, version=3, workers=workers), SETTINGS)


def it_is_off(work, planned):
    """Call the intervention off."""
    actions.call_off_intervention(work, cancelled_intervention(planned), SETTINGS)


@pytest.mark.parametrize(
    ("step", "reason"), [(another_is_sent, "intervention_given_to_others"), (it_is_off, "intervention_called_off")]
)
def test_a_mail_that_waits_while_another_is_found(work, planned, wim, planner, step, reason):
    """Does not leave any more."""
    actions.announce_intervention(work, lost(planned, wim, planner), SETTINGS)
    step(work, planned)
    send_all(work)
    assert asked(work)[0] == [("cancelled", planner["person_id"], reason)]


@pytest.mark.parametrize(
    ("changes", "reason"), [({"active": False}, "no_longer_active"), ({"roles": ["worker"]}, "no_longer_plans")]
)
def test_a_mail_that_waits_while_its_reader_leaves(work, planned, wim, planner, changes, reason):
    """Neither."""
    actions.announce_intervention(work, lost(planned, wim, planner), SETTINGS)
    work.flush()
    close(work, planner, **changes)
    send_all(work)
    assert asked(work)[0] == [("cancelled", planner["person_id"], reason)]


def test_a_mail_that_waits_while_the_window_is_moved(work, planned, wim, planner):
    """Leaves all the same: nobody is sent yet."""
    actions.announce_intervention(work, lost(planned, wim, planner), SETTINGS)
    later = {"workers": [], "starts_at": TUESDAY.replace(hour=12)}
    actions.announce_intervention(work, moved_intervention(planned, version=3, **later), SETTINGS)
    send_all(work)
    assert asked(work)[0] == [("sent", planner["person_id"], None)]


@pytest.mark.parametrize(
    ("rights", "in_group", "has_group", "is_seen"),
    [
        ({"interventions.plan": "group"}, True, True, True),
        ({"interventions.plan": "group"}, False, True, False),
        ({"interventions.plan": "group"}, False, False, True),
        ({}, True, True, False),
    ],
)
def test_a_supervisor_reads_the_line(work, ticket, planned, wim, planner, rights, in_group, has_group, is_seen):
    """While they plan for the ticket's usergroup, not for another's: they need not serve it, and it may have none."""
    group, elsewhere = new_id(), new_id()
    for served, usergroup_id in ((ticket, group), (hear_opened(work, opened()), elsewhere)):
        if has_group:
            actions.change_usergroup(work, regrouped(served, usergroup_id))
    announce(work, lost(planned, wim, planner))
    supervises = [group if in_group else elsewhere]
    actor = an_actor(rights=rights, role="manager", person_id=planner["person_id"], supervises=supervises)
    lines = actions.list_notifications(work, actor, None, 10, False)["items"]
    assert [line["kind"] for line in lines] == ([KIND] if is_seen else [])
