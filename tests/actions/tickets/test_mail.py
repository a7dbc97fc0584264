"""What comes by mail: new tickets, replies, and what only claims to be one."""

from uuid import UUID

import pytest

from chassis.ids import new_id
from chassis.languages import LANGUAGES
from chassis.testing import MONDAY
from services.dispatch.contract import TicketRouted
from services.tickets.actions.participation import participant_row
from services.tickets.contract.words import PARTICIPANT_ROLES
from services.tickets.domain import TEXT_IN_FILES
from services.tickets.party import Party
from tests.actions.tickets.given import a_mail, minutes, reply_to, too_early

#: What inbound says of the answer to an invitation.
CALENDAR_REPLY = {"automatic": True, "flags": ["calendar_reply"]}


def signed(desk):
    """Return a file in which a mail's text is, as inbound tells it."""
    kept = {"sha256": desk.files.keep("inbound", b"signed"), "size": 6}
    return {**kept, "filename": "smime.p7m", "content_type": "application/pkcs7-mime"}


@pytest.fixture
def reported(place):
    """Return the ticket that a stranger's mail has become, as an administrator sees it."""
    return place.shown({"id": str(place.mail().data["inbound_message_id"])})


class TestNewTicket:
    """A mail without a token of ours."""

    def test_of_a_stranger(self, desk, place):
        """No person is made; language, suggestions and Message-ID go along."""
        mail = place.mail().data
        ticket = place.shown({"id": str(mail["inbound_message_id"])})
        assert (ticket["subject"], ticket["description"], ticket["channel"], ticket["language"]) == (
            *("Panne de chauffage", "Il fait froid."),
            *("mail", "fr"),
        )
        assert ticket["requester"] == {
            "participant_id": ticket["requester"]["participant_id"],
            "person_id": None,
            "name": "Nobody Known",
            "email": "nobody@homes.example",
        }
        assert (ticket["usergroup"], ticket["category"], ticket["priority"]) == (None, None, "normal")
        assert ticket["internal"]["source_message_id"] == mail["message_id"]
        (told,) = desk.told("TicketOpened")
        assert told["source"] == {
            "mailbox_id": str(mail["mailbox_id"]),
            "webform_id": None,
            "inbound_message_id": str(mail["inbound_message_id"]),
            "message_id": mail["message_id"],
            "automatic": False,
            "suggested_usergroup_id": str(mail["mailbox"]["usergroup_id"]),
            "suggested_category_id": str(mail["mailbox"]["category_id"]),
        }
        assert told["opened_at"] == (MONDAY - minutes(2)).isoformat()
        assert told["requester"]["language"] == told["language"] == "fr"

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_whose_text_is_in_its_files(self, desk, place, language):
        """The desk opens no signed message: it says so, and the file is there."""
        mail = place.mail(body="", language=language, attachments=[signed(desk)]).data
        ticket = place.shown({"id": str(mail["inbound_message_id"])})
        assert ticket["description"] == TEXT_IN_FILES[language]
        assert [file["filename"] for file in ticket["attachments"]] == ["smime.p7m"]

    def test_without_words_with_a_photo(self, desk, place):
        """Nothing is said of a text that nobody wrote."""
        mail = place.mail(body="", attachments=[signed(desk) | {"content_type": "image/png"}]).data
        assert place.shown({"id": str(mail["inbound_message_id"])})["description"] == ""

    def test_of_somebody_with_a_confirmed_address(self, place):
        """Appears in their account, under their own name and language, whatever the mail says."""
        place.mail(sender=place.resident.email.upper(), name="Somebody Else")
        (ticket,) = place.desk.ask(place.resident, "list_tickets")["items"]
        assert ticket["requester"]["name"] == "Rita Resident"
        assert place.shown(ticket)["language"] == "en"

    def test_in_the_name_of_somebody_known(self, desk, place):
        """History has the name that was claimed, marked as such, and nobody's account as who did it."""
        by_mail = place.mail(sender=place.admin.email).data["inbound_message_id"]
        by_form = place.webform(email=place.admin.email).data["submission_id"]
        for ticket_id in (by_mail, by_form):
            (line,) = desk.history(place.agent, {"id": str(ticket_id)}, "TicketOpened")
            assert line["actor"] == {"person_id": None, "name": "Admin"}
            assert line["new"]["unverified"] is True

    @pytest.mark.parametrize("state", ["active", "confirmed"])
    def test_of_an_address_that_is_nobodys(self, place, state):
        """Not confirmed, or of somebody who has left: a stranger."""
        place.person(place.resident, version=2, **{state: False})
        mail = place.mail(sender=place.resident.email)
        ticket = place.shown({"id": str(mail.data["inbound_message_id"])})
        assert ticket["requester"]["person_id"] is None

    def test_of_whoever_hides_behind_a_known_address(self, place):
        """A From that can be read in two ways is nobody's in the directory."""
        mail = place.mail(sender=place.resident.email, flags=["from_ambiguous"])
        ticket = place.shown({"id": str(mail.data["inbound_message_id"])})
        assert (ticket["requester"]["person_id"], ticket["requester"]["email"]) == (None, place.resident.email)
        place.person(place.resident, version=2, name="Rita R.")
        assert place.shown(ticket)["requester"]["person_id"] is None
        assert place.desk.ask(place.resident, "list_tickets")["items"] == []

    @pytest.mark.parametrize(
        ("detected", "mailbox", "language"),
        [("de", "es", "de"), (None, "es", "es"), (None, None, "en")],
    )
    def test_language(self, place, detected, mailbox, language):
        """Of the mail, else of the mailbox, else English."""
        given = {"address": "a@b.example", "usergroup_id": None, "category_id": None, "language": mailbox}
        mail = place.mail(language=detected, mailbox=given if mailbox else None)
        assert place.shown({"id": str(mail.data["inbound_message_id"])})["language"] == language

    def test_told_by_an_earlier_version(self, desk, place):
        """With a flag that no mail is given any more: it may have waited among the dead letters."""
        desk.forget()
        place.mail(flags=["part_unreadable"])
        assert len(desk.told("TicketOpened")) == 1

    def test_told_twice_is_one_ticket(self, desk, place):
        """Whatever the event's id."""
        mail = place.mail().data
        desk.forget()
        place.mail(**mail)
        assert len(desk.ask(place.admin, "list_tickets")["items"]) == 1
        assert desk.told() == []

    @pytest.mark.parametrize(
        ("subject", "kept"),
        [
            ("", "(sans objet)"),
            ("  \t ", "(sans objet)"),
            ("Cold\r\nBcc: all@homes.example", "Cold Bcc: all@homes.example"),
            ("x" * 400, "x" * 300),
            ("bell\x07 nul\x00 end", "bell nul end"),
            ("lone \ud800 surrogate", "lone ? surrogate"),
        ],
    )
    def test_whatever_the_subject(self, place, subject, kept):
        """One line, never empty, never too long."""
        mail = place.mail(subject=subject)
        assert place.shown({"id": str(mail.data["inbound_message_id"])})["subject"] == kept

    @pytest.mark.parametrize(
        ("language", "kept"),
        [("en", "(no subject)"), ("fr", "(sans objet)"), ("es", "(sin asunto)"), ("de", "(kein Betreff)")],
    )
    def test_without_a_subject(self, place, language, kept):
        """It has one in the language of whoever wrote, by mail and by form."""
        mail = place.mail(subject="", language=language).data["inbound_message_id"]
        form = place.webform(subject=" ", language=language).data["submission_id"]
        assert [place.shown({"id": str(id_)})["subject"] for id_ in (mail, form)] == [kept, kept]

    def test_without_a_sender(self, place):
        """It still is a ticket."""
        mail = place.mail(sender=None, name="", body="\x00")
        ticket = place.shown({"id": str(mail.data["inbound_message_id"])})
        assert (ticket["requester"]["name"], ticket["requester"]["email"]) == ("?", None)
        assert ticket["description"] == ""

    def test_two_without_a_sender(self, desk, place):
        """Are two tickets."""
        place.mail(sender=None)
        place.mail(sender=None)
        assert len(desk.ask(place.admin, "list_tickets")["items"]) == 2

    def test_an_automatic_one(self, desk, place):
        """Is a ticket as well, and marked, so that nobody answers the machine."""
        mail = place.mail(automatic=True)
        ticket = place.shown({"id": str(mail.data["inbound_message_id"])})
        assert ticket["internal"]["automatic"] is True
        assert desk.told("TicketOpened")[0]["source"]["automatic"] is True

    def test_its_files(self, desk, place):
        """Are taken over before their rows; a name is text and no path."""
        sha256 = desk.files.keep("inbound", b"%PDF")
        file = {
            "sha256": sha256,
            "filename": "../../a\x00b\n.pdf",
            "content_type": "application/pdf",
            "size": 4,
        }
        mail = place.mail(attachments=[file])
        (shown,) = place.shown({"id": str(mail.data["inbound_message_id"])})["attachments"]
        assert (shown["filename"], shown["size"]) == ("../../a b .pdf", 4)
        stored = desk.ask(place.admin, "attachment_by_id", attachment_id=shown["id"])
        assert desk.files.read("tickets", stored["sha256"]) == b"%PDF"


