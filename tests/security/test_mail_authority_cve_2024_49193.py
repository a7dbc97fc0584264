"""CVE-2024-49193 (Zendesk): a forged From and an added Cc gave a stranger the history of a ticket.

CVE-2023-41259 (RT): internal headers of outside mails were obeyed. CVE-2026-47123 (FreeScout): one of two
ways to name a conversation skipped the proof. Here a mail names one by a proof of ours only; From, Cc,
subject and headers of any name have no part in it, and nobody who is copied in becomes anything.
"""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.actors import system_actor
from chassis.files import FileStore
from chassis.links import Links
from chassis.mail_identity import message_id, reply_address
from chassis.testing import told
from services.inbound.actions import OwnMail
from services.inbound.contract import MessageReceived
from tests.actions.inbound import given as inbound
from tests.actions.tickets.given import Desk, Place
from tests.unit.inbound.mails import a_mail, read

DOMAIN = "desk.example"
OWN = OwnMail(Links(b"k" * 32), DOMAIN)
TICKET, PARTICIPANT, DELIVERY = (UUID(int=number) for number in (1, 2, 3))
OWN_ID = message_id(OWN.links, TICKET, PARTICIPANT, DELIVERY, DOMAIN)
ADDRESS = reply_address(OWN.links, PARTICIPANT, DOMAIN)


def conversation_of(mail, to="desk@desk.example"):
    """Return the conversation that a mail names."""
    return OWN.reply_of(to, read(mail)["own_ids"])


@pytest.mark.parametrize(
    "claims",
    [
        {"From": "Ada Agent <agent@desk.example>"},
        {"Subject": "Re: [#26-000001] Lift"},
        {"Cc": "stranger@evil.example", "Bcc": "other@evil.example"},
        {"Reply_To": ADDRESS},
        {"To": ADDRESS},
        {"Cc": ADDRESS},
        {"X_Fielddesk_Ticket": str(TICKET), "X_Fielddesk_Participant": str(PARTICIPANT)},
        {"Delivered_To": ADDRESS, "X_Original_To": ADDRESS},
        {"In_Reply_To": "<t.1@desk.example>", "References": f"<{TICKET}@desk.example>"},
        {"Thread_Topic": OWN_ID, "X_In_Reply_To": OWN_ID},
    ],
    ids=lambda claims: "+".join(claims),
)
def test_claims_name_no_conversation(claims):
    """Only the recipient that SMTP took and the ids that a mail answers count, and these need proof."""
    assert conversation_of(a_mail(**claims)) is None


def test_a_proof_names_it_whoever_sends():
    """By address or answered id, for that one participant; whether the sender is theirs tickets decides."""
    forged = a_mail(From="agent@desk.example", Cc="stranger@evil.example", In_Reply_To=OWN_ID)
    assert conversation_of(forged) == {"ticket_id": TICKET, "participant_id": PARTICIPANT}
    assert conversation_of(a_mail(From="x@evil.example"), to=ADDRESS) == {
        "ticket_id": None,
        "participant_id": PARTICIPANT,
    }


@pytest.fixture
def hear(work_of, tmp_path):
    """Return a function that has a mail be read and put where it belongs, and returns the place of it all."""
    reading = work_of("inbound", actor=system_actor("inbound"))
    place = Place(Desk(work_of("tickets", actor=system_actor("tickets")), FileStore(tmp_path)))

    def hear(mail, **to):
        inbound.conclude(reading, (inbound.received(reading, **to), {"mail": read(mail)}))
        place.desk.hear(MessageReceived, **MessageReceived().load(told(reading)[-1][1]))
        return place

    return hear


@pytest.mark.parametrize(
    ("headers", "is_theirs"),
    [
        ({"From": "Form <noreply@evil.example>", "Reply_To": "Rosa <rosa@homes.example>"}, False),
        ({"From": None, "Sender": "rosa@homes.example"}, False),
        ({"From": None}, False),
        ({"Reply_To": "Eve <eve@evil.example>", "Sender": "eve@evil.example"}, True),
    ],
    ids=["reply-to", "sender", "return-path", "from"],
)
def test_an_answer_is_in_the_name_of_from_alone(hear, headers, is_theirs):
    """It is what mail servers check (DMARC, RFC 7489): who has got hold of a token claims no name beside it."""
    place = hear(a_mail())
    (ticket,) = place.desk.ask(place.admin, "list_tickets")["items"]
    token = reply_address(inbound.LINKS, UUID(ticket["requester"]["participant_id"]), inbound.DOMAIN)
    hear(a_mail(body="Forget it.", Message_ID="<2@homes.example>", **headers), to=token)
    (message,) = place.messages(ticket)
    assert (message["body"], message["internal"], message["unverified"]) == ("Forget it.", not is_theirs, not is_theirs)
    assert (message["author"]["participant_id"] is not None) == is_theirs


def test_nobody_who_is_copied_in_is_told_of():
    """The fact has no place for recipients of the mail's own making."""
    said = read(a_mail(Cc="stranger@evil.example", Bcc="other@evil.example", To="third@evil.example"))
    assert "evil.example" not in str(said)
    assert not {"to", "cc", "bcc"} & MessageReceived().fields.keys()


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(OWN_ID) - 1), character=st.characters(min_codepoint=33, max_codepoint=126))
def test_a_changed_id_proves_nothing(place, character):
    """Any character of it, wherever it stands in the header."""
    changed = OWN_ID[:place] + character + OWN_ID[place + 1 :]
    found = OWN.reply_of("desk@desk.example", read(b"In-Reply-To: " + changed.encode() + b"\r\n\r\nx")["own_ids"])
    assert (found is not None) == (changed.lower() == OWN_ID)
