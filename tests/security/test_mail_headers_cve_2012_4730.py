"""CVE-2012-4730 (RT), CVE-2024-6923 (CPython): line breaks in user text that become headers of outgoing mail.

CR, LF and the line separators of Unicode in every field of a user's that comes near a header. (NUL is refused
by every contract and could not be stored.)
"""

import pytest

from chassis.actors import system_actor
from services.notifications import actions
from tests.actions.notifications.given import (
    SETTINGS,
    Sink,
    a_mailbox,
    a_participant,
    a_person,
    hear_opened,
    lists,
    message,
    opened,
    send_all,
    text_of,
)

BREAKS = [
    "\r\n",
    "\n",
    "\r",
    "\r\n ",
    "\x0b",
    "\x0c",
    "\x85",
    "\u2028",
    "\u2029",
    "=0D=0A",
    "=?utf-8?q?=0D=0A?=",
]


def hostile(field, line_break):
    """Return text that would add a recipient if its line break were kept."""
    return f"{field}{line_break}Bcc: thief@evil.example{line_break}X-Evil: {field}"


@pytest.mark.parametrize("line_break", BREAKS)
def test_no_field_of_a_user_makes_a_header(work_of, line_break):
    """Subject, names of author, recipient and mailbox, file names, Message-IDs."""
    work = work_of("notifications", actor=system_actor("notifications"))
    person = a_person(work, name=hostile("name", line_break))
    requester = a_participant(person=person)
    source = {
        "mailbox_id": a_mailbox(work, name=hostile("mailbox", line_break)),
        "message_id": f"<id@homes.example>{line_break}Bcc: thief@evil.example",
    }
    ticket = hear_opened(work, opened(requester, subject=hostile("subject", line_break), source=source))
    author = {"participant_id": None, "person_id": None, "name": hostile("author", line_break)}
    fact = message(ticket, author, [requester], mail={"message_id": source["message_id"], "references": []})
    actions.pass_on_message(work, fact, SETTINGS, None)
    sender = Sink()
    receipt, answer = send_all(work, sender)
    for mail in (receipt, answer):
        assert (mail["Bcc"], mail["X-Evil"], mail["Cc"]) == (None, None, None)
        assert [one.addr_spec for one in mail["To"].addresses] == [person["email"]]
        assert [one.addr_spec for one in mail["From"].addresses] == ["heating@desk.example"]
        assert "evil" not in (mail["References"] or "")
        assert text_of(mail).startswith("##- reply above this line -##\n")
    assert all(b"\r\nBcc" not in mail.content and b"\nX-Evil" not in mail.content for mail in sender.mails)
    assert all(title.isprintable() for _, _, title in lists(work))
