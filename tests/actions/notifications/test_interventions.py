"""Planned interventions: who is told when, in which language and zone."""

from datetime import timedelta
from itertools import permutations

import pytest

from chassis.errors import NotYet
from chassis.ids import new_id
from chassis.mail_identity import read_message_id, read_reply_address
from chassis.testing import MONDAY
from services.notifications import actions
from tests.actions.notifications.given import (
    RESIDENT,
    SETTINGS,
    TUESDAY,
    Sink,
    a_participant,
    a_person,
    a_site,
    cancelled_intervention,
    deliveries,
    hear_opened,
    intervention,
    lists,
    moved_intervention,
    opened,
    participants,
    requester_of,
    send_all,
    text_of,
)


@pytest.fixture
def worker(work):
    """Return a worker whose copy is kept."""
    return a_person(work, name="Willi Worker", language="de", roles=["worker"])


def announce(work, fact):
    """Handle a fact about an intervention; return it."""
    actions.announce_intervention(work, fact, SETTINGS)
    return fact


@pytest.mark.parametrize(
    ("language", "zone", "window"),
    [
        ("fr", "Europe/Paris", "mardi 17 novembre 2026, 09:00 – 11:00 (heure normale d’Europe centrale)"),
        ("en", "Europe/London", "Tuesday, 17 November 2026, 08:00 – 10:00 (Greenwich Mean Time)"),
        (
            "es",
            "Atlantic/Canary",
            "martes, 17 de noviembre de 2026, 8:00 – 10:00 (hora estándar de Europa occidental)",
        ),
        ("de", "Europe/Berlin", "Dienstag, 17. November 2026, 09:00 – 11:00 (Mitteleuropäische Normalzeit)"),
    ],
)
def test_the_window_is_told_in_the_readers_language_and_the_sites_zone(work, language, zone, window):
    """As one would say it, with the name of the zone."""
    ticket = hear_opened(work, opened(a_participant(language=language)))
    announce(work, intervention(ticket, site_id=a_site(work, zone)))
    mail = send_all(work)[-1]
    assert f"\n\n{window}\n\n" in text_of(mail)
    assert mail["Subject"] == "[#26-000042] Le chauffage est en panne"


def test_an_intervention_without_a_site_is_told_in_the_desks_zone(work, ticket):
    """There is none to take it from."""
    announce(work, intervention(ticket))
    assert "09:00 – 11:00 (heure normale d’Europe centrale)" in text_of(send_all(work)[-1])


def test_an_intervention_over_midnight_names_both_days(work, ticket):
    """The end is on another day, also where UTC has not changed it yet."""
    announce(work, intervention(ticket, starts_at=TUESDAY + timedelta(hours=13, minutes=30)))
    assert "mardi 17 novembre 2026, 22:30 – mercredi 18 novembre 2026, 00:30 (" in text_of(send_all(work)[-1])


def test_an_intervention_waits_for_its_site(work, ticket):
    """Its zone decides what is told; nothing is written meanwhile."""
    fact = intervention(ticket, site_id=new_id())
    with pytest.raises(NotYet):
        announce(work, fact)
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt"]


