"""CVE-2020-1765, CVE-2020-1767 (OTRS): From of outgoing mail set by a user, or mail sent as another agent.

From, Reply-To and the envelope's sender are made by the desk, whatever people call themselves.
"""

from chassis.actors import system_actor
from services.notifications import actions
from tests.actions.notifications.given import (
    SETTINGS,
    Sink,
    a_mailbox,
    a_participant,
    a_person,
    hear_opened,
    message,
    opened,
    send_all,
)


def test_the_author_of_a_message_is_not_its_sender(work_of):
    """Their name stands in the text; neither name nor address comes into a header."""
    work = work_of("notifications", actor=system_actor("notifications"))
    agent = a_person(work, name="Mayor <mayor@town.example>", email="agent@provider.example")
    author = {**agent, "participant_id": None}
    requester = a_participant(name="desk@desk.example")
    ticket = hear_opened(work, opened(requester, source={"mailbox_id": a_mailbox(work)}))
    actions.pass_on_message(work, message(ticket, author, [requester]), SETTINGS, None)
    sender = Sink()
    _, answer = send_all(work, sender)
    (from_,) = answer["From"].addresses
    (reply_to,) = answer["Reply-To"].addresses
    assert (from_.display_name, from_.addr_spec) == ("Heating desk", "heating@desk.example")
    assert (reply_to.display_name, reply_to.domain) == ("", "desk.example")
    assert reply_to.addr_spec == sender.mails[1].sender
    assert reply_to.username.startswith("reply+")
    assert answer["Sender"] is None
    headers = sender.mails[1].content.partition(b"\r\n\r\n")[0]
    assert b"mayor" not in headers.lower()
    assert b"agent@provider.example" not in sender.mails[1].content
