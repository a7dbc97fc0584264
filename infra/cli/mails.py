"""Lists the mails that left for the maildir, newest last, or shows one of them.

Without SMTP_URL the desk writes its mails into VAR_DIR/outgoing-mail/, a standard maildir.
"""

import argparse
import json
import mailbox
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from infra.installation import Installation
from infra.local.state import another_users_refused
from infra.refusal import Refusal
from infra.terminal import say

SHOWN = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Reply-To",
    "Auto-Submitted",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("id", nargs="?", metavar="ID", help="show this mail: its id or the beginning of it")
    parser.add_argument("--json", action="store_true", help="one object on stdout")


def run(args: argparse.Namespace) -> int:
    """Lists all or shows one."""
    var_dir = Installation.from_environment().var_dir
    folder = var_dir / "outgoing-mail"
    with another_users_refused(var_dir):
        mails = mails_in(folder)
    if args.id is None:
        rows = [{"id": key, **_summary(mail)} for key, mail in mails.items()]
        if args.json:
            say(json.dumps({"mails": rows}, ensure_ascii=False))
        elif not rows:
            say(f"There are no mails in {folder}.")
        for row in [] if args.json else rows:
            say(f"{row['id']}\n    {row['date'] or '-'}  {row['to']}  {row['subject']}")
        return 0
    key = _one_of(mails, args.id)
    return _show(key, mails[key], args.json)


def mails_in(folder: Path) -> dict[str, EmailMessage]:
    """The mails of a maildir by id (the file's unique name), oldest first."""
    if not (folder / "new").is_dir():
        return {}
    maildir = mailbox.Maildir(folder, factory=None, create=False)
    parser = BytesParser(policy=policy.default)
    mails = {key: parser.parsebytes(maildir.get_bytes(key)) for key in maildir.keys()}  # noqa: SIM118
    return dict(sorted(mails.items(), key=lambda item: (_date_of(item[1]) or "", item[0])))


def _one_of(mails: dict[str, EmailMessage], wanted: str) -> str:
    if wanted in mails:
        return wanted
    found = [key for key in mails if key.startswith(wanted)]
    if len(found) != 1:
        raise Refusal(f"{len(found) or 'No'} mails begin with {wanted}; ./desk mails lists them.")
    return found[0]


def _show(key: str, mail: EmailMessage, as_json: bool) -> int:
    if as_json:
        headers = [[name, str(value)] for name, value in mail.items()]
        bodies = {"text": _body(mail, "plain"), "html": _body(mail, "html")}
        say(json.dumps({"id": key, **_summary(mail), "headers": headers, **bodies}, ensure_ascii=False))
        return 0
    for name in SHOWN:
        if mail[name]:
            say(f"{name}: {mail[name]}")
    say("")
    # On the wire lines end in CRLF (RFC 5322, 2.3); on a terminal whoever cuts a link out would take the CR along.
    say((_body(mail, "plain") or _body(mail, "html") or "").replace("\r\n", "\n"))
    return 0


def _summary(mail: EmailMessage) -> dict:
    return {
        "from": str(mail["From"] or ""),
        "to": str(mail["To"] or ""),
        "subject": str(mail["Subject"] or ""),
        "date": _date_of(mail),
        "message_id": str(mail["Message-ID"] or ""),
    }


def _date_of(mail: EmailMessage) -> str | None:
    try:
        return parsedate_to_datetime(str(mail["Date"])).isoformat()
    except ValueError:
        return None


def _body(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body(preferencelist=(kind,))
    return part.get_content() if part else None