def test_a_worker_is_told_once_by_mail_and_in_their_list(work, ticket, worker):
    """Also where they take part in the ticket; the first answers nobody's, and what they answer finds the ticket."""
    people = [{**ticket.data["requester"], "role": "requester"}, a_participant("watcher", person=worker)]
    actions.change_participants(work, participants(ticket, people, version=2))
    announce(work, intervention(ticket, workers=[worker]))
    assert deliveries(work, "kind, recipient")[1:] == [
        ("visit_planned", RESIDENT),
        ("your_visit_planned", worker["email"]),
    ]
    assert lists(work) == [
        (
            worker["person_id"],
            "your_visit_planned",
            "Ein Einsatz für die Anfrage 26-000042 wurde Ihnen zugeteilt: Dienstag, 17. November 2026, "
            "09:00 – 11:00 (Mitteleuropäische Normalzeit), Repair the heating",
        )
    ]
    mail = send_all(work)[-1]
    assert (mail["To"].addresses[0].addr_spec, mail["Subject"]) == (
        worker["email"],
        "[#26-000042] Neuer Einsatz: Le chauffage est en panne",
    )
    assert (mail["References"], mail["Content-Language"]) == (None, "de")
    reply_to = mail["Reply-To"].addresses[0].addr_spec
    assert read_reply_address(SETTINGS.links, reply_to, SETTINGS.mail_domain) == worker["person_id"]
    answers = read_message_id(SETTINGS.links, mail["Message-ID"], SETTINGS.mail_domain)
    assert (answers.ticket_id, answers.participant_id) == (ticket.data["ticket_id"], worker["person_id"])
    assert text_of(mail).startswith(
        "##- reply above this line -##\n"
        "(Ihre Antwort erreicht nur die Servicestelle und wird als interne Notiz zur Anfrage gespeichert.)\n\n"
    )
    assert text_of(mail).endswith("\n-- \nDiese Nachricht wurde automatisch versendet.\n")


def test_whoever_planned_it_is_told_nothing_and_whoever_answers_only_in_their_list(work, ticket):
    """Though both take part; others of the desk do the planning and have their list before them."""
    planner, agent = a_person(work), a_person(work)
    present = [a_participant("watcher", person=planner), a_participant("agent", person=agent)]
    actions.change_participants(work, participants(ticket, [requester_of(ticket), *present], version=2))
    announce(work, intervention(ticket, actor={"person_id": str(planner["person_id"]), "name": "Paul Person"}))
    assert deliveries(work, "kind, recipient")[1:] == [("visit_planned", RESIDENT)]
    assert lists(work, "person_id, kind") == [(agent["person_id"], "visit_planned")]


def test_nothing_bounces_from_a_worker(work, ticket, worker):
    """A bounce names no ticket: it would open one."""
    announce(work, intervention(ticket, workers=[worker]))
    sink = Sink()
    send_all(work, sink)
    assert [mail.sender.partition("+")[0] for mail in sink.mails] == ["reply", ""]


def test_a_worker_reads_where_to_go_and_what_to_do(work, ticket, worker):
    """The whole way to the place, the nearest address, the title of the work order; the resident reads neither."""
    estate = a_site(work, address="Lindenhof 1\n4051 Basel")
    house = a_site(work, name="House B", above=[estate])
    a_site(work, name="House C", above=[estate], address="Nowhere 2")
    announce(work, intervention(ticket, workers=[worker], site_id=a_site(work, name="Flat 12", above=[estate, house])))
    window = "Dienstag, 17. November 2026, 09:00 – 11:00 (Mitteleuropäische Normalzeit)"
    place = "Lindenhof › House B › Flat 12, Lindenhof 1, 4051 Basel"
    ((title,),) = lists(work, "title")
    assert title.endswith(f" zugeteilt: {window}, {place}, Repair the heating")
    resident, own = send_all(work)
    assert f"\n\n{window}\n{place}\nRepair the heating\n\n" in text_of(own)
    assert "Flat 12" not in text_of(resident) and "Repair" not in text_of(resident)


def test_an_intervention_of_which_an_earlier_version_told(work, ticket, worker):
    """Neither title nor way are known: the ticket's subject says what it is about."""
    old = intervention(ticket, workers=[worker], site_id=a_site(work, name=None, path=None))
    announce(work, moved_intervention(old, version=1, work_order_title=None))
    ((title,),) = lists(work, "title")
    assert title.endswith("09:00 – 11:00 (Mitteleuropäische Normalzeit), Le chauffage est en panne")


