"""Rules of what comes in: what makes two mails one, what a webform asks for. Pure."""

import hashlib
import re
from datetime import timedelta

#: A mail offered again within this time is the same mail: senders give up after 5 days (Postfix, Exim).
RETRY_HORIZON = timedelta(days=6)
#: Without Message-ID and Date two equal mails may be two reports, as of an alarm in a lift; such senders
#: have no queue, so they repeat at once or never.
BARE_RETRY_HORIZON = timedelta(hours=1)
#: Reports by webform in one hour that may name the same address.
SUBMISSIONS_AN_HOUR = 30
#: Reports in one hour by one webform that name no address: a power cut in a large house, and no more of a flood.
NAMELESS_SUBMISSIONS_AN_HOUR = 60
#: Reports in one hour from one network address, whomever they name: the same house behind one address.
SUBMISSIONS_PER_ORIGIN = 60

#: Readings that end the parser before a mail counts as unreadable: the first may have been chance.
MOST_TRIES = 3

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_IDENTIFYING = re.compile(rb"^(?:message-id|date)[ \t]*:", re.IGNORECASE | re.MULTILINE)
#: Bytes looked at for a mail's header.
HEADER_BYTES = 102_400


def delivery_key(sha256, recipient):
    """Return the key under which a mail to a recipient is kept once.

    :param sha256: hex digest of the raw mail; equal bytes carry an equal Message-ID and Date.
    """
    return hashlib.sha256(f"{sha256} {recipient}".encode()).hexdigest()


def retry_horizon(raw):
    """Return how long a repetition of this raw mail counts as the same mail."""
    end = _HEADER_END.search(raw, 0, HEADER_BYTES)
    header = raw[: end.start() if end else HEADER_BYTES]
    return RETRY_HORIZON if _IDENTIFYING.search(header) else BARE_RETRY_HORIZON


def missing_fields(form_fields, given):
    """Return the problems of a webform's submission: `{field: [sentence]}`, empty where there is none.

    :param form_fields: `[{"name", "required"}]` of the form.
    :param given: values by name; those of fields that the form does not have are refused.
    """
    asked = {field["name"]: field["required"] for field in form_fields}
    problems = {}
    for name, value in given.items():
        if value and name not in asked:
            problems[name] = ["This form does not ask for it."]
        if not value and asked.get(name):
            problems[name] = ["Missing data for required field."]
    return problems


def is_given_up(tries, stopped):
    """Whether a mail whose reading did not end is unreadable, or is read again with more time.

    :param tries: readings before this one.
    :param stopped: `timeout`, or `died` where the parser's process ended.
    """
    return (tries > 0 and stopped == "timeout") or tries + 1 >= MOST_TRIES