class TestReply:
    """A mail that a token of ours names a participant for."""

    def test_of_the_participant(self, desk, place, reported):
        """Is a message on their ticket."""
        desk.forget()
        mail = place.mail(**reply_to(reported["requester"], body="Toujours froid.")).data
        (message,) = place.messages(reported)
        assert (message["id"], message["body"], message["internal"], message["unverified"]) == (
            *(str(mail["inbound_message_id"]), "Toujours froid."),
            *(False, False),
        )
        assert (message["author"]["email"], message["author_role"], message["channel"]) == (
            *("nobody@homes.example", "requester"),
            "mail",
        )
        (told,) = desk.told("MessageAdded")
        first = reported["internal"]["source_message_id"]
        assert told["mail"] == {"message_id": mail["message_id"], "references": [first]}
        assert told["recipients"] == []

    def test_whose_text_is_in_its_files(self, desk, place, reported):
        """Is a message that says so, in its writer's language."""
        place.mail(**reply_to(reported["requester"], body="", attachments=[signed(desk)]))
        (message,) = place.messages(reported)
        assert message["body"] == TEXT_IN_FILES["fr"]
        assert [file["filename"] for file in message["attachments"]] == ["smime.p7m"]

    def test_the_next_answer_refers_to_all_mails(self, desk, place, reported):
        """Oldest first, so that mail programs thread it; those that are notes are the desk's own."""
        ids = [reported["internal"]["source_message_id"]]
        foreign = {"from": {"email": "mallory@homes.example", "name": "Mallory"}}
        place.mail(**{**reply_to(reported["requester"]), **foreign})
        assert [message["internal"] for message in place.messages(reported)] == [True]
        for _ in range(2):
            ids.append(place.mail(**reply_to(reported["requester"])).data["message_id"])
        place.write(reported, place.admin, body="We come.")
        told = desk.told("MessageAdded")[-1]
        assert told["mail"] == {"message_id": None, "references": ids}
        assert [r["email"] for r in told["recipients"]] == ["nobody@homes.example"]

    def test_of_a_person(self, place):
        """Counts as theirs, by the address that they have now."""
        ticket = place.heating_ticket()
        place.person(place.resident, version=2, email="Rita@New.example")
        reply = reply_to(ticket["requester"], body="Still cold.")
        place.mail(**{**reply, "from": {"email": "rita@new.example", "name": "R."}})
        (message,) = place.messages(ticket, to=place.resident)
        assert message["author"]["person_id"] == str(place.resident.person_id)
        assert message["author"]["name"] == "Rita Resident"

    def test_reopens(self, place, reported):
        """What was resolved."""
        place.change(reported, status="resolved")
        place.mail(**reply_to(reported["requester"]))
        assert place.shown(reported)["status"] == "open"

    def test_told_twice(self, desk, place, reported):
        """Is one message."""
        mail = place.mail(**reply_to(reported["requester"])).data
        desk.forget()
        place.mail(**mail)
        assert len(place.messages(reported)) == 1
        assert desk.told() == []

    def test_with_both_ids(self, place, reported):
        """As our own Message-IDs name them."""
        participant_id = reported["requester"]["participant_id"]
        reply = {"ticket_id": reported["id"], "participant_id": participant_id}
        place.mail(**{**reply_to(reported["requester"]), "reply": reply})
        assert len(place.messages(reported)) == 1

    def test_with_files(self, desk, place, reported):
        """They are the message's."""
        sha256 = desk.files.keep("inbound", b"GIF")
        file = {"sha256": sha256, "filename": "a.gif", "content_type": "image/gif", "size": 3}
        place.mail(**reply_to(reported["requester"], attachments=[file]))
        assert [f["filename"] for f in place.messages(reported)[0]["attachments"]] == ["a.gif"]
        assert place.shown(reported)["attachments"] == []


