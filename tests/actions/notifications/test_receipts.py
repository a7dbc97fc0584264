"""Receipts: to people only, once per ticket, few to one address."""

from datetime import timedelta

import pytest

from chassis.errors import NotYet
from chassis.ids import new_id
from chassis.mail_identity import read_message_id, read_reply_address
from chassis.testing import told
from services.notifications import actions
from tests.actions.notifications.given import (
    RESIDENT,
    SETTINGS,
    Sink,
    a_mailbox,
    a_participant,
    a_person,
    deliveries,
    hear_opened,
    opened,
    regrouped,
    send_all,
    text_of,
)

FRENCH = """\
##- reply above this line -##
(Pour répondre, écrivez au-dessus de cette ligne.)

Bonjour,

Nous avons bien reçu votre demande et l’avons enregistrée sous le numéro 26-000042. \
Pour la compléter, répondez simplement à ce message.

Suivre votre demande\u00a0:
https://desk.example/api/v1/public/requests/{token}

-- 
Vous recevez ce message car vous participez à la demande 26-000042.
"""  # noqa: W291 - the mark of a signature ends in a space (RFC 3676, 4.3)


def test_a_mail_is_answered_with_a_receipt_in_its_language(work):
    """Every header and the whole text."""
    fact = hear_opened(work, opened(source={"mailbox_id": a_mailbox(work)}))
    sender = Sink()
    (receipt,) = send_all(work, sender)
    participant_id = fact.data["requester"]["participant_id"]
    links = SETTINGS.links
    assert sender.mails[0].sender == ""
    assert sender.mails[0].recipient == RESIDENT
    assert receipt["From"] == "Heating desk <heating@desk.example>"
    assert receipt["To"] == RESIDENT
    assert receipt["Subject"] == "[#26-000042] Nous avons bien reçu votre demande"
    assert receipt["In-Reply-To"] == receipt["References"] == "<report@homes.example>"
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert receipt["X-Auto-Response-Suppress"] == "All"
    assert receipt["Content-Language"] == "fr"
    assert receipt["Date"].datetime == work.now
    assert read_reply_address(links, receipt["Reply-To"].addresses[0].addr_spec, "desk.example") == participant_id
    identity = read_message_id(links, receipt["Message-ID"], "desk.example")
    assert (identity.ticket_id, identity.participant_id) == (fact.data["ticket_id"], participant_id)
    token = links.sign("follow", str(participant_id))
    assert text_of(receipt) == FRENCH.format(token=token)
    assert links.verify("follow", token) == str(participant_id).encode()


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("fr", "[#26-000042] Nous avons bien reçu votre demande"),
        ("en", "[#26-000042] We have received your request"),
        ("es", "[#26-000042] Hemos recibido su solicitud"),
        ("de", "[#26-000042] Wir haben Ihre Anfrage erhalten"),
    ],
)
def test_a_stranger_is_answered_in_the_mails_language(work, language, subject):
    """Of a stranger nothing but the mail is known."""
    hear_opened(work, opened(a_participant(language=language)))
    assert [mail["Subject"] for mail in send_all(work)] == [subject]


def test_a_person_is_answered_in_their_own_language(work):
    """Their setting beats what was detected in the mail."""
    person = a_person(work, language="de", email="dora@people.example")
    hear_opened(work, opened(a_participant(person=person, language="fr")))
    (receipt,) = send_all(work)
    assert (receipt["To"], receipt["Content-Language"]) == ("dora@people.example", "de")


def receipt_of_form(work, usergroup_id=None):
    """Send the receipt of a webform's ticket, which came by no mailbox; return it."""
    hear_opened(work, opened(channel="webform", usergroup_id=usergroup_id, source={"message_id": None}))
    (receipt,) = send_all(work)
    assert receipt["Reply-To"].addresses[0].username.startswith("reply+")
    return receipt


def test_without_a_mailbox_nobody_reads_what_is_sent_to_the_sender(work):
    """The address says so; an answer finds the ticket all the same."""
    receipt = receipt_of_form(work)
    assert receipt["From"] == "Fielddesk <no-reply@desk.example>"
    assert (receipt["In-Reply-To"], receipt["References"]) == (None, None)


def test_a_closed_mailbox_is_not_named(work):
    """Mail to it would be refused; the only other one of the desk answers for it."""
    closed = a_mailbox(work, active=False)
    hear_opened(work, opened(source={"mailbox_id": closed}))
    assert [mail["From"] for mail in send_all(work)] == ["Fielddesk <no-reply@desk.example>"]
    a_mailbox(work, address="lifts@desk.example", name="Lift desk")
    hear_opened(work, opened(source={"mailbox_id": closed}, number="26-000043"))
    assert [mail["From"] for mail in send_all(work)] == ["Lift desk <lifts@desk.example>"]


