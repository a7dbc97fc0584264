"""Answers to invitations, which calendars send for their people (RFC 5546, 3.2.3; RFC 6047)."""

import re

from services.inbound.parsing.attachments import leaves_of
from services.inbound.parsing.bodies import content_of, is_text
from services.inbound.parsing.structure import header_values
from services.inbound.parsing.text import clean_text, decoded

#: The same calendar is often attached a second time, as a file.
_TYPES = ("text/calendar", "application/ics")
#: Writes in the names of people a text of its own, and does not always say so in the way of RFC 3834.
_MACHINE = "calendar-notification@google.com"

_FOLDED = re.compile(rb"\r?\n[ \t]")
_ANSWERS = re.compile(rb"^METHOD:REPLY[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
#: What somebody has written beside their answer, where calendars put it; Exchange puts an empty line there for nothing.
_WORDS = re.compile(
    rb"^COMMENT[^:\r\n]*+:(?:\\n|[ \t])*+\S|X-RESPONSE-COMMENT=\"?[^\"\s;:]", re.IGNORECASE | re.MULTILINE
)
_COMMENT = re.compile(r"^COMMENT(?:[^:\"\r\n]|\"[^\"\r\n]*+\")*+:([^\r\n]++)", re.IGNORECASE | re.MULTILINE)
_ESCAPED = re.compile(r"\\(.)")


def comments_in(message):
    """Return what somebody has written into the calendars of a mail beside their answer, empty where nothing."""
    calendars = (content_of(leaf) for leaf in leaves_of(message) if leaf.get_content_type() in _TYPES)
    texts = (decoded(_FOLDED.sub(b"", calendar)) for calendar in calendars)
    comments = (comment for text in texts for comment in _COMMENT.findall(text))
    said = (_ESCAPED.sub(lambda sign: "\n" if sign[1] in "nN" else sign[1], comment) for comment in comments)
    # The same calendar twice says it twice.
    return clean_text("\n\n".join(dict.fromkeys(filter(str.strip, said))))


def is_calendar_reply(message, text, automatic):
    """Whether a mail is the answer to an invitation and nothing else: nobody has written a word of it.

    :param text: of its body.
    :param automatic: whether the mail says that a machine has written it, and so its text.
    """
    files = [leaf for leaf in leaves_of(message) if not is_text(leaf)]
    if any(file.get_content_type() not in _TYPES for file in files):
        return False
    calendars = [_FOLDED.sub(b"", content_of(file)) for file in files]
    answers = any(map(_ANSWERS.search, calendars)) and not any(map(_WORDS.search, calendars))
    return answers and (automatic or not text.strip() or _is_by_machine(message))


def _is_by_machine(message):
    return any(_MACHINE in value.lower() for value in header_values(message, "sender"))
