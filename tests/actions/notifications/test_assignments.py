"""Tickets that become somebody's to answer for: who is told by mail, and who finds it in their list alone."""

from itertools import permutations

import pytest

from chassis.ids import new_id
from chassis.mail_identity import read_message_id, read_reply_address
from services.notifications import actions
from tests.actions.notifications.given import (
    SETTINGS,
    Sink,
    a_participant,
    a_person,
    assigned,
    deliveries,
    hear_message,
    hear_opened,
    invited,
    lists,
    message,
    opened,
    participants,
    requester_of,
    send_all,
    text_of,
)

MANAGER = {"person_id": str(new_id()), "name": "Max Manager"}


def taking_part(person, role="agent"):
    """Return somebody as they take part because they answer for a ticket."""
    return a_participant(role, person=person, email=person["email"], language=person["language"])


@pytest.fixture
def contractor(work):
    """Return a contractor as they take part."""
    person = a_person(work, name="Cora Contractor", language="de", roles=["external_agent"])
    return taking_part(person, "contractor")


def assign(work, ticket, somebody, *, version=2, by="person", actor=MANAGER):
    """Hear that a ticket is somebody's, chosen by a manager unless told otherwise; return the fact."""
    person_id = somebody and somebody["person_id"]
    fact = assigned(ticket, person_id, version=version, by=by, actor=actor, assignee=somebody)
    actions.announce_assignment(work, fact, SETTINGS)
    return fact


def assignments(work, columns="state, error"):
    """Return the mails about assignments, oldest first."""
    return [rest for kind, *rest in deliveries(work, f"kind, {columns}") if kind == "assigned"]


@pytest.mark.parametrize(
    ("language", "text", "title"),
    [
        (
            "fr",
            "La demande 26-000042 «\u00a0Le chauffage est en panne\u00a0» vous est attribuée.\n\n"
            "Suivre la demande\u00a0:\n",
            "La demande 26-000042 vous est attribuée\u00a0: Le chauffage est en panne",
        ),
        (
            "en",
            "Request 26-000042 “Le chauffage est en panne” has been assigned to you.\n\nFollow the request:\n",
            "Request 26-000042 has been assigned to you: Le chauffage est en panne",
        ),
        (
            "es",
            "Se le ha asignado la solicitud 26-000042 «Le chauffage est en panne».\n\nSeguir la solicitud:\n",
            "La solicitud 26-000042 se le ha asignado: Le chauffage est en panne",
        ),
        (
            "de",
            "die Anfrage 26-000042 „Le chauffage est en panne“ wurde Ihnen zugewiesen.\n\nAnfrage verfolgen:\n",
            "Die Anfrage 26-000042 wurde Ihnen zugewiesen: Le chauffage est en panne",
        ),
    ],
)
def test_whom_another_person_chose_is_told_by_mail(work, ticket, language, text, title):
    """And in their list, each once, in their language; nobody else is."""
    person = a_person(work, language=language)
    fact = assign(work, ticket, taking_part(person))
    actions.announce_assignment(work, fact, SETTINGS)
    (mail,) = send_all(work)
    assert mail["To"].addresses[0].addr_spec == person["email"]
    assert mail["Subject"] == "[#26-000042] Le chauffage est en panne"
    assert text in text_of(mail)
    assert lists(work) == [(person["person_id"], "assigned", title)]


@pytest.mark.parametrize(
    ("role", "roles", "by", "is_mailed"),
    [
        ("agent", ["agent"], "person", True),
        ("agent", ["agent"], "routing", False),
        ("agent", ["agent", "external_agent"], "routing", False),
        ("contractor", ["external_agent"], "person", True),
        ("contractor", ["external_agent"], "routing", True),
        ("worker", ["external_agent"], "routing", True),
    ],
)
def test_what_routing_finds_is_mailed_to_those_alone_who_have_no_desk_before_them(
    work, ticket, role, roles, by, is_mailed
):
    """Whoever is of the desk finds it in their list, as before."""
    somebody = taking_part(a_person(work, roles=roles), role)
    assign(work, ticket, somebody, by=by, actor=MANAGER if by == "person" else None)
    assert assignments(work) == [["waiting", None]] * is_mailed
    assert [row[:2] for row in lists(work)] == [(somebody["person_id"], "assigned")]


