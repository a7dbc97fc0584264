"""What comes from outside, by mail or webform: a new ticket, or a message on one.

An address is a claim (RFC 5322 lets anybody write any From). A token of ours says for whom a mail was made;
only together with that participant's address does a reply count as theirs; what an assignee mails stays a note.
"""

from dataclasses import replace
from uuid import uuid5

from chassis.errors import NotYet
from services.tickets.actions.attachments import take_over
from services.tickets.actions.conversation import Writing, record_message, tell_message
from services.tickets.actions.opening import ORGANISATION_OF_SITE
from services.tickets.actions.participation import HOLD_ADDRESS
from services.tickets.actions.recording import NOT_FROM_OUTSIDE, Opening, record_opening
from services.tickets.actions.requesters import HAS_ADDRESS, PERSON, asking_by_address
from services.tickets.contract.words import NOTED_BY_MAIL
from services.tickets.domain import NO_SUBJECT, author_role_of, mail_text, one_line, public_name, storable
from services.tickets.locked import lock_for_fact, release
from services.tickets.party import Party

_PARTICIPANT = (
    "SELECT p.ticket_id, EXISTS (SELECT FROM messages m WHERE m.id = ANY (%(message_ids)s::uuid[])) AS is_there,"
    " coalesce(known.roles, '{}') AS roles FROM participants p LEFT JOIN people known USING (person_id)"
    " WHERE p.id = %(participant_id)s"
)
#: Somebody to whom a mail of ours about a ticket was made out who takes no part in it.
_SENT = (
    "SELECT known.person_id, known.email, known.name, known.language, known.active AS is_open,"
    " EXISTS (SELECT FROM messages m WHERE m.id = ANY (%(message_ids)s::uuid[])) AS is_there"
    " FROM people known, tickets t WHERE known.person_id = %(person_id)s AND t.id = %(ticket_id)s"
)
#: A ticket whose mail could not be read has no description, and nobody can write one.
_LACKS_TEXT = (
    "SELECT t.id FROM tickets t WHERE t.id = %(ticket_id)s AND t.description = ''"
    " AND NOT EXISTS (SELECT FROM messages m WHERE m.id = %(message_id)s)"
)
_LOAD = (
    "SELECT nextval('ticket_numbers') AS serial,"
    f" EXISTS (SELECT FROM tickets WHERE id = %(ticket_id)s) AS is_there, {PERSON},"
    f" s.site_id, coalesce({ORGANISATION_OF_SITE}, p.organisation_id) AS organisation_id"
    " FROM (VALUES (1)) one"
    f" LEFT JOIN people p ON {HAS_ADDRESS}"
    " LEFT JOIN sites s ON s.site_id = %(site_id)s"
)
_DOUBT = "UPDATE participants SET doubtful = true WHERE id = %(participant_id)s"


def receive_mail(work, files, fact):
    """Put a mail where it belongs: on the ticket of the participant that its token names, else on a new one.

    What somebody answers who is sent to an intervention is a note on its ticket. The answer to an invitation opens
    none. One that was unreadable at first, and is there without its text, is another message once it was read again.

    :param files: `chassis.files.FileStore`.
    """
    reply = fact.data["reply"]
    if reply and (_add_reply(work, files, fact, reply) or _add_note_of_sent(work, files, fact, reply)):
        return
    if not _is_calendar_reply(fact.data):
        _open_by_mail(work, files, fact)


def _add_reply(work, files, fact, reply):
    """Add what a participant has answered; return whether it is there."""
    found = work.one(_PARTICIPANT, participant_id=reply["participant_id"], message_ids=_known_as(fact))
    if found is None:
        return False
    if found.is_there:
        return True
    if reply["ticket_id"] not in (None, found.ticket_id):
        return False
    ticket = lock_for_fact(work, found.ticket_id)
    participant = ticket.participant(reply["participant_id"])
    if participant is None:
        # Taken off while the lock was waited for: what the mail is then is decided from the beginning.
        raise NotYet(f"participant {reply['participant_id']}")
    _add_message(work, files, fact, ticket, _writing(fact, participant, found.roles))
    return True


def _add_note_of_sent(work, files, fact, reply):
    """Add what somebody who is sent has answered, for the desk alone; return whether it is there."""
    named = {"person_id": reply["participant_id"], "ticket_id": reply["ticket_id"]}
    found = work.one(_SENT, **named, message_ids=_known_as(fact))
    if found is None or found.is_there:
        return found is not None
    known = {name: getattr(found, name) for name in ("person_id", "email", "name", "language", "is_open")}
    author = Party(**known, participant_id=None, role="worker")
    writing = replace(_writing(fact, author), internal=True)
    _add_message(work, files, fact, lock_for_fact(work, reply["ticket_id"]), writing)
    return True


def _known_as(fact):
    return [_message_id(fact), _id_when_read_again(fact.data)]


def _is_read_again(fact):
    # Only what was told as unreadable is read again; each reading has a version.
    return fact.data["readable"] and fact.version > 1


def _message_id(fact):
    return _id_when_read_again(fact.data) if _is_read_again(fact) else fact.data["inbound_message_id"]


def _id_when_read_again(mail):
    return uuid5(mail["inbound_message_id"], "read again")


