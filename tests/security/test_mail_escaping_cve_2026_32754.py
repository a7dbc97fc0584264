"""CVE-2026-32754, CVE-2026-40567 (FreeScout), CVE-2026-40229 (Helpy): user text unescaped in outgoing mail.

A canary in every field of a user's; the HTML of each mail is parsed and may hold no element that is not ours.
"""

from html.parser import HTMLParser

import pytest

from chassis.actors import system_actor
from chassis.files import FileStore
from chassis.ids import new_id
from services.notifications import actions
from tests.actions.notifications.given import (
    SETTINGS,
    a_mailbox,
    a_participant,
    a_person,
    hear_opened,
    html_of,
    intervention,
    message,
    moved,
    opened,
    participants,
    resolved,
    send_all,
)

OURS = {"html", "head", "meta", "title", "body", "p", "br", "bdi", "a", "ul", "li", "hr"}
PAYLOADS = [
    "<script>alert(1)</script>",
    "<x onclick=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% for x in () %}",
    "<!-- <a href='javascript:alert(1)'>",
    "javascript:alert(1)",
    "&lt;script&gt;",
]


class Elements(HTMLParser):
    """Collects elements, the targets of links, and the text that a reader sees."""

    def __init__(self):
        super().__init__()
        self.elements, self.targets, self.comments, self.text = set(), set(), [], ""

    def handle_starttag(self, tag, attrs):
        """Keep the element, its link and whatever else it would do."""
        self.elements.add(tag)
        self.targets |= {value for name, value in attrs if name in ("href", "src")}
        assert {name for name, _ in attrs} <= {"href", "style", "lang", "dir", "charset", "name", "content"}

    def handle_comment(self, data):
        """Keep the comment."""
        self.comments.append(data)

    def handle_data(self, data):
        """Keep the text."""
        self.text += data


@pytest.mark.parametrize("payload", PAYLOADS)
def test_user_text_is_text_in_every_mail(work_of, tmp_path, payload):
    """Subject, description, body, names of people, mailbox and files: the reader sees what was written."""
    store = FileStore(tmp_path)
    work = work_of("notifications", actor=system_actor("notifications"))
    agent = {**a_person(work, name=payload), "participant_id": None}
    requester = a_participant(name=payload)
    client = a_participant("client", name=payload, email="clara@homes.example")
    particulars = {"subject": payload, "description": payload}
    ticket = hear_opened(work, opened(requester, source={"mailbox_id": a_mailbox(work, name=payload)}, **particulars))
    hear_opened(work, opened(requester, [client], kind="incident", channel="incident", **particulars))
    file = {"attachment_id": new_id(), "filename": payload, "content_type": payload, "size": 1}
    file["sha256"] = store.keep("tickets", b"x")
    actions.change_participants(work, participants(ticket, [requester, client], version=2))
    work.flush()
    answer = message(ticket, agent, [requester], body=f"{payload}\n{payload}", attachments=[file])
    actions.pass_on_message(work, answer, SETTINGS, store)
    actions.announce_intervention(work, intervention(ticket), SETTINGS)
    actions.announce_status(work, moved(ticket, "in_progress", [requester]), SETTINGS)
    actions.ask_for_satisfaction(work, resolved(ticket), SETTINGS)
    mails = send_all(work, store=store)
    assert len(mails) == 7
    for mail in mails:
        page = Elements()
        page.feed(html_of(mail))
        assert page.elements <= OURS
        assert page.comments == []
        assert all(target.startswith("https://desk.example/api/v1/public/") for target in page.targets)
        if mail["Auto-Submitted"] != "auto-replied":
            assert payload in page.text
