"""From a mail that was read to the fact that it was received."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis import cursors
from chassis.actors import require_all
from chassis.links import Links
from chassis.mail_identity import read_message_id, read_reply_address
from services.inbound import queries
from services.inbound.access import message_for
from services.inbound.contract import MessageReceived
from services.inbound.domain import RETRY_HORIZON
from services.inbound.parsing.shown import without_proofs

#: How long a mail waits to be read again after it could not be for reasons of ours, such as a full disk.
POSTPONED = timedelta(seconds=30)

_SETTLE = (
    "UPDATE inbound_messages SET state = %(state)s, told_at = %(now)s, problem = %(problem)s, "
    "reply_participant_id = %(participant_id)s WHERE id = %(id)s"
)
_AGAIN = "UPDATE inbound_messages SET tries = %(tries)s, due_at = %(due_at)s, problem = %(problem)s WHERE id = %(id)s"


@dataclass(frozen=True, slots=True)
class OwnMail:
    """What tells mail of ours from the claims of others.

    :param domain: of our own addresses and Message-IDs.
    """

    links: Links
    domain: str

    def reply_of(self, envelope_to, ids):
        """Return `{"ticket_id", "participant_id"}` that a verified token names, or `None`.

        :param ids: Message-IDs that the mail answers, those that may be ours.
        """
        participant_id = read_reply_address(self.links, envelope_to, self.domain)
        for identity in (read_message_id(self.links, one, self.domain) for one in ids):
            # Where both are there they agree, or the address decides: it is what the sender was given.
            if identity and participant_id in (None, identity.participant_id):
                return {"ticket_id": identity.ticket_id, "participant_id": identity.participant_id}
        return {"ticket_id": None, "participant_id": participant_id} if participant_id else None

    def wrote(self, message_id):
        """Whether a Message-ID was made by us: the mail is one of ours that came back."""
        return read_message_id(self.links, message_id, self.domain) is not None


def conclude_messages(work, answers, own_mail):
    """Tell of mails that were read, or have them read again.

    :param answers: `[(row of queries.FRESH_MESSAGES, answer of the parser)]`.
    """
    if not answers:
        return
    waiting = work.load(queries.STILL_WAITING, ids=[row.id for row, _ in answers])
    open_ids = {row.id for row in waiting}
    told_replies = set()
    for row, answer in answers:
        if row.id in open_ids:
            work.correlation_id = row.id.hex
            _conclude(work, row, answer, own_mail, told_replies)


def _conclude(work, row, answer, own_mail, told_replies):
    if "mail" in answer:
        _tell_mail(work, row, answer["mail"], own_mail, told_replies)
    elif "unreadable" in answer:
        _tell_unreadable(work, row, answer, own_mail, told_replies)
    elif "postponed" in answer:
        due_at = work.now + POSTPONED
        work.change(_AGAIN, id=row.id, tries=row.tries, due_at=due_at, problem=answer["postponed"])
    else:
        work.change(_AGAIN, id=row.id, tries=row.tries + 1, due_at=work.now, problem=answer["stopped"])


def _tell_mail(work, row, said, own_mail, told_replies):
    if own_mail.wrote(said["message_id"]):
        _settle(work, row, "own")
        return
    reply = own_mail.reply_of(row.envelope_to, said["own_ids"])
    if reply:
        if _is_twin(work, row, reply, ["told"], told_replies):
            return
        said = _as_answer(said) | {"body": said["new_text"]}
    _tell(work, row, said, reply=reply, readable=True)
    why_no_ticket = "calendar_reply" if "calendar_reply" in said["flags"] else None
    _settle(work, row, "told", reply=reply, problem=why_no_ticket)


def _tell_unreadable(work, row, answer, own_mail, told_replies):
    said = answer["header"] or _envelope(row)
    if own_mail.wrote(said["message_id"]):
        _settle(work, row, "own")
        return
    if answer["copy"]:
        attached, flags = [_whole_mail(answer["copy"])], said["flags"]
    else:
        # The raw mail stays in the store; the flag says that nobody is shown any of it.
        attached, flags = [], sorted({*said["flags"], "body_cut"})
    said = said | {"body": "", "language": None, "attachments": attached, "flags": flags}
    reply = own_mail.reply_of(row.envelope_to, said["own_ids"])
    # Once for all of our addresses that it reached; what could be read of it elsewhere says more.
    if reply and _is_twin(work, row, reply, ["unreadable", "told"], told_replies):
        return
    _tell(work, row, _as_answer(said) if reply else said, reply=reply, readable=False)
    _settle(work, row, "unreadable", reply=reply, problem=answer["unreadable"])


def _as_answer(said):
    # Mail servers vouch for From at the most (DMARC, RFC 7489): whom Reply-To, Sender or the return path name may be
    # answered, and speaks in nobody's name.
    return said | {"from": said["writer"]}


def _whole_mail(copy):
    return {**copy, "filename": "message.eml", "content_type": "message/rfc822"}


def _tell(work, row, said, *, reply, readable):
    mailbox = {
        "address": row.address,
        "usergroup_id": row.usergroup_id,
        "category_id": row.category_id,
        "language": row.language,
    }
    names = ("from", "subject", "body", "language", "message_id", "automatic")
    work.tell(
        MessageReceived,
        version=row.version,
        inbound_message_id=row.id,
        mailbox_id=row.mailbox_id,
        mailbox=mailbox if row.mailbox_id else None,
        # No fact carries a proof of ours: neither a reply's address, from which our own mails come back as well, nor
        # the ids that it answers.
        envelope_from=without_proofs(row.envelope_from),
        envelope_to=row.address or "",
        in_reply_to=list(map(without_proofs, said["in_reply_to"])),
        references=list(map(without_proofs, said["references"])),
        reply=reply,
        readable=readable,
        sent_at=datetime.fromisoformat(said["sent_at"]),
        received_at=row.received_at,
        attachments=said["attachments"],
        flags=said["flags"],
        **{name: said[name] for name in names},
    )


def _settle(work, row, state, *, reply=None, problem=None):
    participant_id = reply and reply["participant_id"]
    work.change(_SETTLE, id=row.id, state=state, now=work.now, participant_id=participant_id, problem=problem)


def _is_twin(work, row, reply, states, told_replies):
    """Whether an answer has come by another address of ours, too; it is settled then.

    :param states: of the other one; the first is what becomes of this one if there is none.
    :param told_replies: what was told in this transaction, whose rows are not there yet; this one is added.
    """
    key = (row.sha256, reply["participant_id"])
    since = work.now - RETRY_HORIZON
    is_twin = any((*key, state) in told_replies for state in states) or work.one(
        queries.TWIN, id=row.id, sha256=row.sha256, participant_id=reply["participant_id"], states=states, since=since
    )
    if is_twin:
        _settle(work, row, "duplicate", reply=reply)
    else:
        told_replies.add((*key, states[0]))
    return bool(is_twin)


def _envelope(row):
    """Return what the envelope alone says of a mail whose header could not be read either."""
    return {
        "from": {"email": row.envelope_from or None, "name": ""},
        "writer": {"email": None, "name": ""},
        "subject": "",
        "message_id": f"<{row.sha256[:40]}@missing-id.invalid>",
        "in_reply_to": [],
        "references": [],
        "own_ids": [],
        "automatic": not row.envelope_from,
        "sent_at": row.received_at.isoformat(),
        "flags": ["from_missing", "date_missing"],
    }


def list_inbound_messages(work, actor, *, state, cursor, limit):
    """Return a page of received mails, newest first.

    :raises Forbidden: `not_allowed`.
    :raises Invalid: `cursor_invalid`.
    """
    require_all(actor, "mailboxes.write")
    before = cursors.id_in(cursor) if cursor else None
    rows = work.load(queries.INBOUND_MESSAGES, state=state, before=before, limit=limit + 1)
    return cursors.page_of(rows, limit, lambda last: str(last.id))


def replay_inbound_message(work, actor, *, inbound_message_id):
    """Have an unreadable mail read again; return it.

    :raises Forbidden: `not_allowed`.
    :raises NotFound: `inbound_message_not_found`.
    :raises Conflict: `inbound_message_not_replayable`, it is waiting or was read.
    """
    message = message_for(work, actor, inbound_message_id)
    message.await_reading(work.now)
    return work.one(queries.INBOUND_MESSAGE, id=inbound_message_id)