def _add_message(work, files, fact, ticket, writing):
    message = record_message(work, ticket, writing)
    taken = take_over(work, files, "inbound", fact.data["attachments"], ticket.id, message.id)
    tell_message(work, ticket, message, writing, taken)
    ticket.write()
    # The next mail refers to this one, too.
    release(work, ticket)


def _writing(fact, participant, roles=()):
    mail = fact.data
    sender = _address(mail["from"]["email"])
    is_same = bool(sender) and sender == _address(participant.email)
    is_theirs = is_same and participant.active and not _is_doubtful(mail)
    return Writing(
        body=_body_of(mail, participant.language),
        # The calendar that comes along names addresses that only agents may read.
        internal=participant.role in NOTED_BY_MAIL or not is_theirs or _is_calendar_reply(mail),
        name=participant.name if is_theirs else _name_of(mail["from"]),
        email=sender,
        person_id=participant.person_id if is_theirs else None,
        participant=participant if is_theirs else None,
        role=author_role_of(participant.role, roles) if is_theirs else "system",
        channel="mail",
        written_at=mail["received_at"],
        automatic=mail["automatic"],
        unverified=not is_theirs,
        source_message_id=mail["message_id"] or None,
        message_id=_message_id(fact),
    )


def _open_by_mail(work, files, fact):
    mail = fact.data
    ticket_id, email = mail["inbound_message_id"], _address(mail["from"]["email"])
    known_as = None if _is_doubtful(mail) else email
    found = work.one((HOLD_ADDRESS, _LOAD), ticket_id=ticket_id, email=known_as, site_id=None)
    if found.is_there:
        if _is_read_again(fact):
            _add_what_was_unreadable(work, files, fact)
        return
    mailbox = mail["mailbox"] or {"usergroup_id": None, "category_id": None, "language": None}
    language = mail["language"] or mailbox["language"]
    requester = asking_by_address(found, email, name=mail["from"]["name"], language=language)
    opening = Opening(
        ticket_id=ticket_id,
        subject=one_line(mail["subject"], NO_SUBJECT[requester.language]),
        description=_body_of(mail, requester.language),
        channel="mail",
        opened_at=mail["received_at"],
        requester=requester,
        unverified=requester.person_id is not None,
        organisation_id=found.organisation_id,
        source={
            **NOT_FROM_OUTSIDE,
            "mailbox_id": mail["mailbox_id"],
            "inbound_message_id": ticket_id,
            "message_id": mail["message_id"] or None,
            "automatic": mail["automatic"],
            "suggested_usergroup_id": mailbox["usergroup_id"],
            "suggested_category_id": mailbox["category_id"],
        },
    )
    _record(work, opening, found.serial)
    if _is_doubtful(mail):
        work.change(_DOUBT, participant_id=requester.participant_id)
    take_over(work, files, "inbound", mail["attachments"], ticket_id)


def _add_what_was_unreadable(work, files, fact):
    ticket = lock_for_fact(work, fact.data["inbound_message_id"])
    if work.one(_LACKS_TEXT, ticket_id=ticket.id, message_id=_message_id(fact)) is None:
        return
    requester = ticket.requester
    writing = _writing(fact, requester)
    if requester.person_id:
        # Without a token it is nobody's deed, as the ticket itself.
        writing = replace(writing, person_id=None, unverified=True)
    _add_message(work, files, fact, ticket, writing)


def open_by_webform(work, fact):
    """Open the ticket of a webform under the id and for the participant that inbound gave out already.

    :raises NotYet: the site has not been heard of.
    """
    form = fact.data
    email = _address(form["email"])
    found = work.one((HOLD_ADDRESS, _LOAD), ticket_id=form["submission_id"], email=email, site_id=form["site_id"])
    if found.is_there:
        return
    if found.site_id != form["site_id"]:
        raise NotYet(f"site {form['site_id']}")
    said = {name: form[name] for name in ("name", "language", "participant_id")}
    requester = asking_by_address(found, email, **said)
    opening = Opening(
        ticket_id=form["submission_id"],
        subject=one_line(form["subject"], NO_SUBJECT[requester.language]),
        description=storable(form["description"]),
        channel="webform",
        opened_at=form["submitted_at"],
        requester=requester,
        unverified=requester.person_id is not None,
        site_id=form["site_id"],
        organisation_id=found.organisation_id,
        source={
            **NOT_FROM_OUTSIDE,
            "webform_id": form["webform_id"],
            "suggested_usergroup_id": form["usergroup_id"],
            "suggested_category_id": form["category_id"],
        },
    )
    _record(work, opening, found.serial)


def _record(work, opening, serial):
    # As who did it history has the name that was claimed, and nobody's account.
    record_opening(work, opening, serial, {"person_id": None, "name": opening.requester.name})


def _is_doubtful(mail):
    """Whether a mail names several senders, or one behind another: it is nobody's that we know."""
    return "from_ambiguous" in mail["flags"]


def _is_calendar_reply(mail):
    """Whether a calendar sent a mail to answer an invitation, without a word of anybody's."""
    return "calendar_reply" in mail["flags"]


def _address(email):
    return (email or "").strip().lower()[:254] or None


def _name_of(sender):
    return public_name(sender["name"], _address(sender["email"]))


def _body_of(mail, language):
    return mail_text(mail["body"], [file["content_type"] for file in mail["attachments"]], language)
