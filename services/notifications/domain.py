"""Rules of outgoing mail: who gets a receipt, when to try again, what may stand in a header. Pure."""

import re
from datetime import timedelta

from chassis.languages import LANGUAGES
from services.identity.contract import may_supervise

#: States of a delivery; the last three are final.
STATES = ("waiting", "sent", "failed", "cancelled")

#: Inbound cuts an answer at this line, so it never changes with the language.
REPLY_MARKER = "##- reply above this line -##"

#: Receipts to one address within an hour, by what came last. A form asks for no proof of the address at all,
#: so a thousand forms that name one victim are one mail to it.
RECEIPTS_PER_HOUR = {"mail": 5, "webform": 1, "api": 5}
#: Channels by which somebody writes who does not see what becomes of it.
FROM_OUTSIDE = {"mail", "webform"}
#: Mails about registration to one address within an hour: anybody may type in anybody's address.
REGISTRATIONS_PER_HOUR = 3
#: Messages that came by mail, passed on to one address about one ticket within an hour: two responders that mark
#: nothing as automatic would answer each other for ever.
PASSED_ON_PER_HOUR = 20
BUDGET_PERIOD = timedelta(hours=1)

#: A mail that is put off this often has failed.
MOST_TRIES = 8
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
#: While our own relay is away the mails are not at fault, so no try is counted ...
RELAY_PAUSE = timedelta(minutes=1)
#: ... but nobody wants a mail that is this old (RFC 5321, 4.5.4.1).
GIVE_UP_AFTER = timedelta(days=5)

#: Ids in References beside the first (RFC 5322 sets no limit; some readers look at five).
LAST_REFERENCES = 5
LONGEST_MESSAGE_ID = 250

#: Of our own addresses beside those that answers go to; mails once came from `desk`.
OWN_LOCAL_PARTS = {"no-reply", "desk"}

_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+>")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
#: Characters that reverse or hide the order of what is read after them.
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: Control characters but tab and line feed, and halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
#: White space but the spaces that do not break, as French sets them.
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
#: Begins a signature (RFC 3676, 4.3); in a mail of ours everything of ours below it would be taken for one.
_SIGNATURE = re.compile(r"^-- $", re.MULTILINE)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def receipt_is_due(channel, automatic, *, is_for_another):
    """Whether a new ticket is answered with a receipt: a person sent it by mail or form, or opened it for another.

    Whoever opens one for themselves sees it at once.
    """
    return not automatic and (channel in FROM_OUTSIDE or (channel == "api" and is_for_another))


def assignment_is_mailed(by, roles):
    """Whether somebody is told by mail, and not in their list alone, that a ticket is theirs now.

    Those of the desk have their list before them and see there what routing gives them.

    :param by: who chose them, `person` or `routing`.
    :param roles: theirs.
    """
    return by == "person" or not may_supervise(roles)


def counted_as(address):
    """Return the address that a budget counts: without case and `+tag`, which reach the same person."""
    local, _, host = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{host}"


def retry_after(tries):
    """Return how long a mail waits that was put off for the `tries`-th time, `None` where it has failed."""
    if tries >= MOST_TRIES:
        return None
    return min(FIRST_RETRY * 2 ** (tries - 1), LONGEST_RETRY)


def language_of(*wishes):
    """Return the first wish that is one of our languages, else English; regions (`fr-CH`) are ignored."""
    for wish in wishes:
        language = (wish or "").lower().replace("_", "-").partition("-")[0]
        if language in LANGUAGES:
            return language
    return "en"


def subject_in(language, subject, names):
    """Return what a ticket is called in a language.

    :param subject: where it has no name in that language.
    :param names: `{language: reason}` of an incident, else empty.
    """
    return names.get(language, subject)


def clean_line(text, longest=200):
    """Return text of users as one line for a header or a title, cut to `longest` characters."""
    line = _SPACES.sub(" ", _DIRECTIONS.sub("", clean_text(text))).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def clean_text(text):
    """Return text of users with plain line ends, without other controls, and with no line that begins a signature."""
    plain = _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", text))
    return _SIGNATURE.sub("--", plain).strip("\n")


def usable_message_id(text):
    """Return a Message-ID of somebody else's that may stand in our headers, or `None`.

    :param text: as the mail had it, angle brackets included (RFC 5322, 3.6.4).
    """
    text = (text or "").strip()
    return text if len(text) <= LONGEST_MESSAGE_ID and _MESSAGE_ID.fullmatch(text) else None


def thread_of(message_ids):
    """Return the ids that References names, oldest first: the first one and the last few.

    :param message_ids: of the mails between us and one participant, oldest first.
    """
    unique = list(dict.fromkeys(message_ids))
    return unique[:1] + unique[1:][-LAST_REFERENCES:]


def usable_address(text):
    """Return the address as SMTP takes it (RFC 5321, 4.1.2; host as in RFC 5890), or `None` where it is none.

    Local parts in quotes or outside ASCII are refused: few servers take them and no resident has one.
    """
    local, _, host = (text or "").strip().rpartition("@")
    try:
        host = host.encode("idna").decode().lower()
    except UnicodeError:
        return None
    if not _LOCAL_PART.fullmatch(local) or not _HOST.fullmatch(host) or len(host) > 253:
        return None
    return f"{local}@{host}"


def is_own(address, mail_domain):
    """Whether an address is one that the desk makes for itself; mailboxes have their own table."""
    local, _, host = address.lower().rpartition("@")
    return host == mail_domain and (local in OWN_LOCAL_PARTS or local.startswith("reply+"))