def test_who_is_not_sent_any_more_gets_no_mail_that_they_are(work, ticket, worker):
    """It is looked at when it leaves; that it is off is told all the same, unless they have left the desk."""
    gone = a_person(work, active=False)
    planned = announce(work, intervention(ticket, workers=[worker, gone]))
    work.load("UPDATE interventions SET worker_ids = ARRAY[%(gone)s::uuid]", gone=gone["person_id"])
    send_all(work)
    work.load("UPDATE interventions SET worker_ids = %(both)s", both=[worker["person_id"], gone["person_id"]])
    actions.call_off_intervention(work, cancelled_intervention(planned), SETTINGS)
    send_all(work)
    assert deliveries(work, "kind, person_id, state, error")[2:] == [
        ("your_visit_planned", worker["person_id"], "cancelled", "no_longer_sent"),
        ("your_visit_planned", gone["person_id"], "cancelled", "no_longer_active"),
        ("visit_cancelled", None, "sent", None),
        ("your_visit_cancelled", worker["person_id"], "sent", None),
        ("your_visit_cancelled", gone["person_id"], "cancelled", "no_longer_active"),
    ]


#: Roles of somebody who was a worker.
FORMER = [["requester"], ["agent"], []]


@pytest.mark.parametrize("roles", FORMER)
def test_whoever_is_a_worker_no_more_is_told_nothing_of_the_intervention(work, ticket, worker, roles):
    """Planned, moved or off: the intervention may be theirs in dispatch for a while; the app refuses it to them."""
    announce(work, intervention(ticket, workers=[worker]))
    taken_away(work, worker, roles)
    ((planned,),) = lists(work, "kind")
    later = announce(work, intervention(ticket, workers=[worker]))
    mails = send_all(work)
    moved = announce(work, moved_intervention(later, starts_at=TUESDAY + timedelta(days=1)))
    mails += send_all(work)
    actions.call_off_intervention(work, cancelled_intervention(moved), SETTINGS)
    mails += send_all(work)
    assert {mail["To"].addresses[0].addr_spec for mail in mails} == {RESIDENT}
    of_worker = "SELECT kind, state, error FROM deliveries WHERE person_id = %(person_id)s ORDER BY id"
    assert [tuple(row) for row in work.load(of_worker, person_id=worker["person_id"])] == [
        (kind, "cancelled", "no_longer_a_worker")
        for kind in ("your_visit_planned", "your_visit_planned", "your_visit_moved", "your_visit_cancelled")
    ]
    assert lists(work, "kind") == [(planned,)]


def test_a_former_worker_who_asked_is_told_of_the_intervention_as_others_who_ask(work, worker):
    """It is their own request."""
    ticket = hear_opened(work, opened(a_participant(person=worker)))
    taken_away(work, worker, ["requester"])
    announce(work, intervention(ticket, workers=[worker]))
    assert [kind for _, kind, _ in lists(work)] == ["visit_planned"]
    send_all(work)
    assert deliveries(work, "kind, state, error")[1:] == [
        ("visit_planned", "sent", None),
        ("your_visit_planned", "cancelled", "no_longer_a_worker"),
    ]


def taken_away(work, worker, roles):
    """Have a worker's roles be others, of which notifications has heard."""
    work.flush()
    work.load(
        "UPDATE people SET roles = %(roles)s WHERE person_id = %(person_id)s",
        roles=roles,
        person_id=worker["person_id"],
    )


def test_a_moved_intervention_is_told_with_its_new_window_and_the_old(work, ticket, worker):
    """Both in the zone of the site; of several interventions, one knows which has been moved."""
    planned = announce(work, intervention(ticket, workers=[worker], site_id=a_site(work, "Europe/London")))
    announce(work, moved_intervention(planned, starts_at=TUESDAY + timedelta(days=1)))
    _, _, resident, own = send_all(work)
    zone = "(heure moyenne de Greenwich)"
    assert (
        f"\n\nmercredi 18 novembre 2026, 08:00 – 10:00 {zone}\n"
        f"Au lieu de\N{NO-BREAK SPACE}: mardi 17 novembre 2026, 08:00 – 10:00 {zone}\n\n"
    ) in text_of(resident)
    assert (
        "\n\nMittwoch, 18. November 2026, 08:00 – 10:00 (Mittlere Greenwich-Zeit)\nLindenhof\nRepair the heating\n"
        "Statt: Dienstag, 17. November 2026, 08:00 – 10:00 (Mittlere Greenwich-Zeit)\n\n"
    ) in text_of(own)
    assert [kind for _, kind, _ in lists(work)] == ["your_visit_planned", "your_visit_moved"]