class TestAutomaticReply:
    """An absence notice, say."""

    def test_moves_nothing_and_reaches_nobody(self, desk, place, reported):
        """But it is there to be read."""
        place.change(reported, status="resolved", assignee=place.agent.person_id)
        desk.forget()
        place.mail(**reply_to(reported["requester"], automatic=True))
        assert place.shown(reported)["status"] == "resolved"
        (told,) = desk.told()
        assert (told["recipients"], told["automatic"]) == ([], True)
        assert place.messages(reported)[0]["automatic"] is True


class TestAnswerToAnInvitation:
    """What a calendar sends when somebody accepts: a machine's mail, without a word of theirs."""

    @pytest.mark.parametrize("reply", [None, {"ticket_id": None, "participant_id": new_id()}])
    def test_opens_nothing(self, desk, place, reply):
        """Whether it answers nothing of ours or somebody who takes part no more."""
        place.mail(reply=reply, **CALENDAR_REPLY)
        assert (desk.ask(place.admin, "list_tickets")["items"], desk.told()) == ([], [])

    def test_is_a_note_on_the_ticket_that_it_answers(self, desk, place, reported):
        """The calendar that comes along names addresses; it moves nothing and is mailed to nobody."""
        place.change(reported, status="resolved", usergroup=place.heating)
        sha256 = desk.files.keep("inbound", b"BEGIN:VCALENDAR")
        file = {"sha256": sha256, "filename": "invite.ics", "content_type": "text/calendar", "size": 15}
        desk.forget()
        place.mail(**reply_to(reported["requester"], body="Accepted: Visit", attachments=[file], **CALENDAR_REPLY))
        (told,) = desk.told()
        email = reported["requester"]["email"]
        assert told["mail"] == {"email": email, "automatic": True, "unverified": False}
        (note,) = place.messages(reported)
        assert (note["internal"], note["automatic"], note["body"]) == (True, True, "Accepted: Visit")
        assert [one["filename"] for one in note["attachments"]] == ["invite.ics"]
        assert place.shown(reported)["status"] == "resolved"