@pytest.mark.parametrize("role", ["agent", "external_agent"])
def test_whoever_takes_a_ticket_is_not_mailed_so(work, ticket, role):
    """They know."""
    person = a_person(work, roles=[role])
    actor = {"person_id": str(person["person_id"]), "name": person["name"]}
    assign(work, ticket, taking_part(person), actor=actor)
    assert (assignments(work), lists(work)) == ([], [])


def test_a_contractor_answers_the_conversation(work, ticket, contractor, agent):
    """By the address that their other mails about the ticket have, and in one thread with them."""
    assign(work, ticket, contractor)
    hear_message(work, message(ticket, agent, [contractor], version=3))
    first, second = send_all(work)
    for mail in (first, second):
        reply_to = mail["Reply-To"].addresses[0].addr_spec
        assert read_reply_address(SETTINGS.links, reply_to, SETTINGS.mail_domain) == contractor["participant_id"]
        answers = read_message_id(SETTINGS.links, mail["Message-ID"], SETTINGS.mail_domain)
        assert (answers.ticket_id, answers.participant_id) == (
            ticket.data["ticket_id"],
            contractor["participant_id"],
        )
    assert (second["In-Reply-To"], second["References"]) == (first["Message-ID"], first["Message-ID"])
    assert "\n(Zum Antworten bitte oberhalb dieser Zeile schreiben.)\n" in text_of(first)


def test_an_assignment_goes_on_with_the_thread_of_its_ticket(work, ticket, contractor):
    """The work order was mailed before."""
    actions.announce_work_order(work, invited(ticket, contractor, version=2), SETTINGS)
    assign(work, ticket, contractor, version=3)
    first, second = send_all(work)
    assert (second["In-Reply-To"], second["References"]) == (first["Message-ID"], first["Message-ID"])


def test_an_agents_answer_is_said_to_be_a_note(work, ticket, agent):
    """As of every mail to whoever answers for the ticket."""
    person = a_person(work)
    assign(work, ticket, taking_part(person))
    (mail,) = send_all(work)
    assert "\n(Your reply by e-mail is kept as an internal note; " in text_of(mail)


def test_an_assignment_says_nothing_but_what_the_ticket_is_called(work, contractor):
    """Neither who chose its reader nor what others wrote or are called."""
    ticket = hear_opened(work, opened(channel="api", description="Il fait froid.", private=True))
    assign(work, ticket, contractor)
    sender = Sink()
    (mail,) = send_all(work, sender)
    said = sender.mails[0].content.decode() + text_of(mail)
    requester = requester_of(ticket)
    for unsaid in ("Max Manager", "Il fait froid", requester["email"], requester["name"]):
        assert unsaid not in said


def test_back_and_forth_is_one_mail_each(work, ticket, contractor):
    """Each of them leaves before the next is chosen."""
    other = taking_part(a_person(work))
    reached = []
    for version, somebody in enumerate((contractor, other, contractor), 2):
        present = [requester_of(ticket), somebody]
        actions.change_participants(work, participants(ticket, present, version=version))
        assign(work, ticket, somebody, version=version)
        reached.append([mail["To"].addresses[0].addr_spec for mail in send_all(work)])
    assert reached == [[contractor["email"]], [other["email"]], [contractor["email"]]]


def test_back_and_forth_before_any_mail_has_left_is_one_to_who_has_it_now(work, ticket, contractor):
    """Though both take part for other reasons, too."""
    other = taking_part(a_person(work), "watcher")
    for version, somebody in enumerate((contractor, other, contractor), 2):
        assign(work, ticket, somebody, version=version)
    (mail,) = send_all(work)
    assert mail["To"].addresses[0].addr_spec == contractor["email"]
    assert assignments(work) == [
        ["cancelled", "no_longer_an_assignee"],
        ["cancelled", "no_longer_an_assignee"],
        ["sent", None],
    ]