@pytest.mark.parametrize(
    ("language", "subjects"),
    [
        ("fr", ["Nouvelle intervention\u00a0: ", "Intervention déplacée\u00a0: ", "Intervention annulée\u00a0: "]),
        ("en", ["New visit: ", "Visit moved: ", "Visit cancelled: "]),
        ("es", ["Nueva visita: ", "Visita reprogramada: ", "Visita cancelada: "]),
        ("de", ["Neuer Einsatz: ", "Einsatz verschoben: ", "Einsatz abgesagt: "]),
    ],
)
def test_a_workers_mails_about_it_are_one_thread_whose_subjects_say_what_is_new(work, ticket, language, subjects):
    """In a list on a phone one reads that the last says not to go; others, and other workers, have own threads."""
    worker = a_person(work, language=language, roles=["worker"])
    announce(work, intervention(ticket, workers=[worker, a_person(work, roles=["worker"])]))
    planned = announce(work, intervention(ticket, workers=[worker]))
    moved = announce(work, moved_intervention(planned, starts_at=TUESDAY + timedelta(days=1)))
    mails = send_all(work)
    actions.call_off_intervention(work, cancelled_intervention(moved), SETTINGS)
    mails += send_all(work)
    own = [mail for mail in mails if mail["To"].addresses[0].addr_spec == worker["email"]][1:]
    assert [mail["Subject"] for mail in own] == [f"[#26-000042] {line}Le chauffage est en panne" for line in subjects]
    first, second, _ = (mail["Message-ID"] for mail in own)
    assert [mail["References"] for mail in own] == [None, first, f"{first} {second}"]
    assert [mail["In-Reply-To"] for mail in own] == [None, first, second]


def test_whoever_followed_an_intervention_and_is_sent_has_a_thread_of_their_own(work, ticket, worker):
    """What told them of it as one who takes part is in the thread of the ticket, which their answers do not go to."""
    people = [{**ticket.data["requester"], "role": "requester"}, a_participant("watcher", person=worker)]
    actions.change_participants(work, participants(ticket, people, version=2))
    planned = announce(work, intervention(ticket))
    send_all(work)
    announce(work, moved_intervention(planned, starts_at=TUESDAY, workers=[worker]))
    (mail,) = send_all(work)
    assert (mail["Subject"], mail["References"]) == ("[#26-000042] Neuer Einsatz: Le chauffage est en panne", None)


def test_another_worker_is_no_news_to_the_resident(work, ticket, worker):
    """The newcomer learns that it is theirs, the one before that it is not."""
    newcomer = a_person(work, name="Nina New", roles=["external_agent"])
    planned = announce(work, intervention(ticket, workers=[worker]))
    send_all(work)
    announce(work, moved_intervention(planned, workers=[{"person_id": newcomer["person_id"], "name": "Nina New"}]))
    own = [
        (worker["person_id"], "your_visit_planned"),
        (newcomer["person_id"], "your_visit_planned"),
        (worker["person_id"], "your_visit_cancelled"),
    ]
    assert deliveries(work, "person_id, kind")[1:] == [(None, "visit_planned"), *own]
    assert [row[:2] for row in lists(work)] == own


def test_a_cancelled_intervention_is_told_without_its_reason(work, ticket, worker):
    """The reason is the desk's own."""
    planned = announce(work, intervention(ticket, workers=[worker]))
    send_all(work)
    actions.call_off_intervention(work, cancelled_intervention(planned), SETTINGS)
    resident, own = send_all(work)[-2:]
    assert "est annulée" in text_of(resident)
    assert "\n\nDienstag, 17. November 2026, 09:00 – 11:00 (" in text_of(own)
    for mail in (resident, own):
        assert "ill" not in text_of(mail).split()
    assert [row[:2] for row in lists(work)] == [
        (worker["person_id"], "your_visit_planned"),
        (worker["person_id"], "your_visit_cancelled"),
    ]