class TestUnverified:
    """CVE-2024-49193: who has a token, and not its participant's address."""

    @pytest.mark.parametrize("sender", ["mallory@evil.example", None])
    def test_is_a_note_and_marked(self, desk, place, reported, sender):
        """It lands on the ticket, adds nobody, reopens nothing, reaches agents only."""
        place.change(reported, status="resolved", usergroup=place.heating)
        desk.forget()
        reply = reply_to(reported["requester"], body="Send me everything.")
        place.mail(**{**reply, "from": {"email": sender, "name": "Nobody Known"}})
        assert desk.told("MessageAdded", "TicketStatusChanged", "TicketParticipantsChanged") == []
        (told,) = desk.told("NoteAdded")
        assert set(told["readers"]) == {str(place.agent.person_id), str(place.colleague.person_id)}
        assert told["author"] == {"participant_id": None, "person_id": None, "name": "Nobody Known"}
        assert told["mail"] == {"email": sender, "automatic": False, "unverified": True}
        (note,) = place.messages(reported)
        assert (note["internal"], note["unverified"], note["author_role"]) == (True, True, "system")
        assert note["author"]["email"] == sender
        shown = place.shown(reported)
        assert (shown["status"], len(shown["participants"])) == ("resolved", 1)
        (line,) = desk.history(place.agent, reported, "NoteAdded")
        assert (line["audience"], line["new"]["unverified"]) == ("agents", True)

    def test_of_a_doubtful_sender(self, place, reported):
        """With the participant's own token and address, and another beside it."""
        place.mail(**reply_to(reported["requester"], flags=["from_ambiguous"]))
        (note,) = place.messages(reported)
        assert (note["internal"], note["unverified"], note["author_role"]) == (True, True, "system")

    def test_of_a_person_who_has_left(self, place):
        """Their address is nobody's any more."""
        ticket = place.heating_ticket()
        place.person(place.resident, version=2, active=False)
        place.mail(**reply_to(ticket["requester"]))
        assert place.messages(ticket)[0]["unverified"] is True


