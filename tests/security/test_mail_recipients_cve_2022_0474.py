"""CVE-2022-0474, CVE-2020-1775, CVE-2021-21435, CVE-2022-32740 (OTRS): recipients and notes leak by mail.

One recipient in each mail, and an internal note in none.
"""

from chassis.actors import system_actor
from services.notifications import actions
from tests.actions.notifications.given import (
    SETTINGS,
    Sink,
    a_participant,
    a_person,
    assigned,
    deliveries,
    hear_opened,
    lists,
    message,
    note,
    opened,
    participants,
    send_all,
)


def test_each_mail_has_one_recipient_and_names_no_other(work_of):
    """Neither in a header, nor in the text, nor in a link."""
    work = work_of("notifications", actor=system_actor("notifications"))
    agent = {**a_person(work, name="Ada Agent", email="ada@provider.example"), "participant_id": None}
    people = [
        a_participant(role, email=f"{role}-{number}@homes.example", name=f"Name {role} {number}")
        for number, role in enumerate(["requester", "watcher", "client", "contractor"])
    ]
    ticket = hear_opened(work, opened(people[0], people[1:]))
    actions.pass_on_message(work, message(ticket, agent, people), SETTINGS, None)
    sender = Sink()
    mails = send_all(work, sender)[1:]
    assert [mail["To"].addresses[0].addr_spec for mail in mails] == [one["email"] for one in people]
    for mail, sent, recipient in zip(mails, sender.mails[1:], people, strict=True):
        assert sent.recipient == recipient["email"]
        assert len(mail["To"].addresses) == 1
        assert (mail["Cc"], mail["Bcc"]) == (None, None)
        others = [one for one in people if one is not recipient]
        for other in others:
            assert other["email"].encode() not in sent.content
            assert other["name"].encode() not in sent.content
            assert other["participant_id"].hex.encode() not in sent.content
    assert len({mail["Reply-To"] for mail in mails}) == len({mail["Message-ID"] for mail in mails}) == 4


def test_an_internal_note_is_in_no_mail_and_no_list(work_of):
    """Its text does not even reach this service; that there is one, only its readers learn."""
    work = work_of("notifications", actor=system_actor("notifications"))
    agent = {**a_person(work, name="Ada Agent"), "participant_id": None}
    other = {**a_person(work, name="Otto Other"), "participant_id": None}
    client = a_person(work, name="Clara Client")
    requester = a_participant()
    people = [requester, a_participant("client", person=client)]
    ticket = hear_opened(work, opened(requester, people[1:]))
    actions.announce_assignment(work, assigned(ticket, agent["person_id"]), SETTINGS)
    written = note(ticket, other, [agent["person_id"], other["person_id"]])
    assert "body" not in written.data
    actions.announce_note(work, written)
    actions.change_participants(work, participants(ticket, people, version=4))
    assert [kind for kind, _, _ in deliveries(work)] == ["receipt"]
    assert [row[:2] for row in lists(work)] == [
        (agent["person_id"], "assigned"),
        (agent["person_id"], "note"),
    ]
