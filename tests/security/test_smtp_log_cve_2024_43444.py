"""CVE-2024-43444 (OTRS): what passwords and people's words a log holds, everybody reads who keeps or ships logs.

The log of the SMTP process says that mails came, and nothing of what stands in them or of what a client said.
"""

import pytest

from tests.inbound_smtp.running import DOMAIN, a_mail
from tests.waiting import eventually

DESK = f"desk@{DOMAIN}"
CANARY = "canary4711"
TOO_LARGE = 99_999_999
SESSIONS = {
    "the lines of a mail that was refused for its size": [
        f"MAIL FROM:<a@homes.example> SIZE={TOO_LARGE}", f"RCPT TO:<{DESK}>", "DATA", f"Subject: {CANARY}", "",
        f"{CANARY}", f"My PIN is {CANARY}", ".",
    ],
    "the answers of a client that signs in all the same": ["AUTH LOGIN", CANARY, f"{CANARY}==", f"AUTH PLAIN {CANARY}"],
    "commands that are wrong": [
        f"{verb} {CANARY}" for verb in ("MAIL", "RCPT", "VRFY", "HELP", "EXPN", "HELO", "NOOP", CANARY)
    ],
    "addresses": [f"MAIL FROM:<{CANARY}@homes.example>", f"RCPT TO:<{CANARY}@{DOMAIN}>", f"RCPT TO:<{CANARY}@>"],
    "what is no text": [f"{CANARY}\udcff", f"VRFY \udcff{CANARY}", f"MAIL FROM:<\udcff{CANARY}@homes.example>"],
    "more commands that are none than are listened to": [CANARY] * 25,
}  # fmt: skip


@pytest.mark.parametrize("lines", SESSIONS.values(), ids=SESSIONS)
def test_the_log_holds_nothing_of_what_a_client_says(smtp, lines):
    """Nor of a mail that is taken; that one was, it says."""
    log = smtp.folder / "smtp.log"
    before = log.read_text().count('"event": "mail"')
    with smtp.raw_client() as client:
        client.ask("EHLO client.example")
        client.send("".join(f"{line}\r\n" for line in lines).encode(errors="surrogateescape"))
        assert all(client.answer() for _ in range(min(len(lines), 5)))
    assert smtp.deliver(a_mail(subject=CANARY, body=CANARY), DESK) == {}
    eventually(lambda: log.read_text().count('"event": "mail"') == before + 1, what="the mail in the log")
    assert CANARY not in log.read_text().lower()