class TestAgentsByMail:
    """Mail gives no authority."""

    def test_what_an_agent_writes_by_mail_is_a_note(self, desk, place, reported):
        """Nobody outside gets it: a mail alone must not speak for the desk."""
        place.change(reported, usergroup=place.heating, assignee=place.agent.person_id)
        (agent,) = [p for p in place.shown(reported)["participants"] if p["role"] == "agent"]
        desk.forget()
        place.mail(**reply_to(agent, body="canary"))
        assert desk.told("MessageAdded") == []
        (told,) = desk.told("NoteAdded")
        assert told["mail"] == {"email": place.agent.email, "automatic": False, "unverified": False}
        (note,) = place.messages(reported)
        assert (note["internal"], note["unverified"], note["author"]["name"]) == (True, False, "Ada Agent")

    def test_a_notice_of_absence_says_that_a_machine_wrote_it(self, desk, place, reported):
        """Nobody has added it."""
        place.change(reported, usergroup=place.heating, assignee=place.agent.person_id)
        (agent,) = [p for p in place.shown(reported)["participants"] if p["role"] == "agent"]
        desk.forget()
        place.mail(**reply_to(agent, automatic=True))
        (told,) = desk.told("NoteAdded")
        assert told["mail"] == {"email": place.agent.email, "automatic": True, "unverified": False}

    @pytest.mark.parametrize("role", PARTICIPANT_ROLES)
    def test_the_role_in_the_conversation_decides(self, desk, place, reported, role):
        """Its agent writes notes; a manager who takes part otherwise, as in an incident, writes to all."""
        manager = Party(
            person_id=place.manager.person_id, email=place.manager.email, name="Mia Manager", language="en", role=role
        )
        row = participant_row(UUID(reported["id"]), manager, MONDAY)
        desk.work.add(row)
        desk.work.flush()
        place.mail(**reply_to({**manager.as_fact(), "participant_id": str(row.id)}))
        (message,) = place.messages(reported)
        assert (message["internal"], message["unverified"]) == (role == "agent", False)

    @pytest.mark.parametrize(
        ("who", "role", "author_role"),
        [
            ("manager", "supervisor", "agent"),
            ("lift_agent", "watcher", "agent"),
            ("lift_agent", "worker", "worker"),
            ("lift_agent", "client", "client"),
            ("neighbour", "watcher", "requester"),
            ("client", "watcher", "requester"),
            ("contractor", "watcher", "requester"),
        ],
    )
    def test_the_desks_word_opens_nothing_again(self, desk, place, reported, who, role, author_role):
        """Whoever belongs to the desk speaks for it, unless they take part for somebody else."""
        place.change(reported, usergroup=place.heating, status="resolved")
        person = getattr(place, who)
        party = Party(person_id=person.person_id, email=person.email, name=person.name, language="en", role=role)
        row = participant_row(UUID(reported["id"]), party, MONDAY)
        desk.work.add(row)
        desk.work.flush()
        place.mail(**reply_to({**party.as_fact(), "participant_id": str(row.id)}, body="Thanks, all done."))
        (message,) = place.messages(reported)
        assert (message["internal"], message["author_role"]) == (False, author_role)
        assert place.shown(reported)["status"] == ("resolved" if author_role == "agent" else "open")
        (told,) = desk.told("MessageAdded")
        assert (told["author_role"], told["first_response"]) == (author_role, author_role == "agent")

    def test_a_contractor_answers_by_mail(self, place, reported):
        """What is assigned to them."""
        place.change(reported, assignee=place.contractor.person_id)
        (contractor,) = [p for p in place.shown(reported)["participants"] if p["role"] == "contractor"]
        place.mail(**reply_to(contractor, body="On my way."))
        (message,) = place.messages(reported)
        assert (message["internal"], message["author_role"]) == (False, "contractor")

    def test_a_contractor_who_is_assigned_away(self, desk, place, reported):
        """Has an old token: their mail is a new ticket and nothing on the old one."""
        place.change(reported, assignee=place.contractor.person_id)
        (contractor,) = [p for p in place.shown(reported)["participants"] if p["role"] == "contractor"]
        place.change(reported, assignee=None)
        mail = place.mail(**reply_to(contractor)).data
        assert place.messages(reported) == []
        assert place.shown({"id": str(mail["inbound_message_id"])})["requester"]["name"] == "Cora Contractor"


