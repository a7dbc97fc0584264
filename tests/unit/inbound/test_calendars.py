"""Answers to invitations, as calendars send them for their people (RFC 5546, 3.2.3; RFC 6047)."""

import pytest

from tests.unit.inbound.mails import Store, read

HEADER = (
    "From: Rosa Resident <rosa@homes.example>",
    "To: desk@desk.example",
    "Subject: Accepted: Heating, flat 12",
    "Message-ID: <1@homes.example>",
    "Date: Mon, 16 Nov 2026 09:55:00 +0100",
    "MIME-Version: 1.0",
)
GOOGLE = "Sender: Google Calendar <calendar-notification@google.com>"
CALENDAR = "text/calendar; charset=utf-8; method=REPLY"
EMPTY_HTML = '<html><head><meta charset="utf-8"></head><body><p>&nbsp;</p></body></html>'
SAID_BY_GOOGLE = "Rosa Resident has accepted this invitation.\r\n\r\nHeating, flat 12\r\nTue, 9:00"


def calendar(*lines, method="REPLY", attendee="ATTENDEE;PARTSTAT=ACCEPTED:mailto:rosa@homes.example"):
    """Return a calendar object that answers an invitation."""
    event = ("BEGIN:VEVENT", attendee, "SUMMARY:Accepted: Heating, flat 12", *lines, "END:VEVENT")
    return "\r\n".join(["BEGIN:VCALENDAR", f"METHOD:{method}", *event, "END:VCALENDAR", ""])


def mail(kind, *parts, header=()):
    """Return a raw mail of parts, each its content type and content."""
    lines = [*HEADER, *header]
    if kind is None:
        ((content_type, content),) = parts
        return "\r\n".join([*lines, f"Content-Type: {content_type}", "", content]).encode()
    lines += [f'Content-Type: multipart/{kind}; boundary="b"', ""]
    for content_type, content in parts:
        lines += ["--b", f"Content-Type: {content_type}", "", content]
    return "\r\n".join([*lines, "--b--", ""]).encode()


def of_outlook(content=None, text=" ", html=EMPTY_HTML):
    """Return the answer of an Outlook: a text that is empty unless somebody has written one."""
    return mail(
        "alternative", ("text/plain", text), ("text/html; charset=utf-8", html), (CALENDAR, content or calendar())
    )


def of_google(content=None, header=(GOOGLE,), text=SAID_BY_GOOGLE):
    """Return the answer of a Google Calendar, which writes a text itself and attaches the same a second time."""
    content = content or calendar()
    return mail(
        "mixed",
        ("text/plain; charset=utf-8", text),
        (CALENDAR, content),
        ('application/ics; name="invite.ics"', content),
        header=header,
    )


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (mail(None, (CALENDAR, calendar())), "Accepted: Heating, flat 12"),
        (mail(None, ("text/calendar", calendar())), "Accepted: Heating, flat 12"),
        (mail(None, ('TEXT/Calendar; METHOD="reply"', calendar())), "Accepted: Heating, flat 12"),
        (of_outlook(), "Accepted: Heating, flat 12"),
        (of_outlook(calendar("COMMENT;LANGUAGE=fr-FR:\\n")), "Accepted: Heating, flat 12"),
        (of_google(), SAID_BY_GOOGLE.replace("\r\n", "\n")),
        (of_google(header=["Auto-Submitted: auto-generated"]), SAID_BY_GOOGLE.replace("\r\n", "\n")),
    ],
)
def test_an_answer_to_an_invitation_is_automatic(raw, body):
    """Nobody has written a word of it: what was answered stands in the subject, and the calendar is attached."""
    store = Store()
    said = read(raw, store=store)
    assert (said["automatic"], said["flags"], said["body"], said["new_text"]) == (True, ["calendar_reply"], body, body)
    assert [b"METHOD:REPLY" in store.contents[one["sha256"]] for one in said["attachments"]]


@pytest.mark.parametrize(
    "raw",
    [
        of_outlook(text="Please ring twice."),
        of_outlook(html="<p>Please ring twice.</p>"),
        of_outlook(calendar("COMMENT;LANGUAGE=en-GB:Please ring twice.")),
        of_outlook(calendar("COMMENT:\\n", " Please ring twice.")),
        of_google(header=()),
        of_google(calendar("COMMENT:Please ring twice.")),
        of_google(calendar(attendee='ATTENDEE;X-RESPONSE-COMM\r\n ENT="Please ring twice.":mailto:rosa@homes.example')),
        mail("mixed", (CALENDAR, calendar()), ('image/jpeg; name="boiler.jpg"', "photo")),
        mail("mixed", (CALENDAR, calendar()), ("message/rfc822", "Subject: Heating\r\n\r\nCold.")),
        mail(None, ("text/calendar; method=COUNTER", calendar(method="COUNTER"))),
        mail(None, ("text/calendar; method=REQUEST", calendar(method="REQUEST"))),
        mail(None, ("text/plain", calendar())),
    ],
)
def test_what_somebody_has_added_to_an_answer_is_a_mail(raw):
    """Words, in whichever of the places where calendars put them, or a file; and what is no answer stays one, too."""
    said = read(raw)
    assert (said["automatic"], said["flags"]) == (False, [])


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (
            of_outlook(calendar("COMMENT;LANGUAGE=en-GB:Please ring twice\\,\\n", " at flat 12.")),
            "Please ring twice,\nat flat 12.",
        ),
        (of_outlook(calendar('COMMENT;ALTREP="cid:1@x":Come later.', method="COUNTER")), "Come later."),
        (of_google(calendar("COMMENT:Please ring twice."), text=""), "Please ring twice."),
        (of_outlook(calendar("COMMENT:Please ring twice."), text="Yes."), "Yes."),
        (of_outlook(calendar("DESCRIPTION:Heating", method="REQUEST")), ""),
    ],
)
def test_what_somebody_has_written_into_a_calendar_is_the_text(raw, body):
    """Where the mail has no other; nobody opens the file to look for it."""
    assert read(raw)["body"] == body


def test_a_machines_other_mails_are_no_answers_to_invitations():
    """An invitation that Google sends for somebody is for people."""
    said = read(mail(None, ("text/calendar; method=REQUEST", calendar(method="REQUEST")), header=[GOOGLE]))
    assert (said["automatic"], said["flags"]) == (False, [])