def test_the_newest_window_is_the_last_one_told(work, ticket):
    """A plan that comes late, or twice, is passed over."""
    planned = intervention(ticket)
    announce(work, moved_intervention(planned, starts_at=MONDAY + timedelta(days=3)))
    announce(work, planned)
    announce(work, planned)
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt", "visit_planned"]
    assert work.one("SELECT version, starts_at FROM interventions") == (2, MONDAY + timedelta(days=3))


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_a_cancellation_that_is_taken_back(work, ticket, worker, order):
    """Whoever read that the intervention is off reads when it takes place after all; whoever did not reads nothing."""
    planned = announce(work, intervention(ticket, workers=[worker]))
    send_all(work)
    again = intervention(ticket, workers=[worker], intervention_id=planned.data["intervention_id"], version=4)
    steps = [(actions.call_off_intervention, cancelled_intervention(planned)), (actions.announce_intervention, again)]
    for place in order:
        listener, fact = steps[place]
        listener(work, fact, SETTINGS)
        send_all(work)
    news = ["visit_cancelled", "your_visit_cancelled", "visit_planned", "your_visit_planned"] if order[0] == 0 else []
    kinds = ["receipt", "visit_planned", "your_visit_planned", *news]
    assert deliveries(work, "kind, state") == [(kind, "sent") for kind in kinds]
    assert [kind for _, kind, _ in lists(work)] == [kind for kind in kinds if kind.startswith("your")]


def test_a_second_cancellation_that_comes_before_the_plan_between_tells_nothing(work, ticket, worker):
    """Whoever read the first knows; the plan that was cancelled again comes late, and changes nothing."""
    planned = announce(work, intervention(ticket, workers=[worker]))
    send_all(work)
    for version in (2, 4):
        actions.call_off_intervention(work, cancelled_intervention(planned, version=version), SETTINGS)
    announce(work, intervention(ticket, workers=[worker], intervention_id=planned.data["intervention_id"], version=3))
    told = ["receipt", "visit_planned", "your_visit_planned", "visit_cancelled", "your_visit_cancelled"]
    assert [kind for (kind,) in deliveries(work, "kind")] == told
    assert lists(work, "kind") == [("your_visit_planned",), ("your_visit_cancelled",)]
    assert work.one("SELECT version, starts_at FROM interventions") == (4, None)


def test_a_plan_after_its_cancellation_is_not_told(work, ticket):
    """Nobody may wait for an intervention that does not come."""
    planned = intervention(ticket)
    actions.call_off_intervention(work, cancelled_intervention(planned), SETTINGS)
    announce(work, planned)
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt"]
    assert lists(work) == []


@pytest.mark.parametrize(
    ("language", "window"),
    [
        ("fr", "mardi 17 novembre 2026, 09:00 – 11:00 (heure normale d’Europe centrale)"),
        ("en", "Tuesday, 17 November 2026, 09:00 – 11:00 (Central European Standard Time)"),
        ("es", "martes, 17 de noviembre de 2026, 9:00 – 11:00 (hora estándar de Europa central)"),
        ("de", "Dienstag, 17. November 2026, 09:00 – 11:00 (Mitteleuropäische Normalzeit)"),
    ],
)
def test_of_two_interventions_one_reads_which_is_cancelled(work, language, window):
    """In the mail and in the list; the other one stands."""
    neighbour = a_person(work, language=language, roles=["requester"])
    ticket = hear_opened(work, opened(a_participant(person=neighbour, language=language)))
    planned = announce(work, intervention(ticket))
    announce(work, intervention(ticket, starts_at=TUESDAY + timedelta(days=3)))
    send_all(work)
    actions.call_off_intervention(work, cancelled_intervention(planned), SETTINGS)
    (mail,) = send_all(work)
    assert f"\n\n{window}\n\n" in text_of(mail)
    assert lists(work, "kind, title")[-1][0] == "visit_cancelled"
    assert lists(work, "title")[-1][0].endswith(window)