def test_what_came_by_no_mailbox_is_answered_from_that_of_its_usergroup(work):
    """Closed ones, and those of others, are not meant."""
    usergroup_id = new_id()
    a_mailbox(work, usergroup_id=usergroup_id)
    a_mailbox(work, usergroup_id=usergroup_id, active=False, address="old@desk.example")
    a_mailbox(work, usergroup_id=new_id(), address="lifts@desk.example")
    assert receipt_of_form(work, usergroup_id)["From"] == "Heating desk <heating@desk.example>"


def test_a_ticket_is_answered_from_the_mailbox_of_the_usergroup_it_has_by_then(work):
    """Routing comes after the opening; what came late changes nothing."""
    usergroup_id = new_id()
    a_mailbox(work, usergroup_id=usergroup_id)
    a_mailbox(work, usergroup_id=new_id(), address="lifts@desk.example")
    ticket = hear_opened(work, opened(channel="webform", source={"message_id": None}))
    actions.change_usergroup(work, regrouped(ticket, usergroup_id, version=3))
    actions.change_usergroup(work, regrouped(ticket, new_id(), version=2))
    assert [mail["From"] for mail in send_all(work)] == ["Heating desk <heating@desk.example>"]


def test_a_usergroup_before_its_ticket_waits(work):
    """Facts may come in any order."""
    with pytest.raises(NotYet):
        actions.change_usergroup(work, regrouped(opened(), new_id()))


def test_the_only_mailbox_of_a_desk_answers_whatever_came_by_none(work):
    """There is no other that could be meant."""
    a_mailbox(work)
    assert receipt_of_form(work, new_id())["From"] == "Heating desk <heating@desk.example>"


def test_of_several_mailboxes_none_is_chosen(work):
    """They may stand for different houses."""
    usergroup_id = new_id()
    a_mailbox(work, usergroup_id=usergroup_id)
    a_mailbox(work, usergroup_id=usergroup_id, address="lifts@desk.example")
    assert receipt_of_form(work, usergroup_id)["From"] == "Fielddesk <no-reply@desk.example>"


def test_what_came_by_a_mailbox_is_answered_from_it(work):
    """Whichever usergroup has the ticket."""
    usergroup_id = new_id()
    a_mailbox(work, usergroup_id=usergroup_id)
    mailbox_id = a_mailbox(work, usergroup_id=new_id(), address="lifts@desk.example", name="Lifts")
    hear_opened(work, opened(usergroup_id=usergroup_id, source={"mailbox_id": mailbox_id}))
    assert [mail["From"] for mail in send_all(work)] == ["Lifts <lifts@desk.example>"]


@pytest.mark.parametrize(
    "particulars",
    [
        {"source": {"automatic": True}},
        {"channel": "webform", "source": {"automatic": True}},
        {"channel": "api"},
    ],
)
def test_automatic_mail_and_the_portal_get_no_receipt(work, particulars):
    """RFC 3834, 2: automatic mail is never answered automatically; the portal shows the ticket at once."""
    hear_opened(work, opened(**particulars))
    assert deliveries(work) == []


AGENT = {"person_id": str(new_id()), "name": "Ada Agent"}


@pytest.mark.parametrize("language", ["fr", "en", "es", "de"])
def test_a_caller_for_whom_an_agent_opened_a_ticket_gets_one_in_their_language(work, language):
    """It starts a thread of its own, for there was no mail; a copy of the agent has not been heard of."""
    asking = a_participant(email="calla@homes.example", language=language)
    hear_opened(work, opened(asking, channel="api", actor=AGENT, source={"message_id": None}))
    (receipt,) = send_all(work)
    assert (receipt["To"], receipt["Content-Language"]) == ("calla@homes.example", language)
    assert receipt["Subject"].startswith("[#26-000042] ")
    assert (receipt["In-Reply-To"], receipt["References"]) == (None, None)


def test_a_person_for_whom_another_opened_a_ticket_gets_one(work):
    """Only who opens their own has seen its number."""
    person = a_person(work, language="de", email="dora@people.example")
    own = {"person_id": str(person["person_id"]), "name": person["name"]}
    hear_opened(work, opened(a_participant(person=person), channel="api", actor=own))
    assert deliveries(work) == []
    hear_opened(work, opened(a_participant(person=person), channel="api", actor=AGENT, number="26-000043"))
    (receipt,) = send_all(work)
    assert (receipt["To"], receipt["Content-Language"]) == ("dora@people.example", "de")
    assert receipt["Subject"] == "[#26-000043] Wir haben Ihre Anfrage erhalten"


