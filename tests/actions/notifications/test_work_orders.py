"""Work orders of contractors: who is told that one is theirs, and that it is called off."""

import pytest

from chassis.ids import new_id
from chassis.mail_identity import read_message_id, read_reply_address
from services.notifications import actions
from tests.actions.notifications.given import (
    SETTINGS,
    a_participant,
    a_person,
    called_off,
    deliveries,
    invited,
    lists,
    participants,
    requester_of,
    send_all,
    text_of,
)


@pytest.fixture
def contractor(work):
    """Return a contractor who takes part."""
    person = a_person(work, name="Cora Contractor", language="de", roles=["external_agent"])
    return a_participant("contractor", person=person, email=person["email"], language="de")


def test_a_work_order_is_told_to_its_contractor(work, ticket, contractor):
    """By mail and in their list, once, with its title and the ticket's number; to nobody else."""
    fact = invited(ticket, contractor)
    for _ in range(2):
        actions.announce_work_order(work, fact, SETTINGS)
    (mail,) = send_all(work)
    assert mail["To"].addresses[0].addr_spec == contractor["email"]
    assert mail["Subject"] == "[#26-000042] Le chauffage est en panne"
    assert "wurde Ihnen ein Arbeitsauftrag erteilt.\n\nW26-000007: Replace the valve\n\n" in text_of(mail)
    assert lists(work) == [
        (
            contractor["person_id"],
            "work_order",
            "Der Arbeitsauftrag W26-000007 zur Anfrage 26-000042 wurde Ihnen erteilt: Replace the valve",
        )
    ]
    actions.announce_work_order(work, invited(ticket, contractor, version=6), SETTINGS)
    assert len(send_all(work)) == len(lists(work)) - 1 == 1


def test_a_contractor_who_has_left_is_told_nothing(work, ticket, contractor):
    """A newer list of those who take part does not have them."""
    actions.change_participants(work, participants(ticket, [requester_of(ticket)], version=6))
    actions.announce_work_order(work, invited(ticket, contractor), SETTINGS)
    assert (send_all(work), lists(work)) == ([], [])


def leave(work, ticket):
    """Have nobody but the requester take part any more."""
    actions.change_participants(work, participants(ticket, [requester_of(ticket)], version=6))


@pytest.mark.parametrize(
    ("language", "subject", "text", "title"),
    [
        (
            "fr",
            "Ordre de travail annulé\u00a0: ",
            "est annulé. Vous n’avez plus à l’exécuter\u00a0:\n\nW26-000007\u00a0: Replace the valve\n",
            "L’ordre de travail W26-000007 pour la demande 26-000042 est annulé\u00a0: Replace the valve",
        ),
        (
            "en",
            "Work order cancelled: ",
            "has been cancelled. You no longer need to carry it out:\n\nW26-000007: Replace the valve\n",
            "Work order W26-000007 for request 26-000042 has been cancelled: Replace the valve",
        ),
        (
            "es",
            "Orden de trabajo cancelada: ",
            "La orden de trabajo de la solicitud 26-000042 «Le chauffage est en panne» que se le había asignado se ha "
            "cancelado. Ya no tiene que realizarla:\n\nW26-000007: Replace the valve\n",
            "La orden de trabajo W26-000007 de la solicitud 26-000042 se ha cancelado: Replace the valve",
        ),
        (
            "de",
            "Arbeitsauftrag storniert: ",
            "ist storniert. Sie müssen ihn nicht mehr ausführen:\n\nW26-000007: Replace the valve\n",
            "Der Arbeitsauftrag W26-000007 zur Anfrage 26-000042 wurde storniert: Replace the valve",
        ),
    ],
)
def test_a_work_order_that_is_called_off_is_told_to_its_contractor(work, ticket, language, subject, text, title):
    """By mail and in their list, once, though they take part no more; they answer the desk alone."""
    person = a_person(work, language=language, roles=["external_agent"])
    invitation = invited(ticket, a_participant("contractor", person=person, email=person["email"]))
    actions.announce_work_order(work, invitation, SETTINGS)
    first = send_all(work)[-1]
    for _ in range(2):
        actions.call_off_work_order(work, called_off(invitation), SETTINGS)
    leave(work, ticket)
    (mail,) = send_all(work)
    assert mail["To"].addresses[0].addr_spec == person["email"]
    assert mail["Subject"] == f"[#26-000042] {subject}Le chauffage est en panne"
    assert (mail["In-Reply-To"], mail["References"]) == (first["Message-ID"], first["Message-ID"])
    assert text in text_of(mail)
    reply_to = mail["Reply-To"].addresses[0].addr_spec
    assert read_reply_address(SETTINGS.links, reply_to, SETTINGS.mail_domain) == person["person_id"]
    answers = read_message_id(SETTINGS.links, mail["Message-ID"], SETTINGS.mail_domain)
    assert (answers.ticket_id, answers.participant_id) == (ticket.data["ticket_id"], person["person_id"])
    assert [row for row in lists(work) if row[1] != "work_order"] == [
        (person["person_id"], "work_order_cancelled", title)
    ]


