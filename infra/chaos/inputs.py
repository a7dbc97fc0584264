"""The clients of a chaos run: each repeats one input under one key until the desk has accepted it.

An input carries a mark in its text; the checker looks for the marks.
"""

import http.client
import json
import smtplib
import time
from datetime import datetime
from email.message import EmailMessage
from uuid import uuid4

from infra.refusal import Refusal

#: Seconds between two tries of one input; a client's patience for one input.
PAUSE, PATIENCE = 0.3, 120
#: Statuses after which the same request is repeated with the same key.
AGAIN = frozenset({0, 502, 503, 504})


class PlaceRefused(Refusal):
    """The desk did not take what a run needs before it begins."""


class Client:
    """Somebody who sends inputs to a desk on loopback.

    :param ports: `(HTTP port, SMTP port)`.
    :param ledger: `Ledger` of the run.
    :param token: Bearer token, none for nobody.
    """

    def __init__(self, ports, ledger, token=None):
        self.http_port, self.smtp_port = ports
        self.ledger = ledger
        self.token = token

    def mail(self, address):
        """Send a mail, the same bytes until it is taken."""
        mark = uuid4().hex
        mail = EmailMessage()
        mail["From"], mail["To"] = f"r-{mark}@homes.example", address
        mail["Subject"] = f"The heating has failed {mark}"
        mail["Message-ID"] = f"<{mark}@homes.example>"
        mail["Date"] = datetime.now().astimezone()
        mail.set_content(f"Hello, the heating on the third floor has not worked since yesterday. {mark}")

        def once():
            try:
                with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as server:
                    server.send_message(mail)
                return 201, None
            except smtplib.SMTPResponseException as error:
                return (503 if error.smtp_code < 500 else 422), str(error)
            except smtplib.SMTPRecipientsRefused as error:
                ((code, text),) = error.recipients.values()
                return (503 if code < 500 else 422), text
            except (OSError, smtplib.SMTPException):
                return 0, None

        return self._until_accepted("mail", mark, once)

    def webform(self, slug):
        """Send a public form."""
        mark = uuid4().hex
        body = {
            "subject": f"Leak {mark}", "description": f"Water in the hall. {mark}", "name": "Neighbour",
            "email": f"f-{mark}@homes.example",
        }  # fmt: skip
        return self._post("webform", mark, f"/public/forms/{slug}", body)

    def ticket(self, usergroup_id):
        """Open a ticket by the API."""
        mark = uuid4().hex
        body = {"subject": f"Lift {mark}", "description": f"It stops. {mark}", "usergroup": usergroup_id}
        return self._post("ticket", mark, "/tickets", body)

    def clock_in(self, intervention_id, event, occurred_at):
        """Clock in or out by hand, with the id that the phone made."""
        mark = str(uuid4())
        body = {
            "id": mark, "intervention_id": intervention_id, "event": event, "method": "manual",
            "occurred_at": occurred_at.isoformat(),
        }  # fmt: skip
        return self._post("clock_in", mark, "/clock-ins", body)

    def _post(self, kind, mark, path, body):
        return self._until_accepted(kind, mark, lambda: self.send("POST", path, body, key=mark))

    def _until_accepted(self, kind, mark, once):
        with self.ledger.sending():
            ends = time.monotonic() + PATIENCE
            while True:
                self.ledger.tried()
                status, answer = once()
                if 200 <= status < 300:
                    self.ledger.accept(kind, mark)
                    return answer
                if status not in AGAIN or time.monotonic() > ends:
                    self.ledger.refuse(kind, mark, f"{status} {answer}")
                    return None
                time.sleep(PAUSE)

    def send(self, verb, path, body=None, key=None):
        """Send one request; return `(status, answer)`, status 0 where there was no answer."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=20)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(verb, f"/api/v1{path}", content, headers)
            response = connection.getresponse()
            content = response.read()
            return response.status, json.loads(content) if content else None
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()

    def must(self, verb, path, body=None, key=None):
        """Send a request until it is answered well; what it names may still be on its way between services.

        :raises PlaceRefused: it never was.
        """
        ends = time.monotonic() + PATIENCE
        key = key or str(uuid4())
        while True:
            status, answer = self.send(verb, path, body, key)
            if 200 <= status < 300:
                return answer
            if time.monotonic() > ends:
                raise PlaceRefused(f"{verb} {path} was answered {status} ({answer}), for {PATIENCE} s.")
            time.sleep(PAUSE)