@pytest.mark.parametrize("next_one", ["nobody", "somebody who takes it"])
def test_a_ticket_that_is_somebody_elses_again_is_mailed_no_more(work, ticket, contractor, next_one):
    """Its assignee goes on taking part by a work order."""
    assign(work, ticket, contractor)
    agent = taking_part(a_person(work))
    actor = {"person_id": str(agent["person_id"]), "name": agent["name"]}
    assign(work, ticket, None if next_one == "nobody" else agent, version=3, actor=actor)
    assert send_all(work) == []
    assert assignments(work) == [["cancelled", "no_longer_an_assignee"]]


def test_what_waits_of_another_ticket_leaves(work, ticket, contractor):
    """It is theirs still."""
    another = hear_opened(work, opened())
    for theirs in (ticket, another):
        assign(work, theirs, contractor)
    assign(work, ticket, None, version=3)
    send_all(work)
    assert assignments(work) == [["cancelled", "no_longer_an_assignee"], ["sent", None]]


def test_a_mail_in_hand_that_is_put_off_does_not_leave_later(work, ticket, contractor):
    """Nobody could withdraw it while it was in hand: whose the ticket is is looked up when it is sent."""
    assign(work, ticket, contractor)
    work.load("UPDATE tickets SET assignee_id = NULL")
    assert send_all(work) == []
    assert assignments(work) == [["cancelled", "no_longer_an_assignee"]]


def test_whoever_takes_part_no_more_is_not_mailed(work, ticket, contractor):
    """A newer list of those who do is there already."""
    actions.change_participants(work, participants(ticket, [requester_of(ticket)], version=3))
    assign(work, ticket, contractor)
    assert assignments(work) == []


def test_a_confirmed_assignment_is_no_news(work, ticket, contractor):
    """Its mail leaves once."""
    assign(work, ticket, contractor, by="routing", actor=None)
    assign(work, ticket, contractor, version=3)
    assert len(send_all(work)) == len(lists(work)) == 1


def test_a_late_assignment_is_not_mailed(work, ticket, contractor):
    """Nor does it withdraw the later one."""
    other = taking_part(a_person(work))
    assign(work, ticket, other, version=5)
    assign(work, ticket, contractor, version=4)
    assert [mail["To"].addresses[0].addr_spec for mail in send_all(work)] == [other["email"]]


@pytest.mark.parametrize("order", [*permutations(range(3))], ids=str)
def test_a_ticket_that_one_change_takes_from_somebody_and_gives_to_another_is_the_others(
    work, ticket, contractor, order
):
    """It goes to another usergroup and to somebody there: three facts of one version, in whatever order they come."""
    former, listed = taking_part(a_person(work)), participants(ticket, [requester_of(ticket), contractor], version=3)
    assign(work, ticket, former)
    told = (
        lambda: actions.change_participants(work, listed),
        lambda: assign(work, ticket, None, version=3),
        lambda: assign(work, ticket, contractor, version=3),
    )
    for number in order:
        told[number]()
    assert [mail["To"].addresses[0].addr_spec for mail in send_all(work)] == [contractor["email"]]
    assert assignments(work) == [["cancelled", "no_longer_an_assignee"], ["sent", None]]
    assert [person_id for (person_id,) in lists(work, "person_id")] == [former["person_id"], contractor["person_id"]]


def test_an_assignment_told_by_an_earlier_version_is_a_line_in_the_list(work, ticket, contractor):
    """It does not say as whom they take part, so no answer would find its way."""
    fact = assigned(ticket, contractor["person_id"], by="person", actor=MANAGER)
    actions.announce_assignment(work, fact, SETTINGS)
    assert (assignments(work), len(lists(work))) == ([], 1)


def test_an_incident_is_called_one(work):
    """In its name in the reader's language."""
    person = a_person(work, language="de")
    declaration = {"reason_names": {"de": "Kein Zugang"}, "place": None, "starts_at": None, "ends_at": None}
    declaration["ticket_number"] = "26-000041"
    fact = opened(kind="incident", channel="incident", subject="Accès impossible", declaration=declaration)
    incident = hear_opened(work, fact)
    assign(work, incident, taking_part(person))
    (mail,) = send_all(work)
    assert mail["Subject"] == "[#26-000042] Kein Zugang"
    assert "der Vorfall 26-000042 „Kein Zugang“ wurde Ihnen zugewiesen.\n\nVorfall verfolgen:\n" in text_of(mail)