def test_whom_no_plan_has_reached_gets_no_mail_that_it_is_cancelled(work, ticket, worker):
    """Neither the resident nor the worker; what waits is withdrawn, and another intervention's mail leaves."""
    others = announce(work, intervention(ticket, starts_at=TUESDAY + timedelta(days=3)))
    planned = announce(work, intervention(ticket, workers=[worker]))
    actions.call_off_intervention(work, cancelled_intervention(planned), SETTINGS)
    send_all(work)
    assert deliveries(work, "kind, state, error, inputs->>'starts_at'")[1:] == [
        ("visit_planned", "sent", None, others.data["starts_at"].isoformat()),
        ("visit_planned", "cancelled", "intervention_called_off", TUESDAY.isoformat()),
        ("your_visit_planned", "cancelled", "intervention_called_off", TUESDAY.isoformat()),
    ]
    assert [kind for _, kind, _ in lists(work)] == ["your_visit_planned", "your_visit_cancelled"]


def test_a_cancellation_names_the_window_that_its_reader_knows(work, ticket, worker):
    """The mail with the newer one has not left, and does not leave any more."""
    planned = announce(work, intervention(ticket, workers=[worker]))
    send_all(work)
    later = announce(work, moved_intervention(planned, starts_at=TUESDAY + timedelta(days=1)))
    actions.call_off_intervention(work, cancelled_intervention(later), SETTINGS)
    resident, own = send_all(work)
    assert "est annulée" in text_of(resident) and "\n\nmardi 17 novembre 2026, " in text_of(resident)
    assert "wurde abgesagt" in text_of(own) and "\n\nDienstag, 17. November 2026, " in text_of(own)
    assert deliveries(work, "kind, error")[3:] == [
        ("visit_moved", "intervention_called_off"),
        ("your_visit_moved", "intervention_called_off"),
        ("visit_cancelled", None),
        ("your_visit_cancelled", None),
    ]


def test_a_cancellation_names_the_last_window_that_was_mailed(work, ticket, worker):
    """Not the first one."""
    planned = announce(work, intervention(ticket, workers=[worker]))
    send_all(work)
    later = announce(work, moved_intervention(planned, starts_at=TUESDAY + timedelta(days=1)))
    send_all(work)
    actions.call_off_intervention(work, cancelled_intervention(later), SETTINGS)
    resident, own = send_all(work)
    assert "est annulée" in text_of(resident) and "\n\nmercredi 18 novembre 2026, " in text_of(resident)
    assert "wurde abgesagt" in text_of(own) and "\n\nMittwoch, 18. November 2026, " in text_of(own)


@pytest.mark.parametrize("has_left", [True, False])
def test_who_was_told_that_an_intervention_is_off_is_not_told_so_again(work, ticket, worker, has_left):
    """The plan between has not left, and does not leave any more."""
    planned = announce(work, intervention(ticket, workers=[worker]))
    send_all(work)
    actions.call_off_intervention(work, cancelled_intervention(planned, version=2), SETTINGS)
    if has_left:
        send_all(work)
    again = intervention(ticket, workers=[worker], intervention_id=planned.data["intervention_id"], version=3)
    actions.call_off_intervention(work, cancelled_intervention(announce(work, again), version=4), SETTINGS)
    send_all(work)
    assert deliveries(work, "kind, state")[3:] == [
        ("visit_cancelled", "sent"),
        ("your_visit_cancelled", "sent"),
        ("visit_planned", "cancelled"),
        ("your_visit_planned", "cancelled"),
    ]


def test_a_plan_in_hand_is_withdrawn_where_it_is_put_off(work, ticket):
    """It could not be stopped, so the cancellation is told; the plan does not come after it."""
    planned = announce(work, intervention(ticket))
    actions.call_off_intervention(work, cancelled_intervention(planned), SETTINGS)
    work.load("UPDATE deliveries SET state = 'waiting', error = NULL WHERE kind = 'visit_planned'")
    assert send_all(work) == []
    assert deliveries(work, "kind, state, error")[1:] == [("visit_planned", "cancelled", "intervention_called_off")]


def test_an_intervention_before_its_ticket_waits(work):
    """Facts of two services may come in any order."""
    with pytest.raises(NotYet):
        announce(work, intervention(opened()))
    assert deliveries(work) == []