def test_a_mailbox_of_ours_that_an_agent_names_gets_none(work):
    """Its receipt would be a report."""
    a_mailbox(work, address="Heating@desk.example")
    asking = a_participant(email="heating@desk.example")
    hear_opened(work, opened(asking, channel="api", actor=AGENT))
    assert send_all(work) == []
    assert deliveries(work, "state, error") == [("cancelled", "own_address")]
    assert told(work) == []


def test_callers_of_one_address_get_five_receipts_an_hour(work):
    """As by mail: a script that opens tickets for others fills nobody's mailbox."""
    for number in range(6):
        hear_opened(work, opened(channel="api", actor=AGENT, number=f"26-{number}"))
    assert [state for (state,) in deliveries(work, "state")] == ["waiting"] * 5 + ["cancelled"]


def test_without_an_address_there_is_no_receipt(work):
    """A webform may be sent without one."""
    hear_opened(work, opened(a_participant(email=None), channel="webform"))
    assert deliveries(work) == []


def test_the_same_ticket_told_twice_has_one_receipt(work):
    """With one Message-ID, whatever the number of facts."""
    fact = hear_opened(work, opened())
    first = deliveries(work, "id, message_id")
    hear_opened(work, fact)
    assert deliveries(work, "id, message_id") == first
    assert len(send_all(work)) == 1
    hear_opened(work, fact)
    assert send_all(work) == []


def test_a_receipt_is_told_when_it_has_left(work):
    """For the history of the ticket."""
    fact = hear_opened(work, opened())
    assert told(work) == []
    send_all(work)
    ((delivery_id, sent_at),) = deliveries(work, "id, sent_at")
    assert sent_at == work.now
    assert told(work) == [
        (
            "ReceiptSent",
            {
                "ticket_id": str(fact.data["ticket_id"]),
                "participant_id": str(fact.data["requester"]["participant_id"]),
                "delivery_id": str(delivery_id),
                "sent_at": "2026-11-16T09:00:00+00:00",
            },
        )
    ]


def test_a_form_that_names_a_victim_is_one_mail_an_hour(work):
    """Also under other spellings of the address; the other rows stay, cancelled, to be seen."""
    for number, email in enumerate(["victim@homes.example", "Victim@homes.example", "victim+1@HOMES.example"]):
        hear_opened(work, opened(a_participant(email=email), channel="webform", number=f"26-{number}"))
    assert deliveries(work, "state, error") == [
        ("waiting", None),
        ("cancelled", "budget_spent"),
        ("cancelled", "budget_spent"),
    ]
    assert len(send_all(work)) == 1
    work.now += timedelta(hours=1)
    hear_opened(work, opened(a_participant(email="victim@homes.example"), channel="webform"))
    assert deliveries(work, "state")[-1] == ("waiting",)


def test_mails_of_one_address_get_five_receipts_an_hour(work):
    """A sender can be forged, so mails have a budget too; it is each address's own."""
    for number in range(7):
        hear_opened(work, opened(number=f"26-{number}"))
    hear_opened(work, opened(a_participant(email="other@homes.example")))
    assert [state for (state,) in deliveries(work, "state")] == ["waiting"] * 5 + ["cancelled"] * 2 + ["waiting"]


def test_a_ticket_waits_for_its_mailbox(work):
    """The From of its mails is wrong without it; nothing is written meanwhile."""
    with pytest.raises(NotYet):
        hear_opened(work, opened(source={"mailbox_id": new_id()}))
    assert deliveries(work) == []


def test_a_ticket_waits_for_its_requester(work):
    """Their language and address may be others than the mail's."""
    stranger = {"person_id": new_id(), "name": "Paul Person"}
    with pytest.raises(NotYet):
        hear_opened(work, opened(a_participant(person=stranger)))
    assert deliveries(work) == []


def test_our_own_addresses_are_never_answered(work):
    """A mail in the name of a mailbox would go round for ever."""
    a_mailbox(work, address="Heating@desk.example")
    for email in ("heating@desk.example", "no-reply@desk.example", "reply+abc@desk.example"):
        hear_opened(work, opened(a_participant(email=email)))
    assert send_all(work) == []
    assert deliveries(work, "state, error") == [("cancelled", "own_address")] * 3
    assert told(work) == []


def test_what_was_held_back_spends_no_budget(work):
    """Somebody who was named in a flood of forms and writes a mail half an hour later is answered."""
    for number in range(6):
        hear_opened(work, opened(channel="webform", number=f"26-{number}"))
    work.now += timedelta(minutes=30)
    hear_opened(work, opened(number="26-000007"))
    assert [state for (state,) in deliveries(work, "state")] == ["waiting"] + ["cancelled"] * 5 + ["waiting"]
