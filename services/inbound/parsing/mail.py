"""One mail, read: all that its fact needs but what only the database and the key know."""

from services.inbound.parsing.addresses import answered_at, sender_of
from services.inbound.parsing.attached import shown_whole
from services.inbound.parsing.attachments import attachments_of
from services.inbound.parsing.bodies import body_of
from services.inbound.parsing.calendars import comments_in, is_calendar_reply
from services.inbound.parsing.headers import is_automatic, message_id_of, reads_nothing, sent_at_of, thread_of
from services.inbound.parsing.languages import language_of
from services.inbound.parsing.quotes import new_text
from services.inbound.parsing.shown import shown_mail, without_proofs
from services.inbound.parsing.structure import cut_header, header_of, header_values, message_of
from services.inbound.parsing.text import header_text
from services.inbound.parsing.words import LONGEST_BODY, LONGEST_SUBJECT


def read_mail(raw, *, envelope_from, received_at, keep):
    """Return what a mail says.

    :param raw: bytes as received.
    :param envelope_from: return path, empty for bounces.
    :param keep: function that stores bytes and returns their sha256.
    :returns: fields of `MessageReceived`, and `new_text` (the body without what it quotes), `own_ids` and `writer`
        (whom From alone names).
    :raises Unreadable: it is kept as a file; `read_header` may still say something.
    """
    message = message_of(raw)
    said = _header(message, raw, envelope_from, received_at)
    text, flags = body_of(message)
    if is_calendar_reply(message, text, said["automatic"]):
        # What was answered stands in the subject at least.
        text = text if text.strip() else said["subject"]
        said, flags = said | {"automatic": True}, flags | {"calendar_reply"}
    elif not text.strip():
        text = comments_in(message)
    attachments = [_kept(keep, *attachment) for attachment in attachments_of(message)]
    # Whoever takes part reads it: what an answer quotes of our mail names the address that its sender alone was given.
    fresh, text = without_proofs(new_text(text[:LONGEST_BODY], said["subject"])), without_proofs(text)
    if "body_cut" in flags:
        # Of too long a page the beginning was read; the rest is not lost.
        attachments.append(_kept(keep, "message.eml", "message/rfc822", shown_whole(shown_mail(raw))))
    if len(text) > LONGEST_BODY:
        flags.add("body_cut")
        attachments.append(_kept(keep, "message.txt", "text/plain", text.encode()))
    # The subject of an answer is in the language of whoever began.
    is_answer = said["in_reply_to"] or said["references"]
    return said | {
        "body": text[:LONGEST_BODY],
        "new_text": fresh,
        "language": language_of(fresh if is_answer else f"{said['subject']}\n{fresh}"),
        "attachments": attachments,
        "flags": sorted(flags.union(said["flags"])),
    }


def read_header(raw, *, envelope_from, received_at):
    """Return what the header alone says of a mail that cannot be read."""
    return _header(header_of(raw), raw, envelope_from, received_at)


def _header(message, raw, envelope_from, received_at):
    fallbacks = [*header_values(message, "sender"), envelope_from]
    written_by = header_values(message, "from")
    email, name, flags = sender_of(written_by, fallbacks)
    subject = header_text("".join(header_values(message, "subject")[:1]), LONGEST_SUBJECT)
    sent_at, date_flags = sent_at_of(message, received_at)
    in_reply_to, references, own_ids = thread_of(message)
    cut = {"header_cut"} if cut_header(raw)[1] else set()
    return {
        "from": _whom_to_answer(message, email, name),
        "writer": {"email": sender_of(written_by, [])[0], "name": name},
        "subject": subject,
        "message_id": message_id_of(message, raw),
        "in_reply_to": in_reply_to,
        "references": references,
        "own_ids": own_ids,
        "automatic": is_automatic(message, envelope_from, email, subject),
        "sent_at": sent_at.isoformat(),
        "flags": sorted(flags | date_flags | cut),
    }


def _whom_to_answer(message, email, name):
    """Return the sender; where nobody is behind its address, as of a contact form, whom Reply-To names."""
    if reads_nothing(email or ""):
        answered, called = answered_at(header_values(message, "reply-to"))
        # Never an address of ours: an answer to it would come from the participant whom it was made for.
        if answered and not reads_nothing(answered) and without_proofs(answered) == answered:
            return {"email": answered, "name": called or name}
    return {"email": email, "name": name}


def _kept(keep, filename, content_type, content):
    return {
        "sha256": keep(content),
        "filename": filename,
        "content_type": content_type,
        "size": len(content),
    }
