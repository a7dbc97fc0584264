"""CVE-2022-39051 (OTRS), CVE-2013-3373 (RT): text of users was carried out by the engine that words the mails.

Here the wordings are files of the desk, and what people write are values of theirs: signs of every engine, in each
name, subject and body, are read by the recipient as they were written, and nothing is reckoned of them.
"""

import pytest

from chassis.actors import system_actor
from services.notifications import actions
from tests.actions.notifications.given import (
    SETTINGS,
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

PAYLOADS = [
    "{{7919*104729}}", "${7919*104729}", "#{7919*104729}", "<%= 7919*104729 %>", "{% print(7919*104729) %}",
    "{{ config.items() }}", "[% 7919*104729 %]", "{{ ''.__class__.__mro__ }}", "{number} {0} {subject.__class__}",
    "%s %(number)s %d %n", "$number ${subject}",
    "{# x #}", "{{ number }} {{ follow_url }}", "{% raw %}", "{% include 'page.html' %}",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_of_people_is_text(work_of, payload):
    """In receipt and answer, in their subjects and names, and in the list within the desk."""
    work = work_of("notifications", actor=system_actor("notifications"))
    agent = {**a_person(work, name=payload), "participant_id": None}
    watcher = a_person(work, name=payload)
    requester = a_participant(name=payload)
    source = {"mailbox_id": a_mailbox(work, name=payload)}
    ticket = hear_opened(work, opened(requester, source=source, subject=payload, description=payload))
    others = [requester, a_participant("watcher", person=watcher)]
    actions.pass_on_message(work, message(ticket, agent, others, body=payload), SETTINGS, None)
    mails = send_all(work)
    assert len(mails) == 3
    for mail in mails:
        assert "829348951" not in mail.as_string()
    for mail in mails[1:]:
        assert mail["To"].addresses[0].display_name == payload
        assert mail["Subject"].endswith(payload)
        assert text_of(mail).count(payload) >= 2
    assert [title for _, _, title in lists(work) if payload not in title] == []