def test_a_contractor_who_left_and_came_back_is_told_that_it_is_called_off(work, ticket, contractor):
    """Their role was taken away and given back: they take part anew, by another work order."""
    invitation = invited(ticket, contractor)
    actions.announce_work_order(work, invitation, SETTINGS)
    send_all(work)
    back = {**contractor, "participant_id": new_id()}
    actions.call_off_work_order(work, called_off(invitation, contractor=back), SETTINGS)
    (mail,) = send_all(work)
    assert mail["To"].addresses[0].addr_spec == contractor["email"]
    assert [kind for (kind,) in deliveries(work, "kind")][1:] == ["work_order", "work_order_cancelled"]
    assert [kind for _, kind, _ in lists(work)] == ["work_order", "work_order_cancelled"]


def test_a_mail_in_hand_is_withdrawn_where_it_is_put_off(work, ticket, contractor):
    """It could not be stopped, so the cancellation is told; the order does not come after it. Another one does."""
    invitation, other = invited(ticket, contractor), invited(ticket, contractor, work_order_number="W26-000008")
    for fact in (invitation, other):
        actions.announce_work_order(work, fact, SETTINGS)
    work.load("UPDATE deliveries SET state = 'sent' WHERE kind = 'work_order'")
    actions.call_off_work_order(work, called_off(invitation), SETTINGS)
    work.load("UPDATE deliveries SET state = 'waiting' WHERE kind = 'work_order'")
    send_all(work)
    assert deliveries(work, "kind, state, error")[1:] == [
        ("work_order", "cancelled", "work_order_called_off"),
        ("work_order", "sent", None),
        ("work_order_cancelled", "sent", None),
    ]


def test_whom_no_mail_has_reached_gets_none_that_it_is_called_off(work, ticket, contractor):
    """What waits is withdrawn; another work order's mail leaves. The list had both."""
    invitation, other = invited(ticket, contractor), invited(ticket, contractor, work_order_title="Paint")
    for fact in (invitation, other):
        actions.announce_work_order(work, fact, SETTINGS)
    actions.call_off_work_order(work, called_off(invitation), SETTINGS)
    send_all(work)
    assert deliveries(work, "kind, state, error, inputs->>'work'")[1:] == [
        ("work_order", "cancelled", "work_order_called_off", "Replace the valve"),
        ("work_order", "sent", None, "Paint"),
    ]
    assert [kind for _, kind, _ in lists(work)] == ["work_order", "work_order", "work_order_cancelled"]


def test_a_work_order_that_is_called_off_before_it_is_heard_of(work, ticket, contractor):
    """Is told neither way, also to who takes part for another reason, and also where it is called off anew."""
    invitation = invited(ticket, contractor)
    actions.call_off_work_order(work, called_off(invitation), SETTINGS)
    actions.call_off_work_order(work, called_off(invitation), SETTINGS)
    actions.announce_work_order(work, invitation, SETTINGS)
    assert (send_all(work), lists(work)) == ([], [])
    assert deliveries(work, "kind, state, error")[1:] == [("work_order", "cancelled", "work_order_called_off")]


@pytest.mark.parametrize(
    ("change", "error"),
    [("active = false", "no_longer_active"), ("roles = '{requester}'", "no_longer_a_worker")],
)
def test_a_former_contractor_is_not_mailed_what_was_called_off(work, ticket, contractor, change, error):
    """Their account or role is gone when it would leave."""
    invitation = invited(ticket, contractor)
    actions.announce_work_order(work, invitation, SETTINGS)
    send_all(work)
    actions.call_off_work_order(work, called_off(invitation), SETTINGS)
    work.load(f"UPDATE people SET {change} WHERE person_id = %(id)s", id=contractor["person_id"])
    assert send_all(work) == []
    assert deliveries(work, "kind, state, error")[-1] == ("work_order_cancelled", "cancelled", error)