class TestAnswerOfWhoIsSent:
    """To a mail that an intervention is theirs: its token names the ticket and their person."""

    def answer(self, place, ticket, **fields):
        """Have the worker answer; return the mail."""
        reply = {"ticket_id": UUID(ticket["id"]), "participant_id": place.worker.person_id}
        given = {"sender": place.worker.email, "name": "Will", "body": "I am ill.", "reply": reply}
        return place.mail(**a_mail(**{**given, **fields})).data

    def test_is_a_note_on_the_ticket(self, desk, place, reported):
        """For the desk: it opens no ticket, moves nothing, and lets nobody take part."""
        place.change(reported, status="pending", usergroup=place.heating)
        desk.forget()
        mail = self.answer(place, reported)
        assert [name for name, _ in desk.work.facts] == ["NoteAdded"]
        (told,) = desk.told("NoteAdded")
        author = {"participant_id": None, "person_id": str(place.worker.person_id), "name": "Will Worker"}
        assert (told["author"], set(told["readers"])) == (
            author,
            {str(place.agent.person_id), str(place.colleague.person_id)},
        )
        (note,) = place.messages(reported)
        assert (note["id"], note["body"], note["internal"], note["unverified"], note["author_role"]) == (
            *(str(mail["inbound_message_id"]), "I am ill."),
            *(True, False, "worker"),
        )
        shown = place.shown(reported)
        assert (shown["status"], len(shown["participants"])) == ("pending", 1)

    def test_told_twice(self, desk, place, reported):
        """Is one note."""
        mail = self.answer(place, reported)
        desk.forget()
        place.mail(**mail)
        assert (len(place.messages(reported)), desk.told()) == (1, [])

    @pytest.mark.parametrize("fields", [{"sender": "mallory@evil.example"}, {"flags": ["from_ambiguous"]}])
    def test_of_somebody_else(self, place, reported, fields):
        """Is a note, and marked."""
        self.answer(place, reported, **fields)
        (note,) = place.messages(reported)
        assert (note["internal"], note["unverified"], note["author_role"]) == (True, True, "system")
        assert note["author"]["person_id"] is None

    def test_of_who_has_left(self, place, reported):
        """Their address is nobody's any more."""
        place.person(place.worker, version=2, active=False)
        self.answer(place, reported)
        assert place.messages(reported)[0]["unverified"] is True

    def test_without_its_ticket(self, desk, place, reported):
        """The address alone does not say which one: a new ticket."""
        self.answer(place, reported, reply={"ticket_id": None, "participant_id": place.worker.person_id})
        assert place.messages(reported) == []
        assert len(desk.ask(place.admin, "list_tickets")["items"]) == 2

    def test_of_a_ticket_that_is_not_there(self, desk, place):
        """A new ticket."""
        self.answer(place, {"id": str(new_id())})
        assert len(desk.ask(place.admin, "list_tickets")["items"]) == 1


class TestTokens:
    """Tokens that do not fit."""

    def test_a_participant_of_another_ticket(self, desk, place, reported):
        """Makes a new ticket, and nothing on either."""
        other = place.shown({"id": str(place.mail().data["inbound_message_id"])})
        reply = {"ticket_id": reported["id"], "participant_id": other["requester"]["participant_id"]}
        place.mail(**a_mail(reply=reply))
        assert place.messages(reported) == place.messages(other) == []
        assert len(desk.ask(place.admin, "list_tickets")["items"]) == 3

    def test_a_participant_that_is_not_there(self, desk, place):
        """Makes a new ticket."""
        place.mail(reply={"ticket_id": None, "participant_id": new_id()})
        assert len(desk.ask(place.admin, "list_tickets")["items"]) == 1


class TestWebforms:
    """The same from a public form."""

    def test_opens_under_the_ids_that_were_given_out(self, desk, place):
        """So that the link to follow works at once."""
        suggested = {"usergroup_id": place.heating, "category_id": new_id()}
        form = place.webform(**suggested, site_id=place.flat).data
        ticket = place.shown({"id": str(form["submission_id"])})
        assert ticket["requester"]["participant_id"] == str(form["participant_id"])
        assert (ticket["channel"], ticket["language"], ticket["usergroup"]) == ("webform", "de", None)
        assert ticket["site"]["name"] == "Flat 12"
        source = desk.told("TicketOpened")[0]["source"]
        assert source["suggested_usergroup_id"] == str(place.heating)
        assert source["webform_id"] == str(form["webform_id"])
        assert place.shown(ticket, to=place.client)["id"] == ticket["id"]

    def test_a_claimed_name_is_not_believed(self, place):
        """The directory has the name of a confirmed address."""
        form = place.webform(email=place.resident.email, name="The Mayor").data
        ticket = place.shown({"id": str(form["submission_id"])}, to=place.resident)
        assert ticket["requester"]["name"] == "Rita Resident"

    def test_without_an_address(self, place):
        """Followed by its link alone."""
        form = place.webform(email=None, name="").data
        ticket = place.shown({"id": str(form["submission_id"])})
        assert (ticket["requester"]["email"], ticket["requester"]["name"]) == (None, "?")

    def test_told_twice(self, desk, place):
        """One ticket."""
        form = place.webform().data
        desk.forget()
        place.webform(**form)
        assert (len(desk.ask(place.admin, "list_tickets")["items"]), desk.told()) == (1, [])

    def test_a_site_that_is_not_known_yet(self, desk, place):
        """Is waited for."""
        with too_early(desk):
            place.webform(site_id=new_id())


def test_routing_gives_what_the_mailbox_suggests(desk, place, reported):
    """The suggestion is applied when dispatch says so, not before."""
    found = {"usergroup_id": place.heating, "category_id": None, "priority": None, "reason": "mailbox"}
    routed = {**found, "rule_id": None, "rule_name": None, "routed_at": MONDAY}
    desk.hear(TicketRouted, ticket_id=reported["id"], **routed)
    assert place.shown(reported)["usergroup"]["name"] == "Heating"
