"""The measured operations: each gives, for a client's number, a function that carries out one of them."""

import contextlib
import itertools
import queue
import random
import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.policy import SMTP
from uuid import uuid4

from infra.bench.load import Connection
from infra.bench.place import RARE
from infra.bench.rounds import NoFigures

MAIL_CLIENTS = 8
COMMITTED_WITHIN = 600.0  # Seconds.


def page(port, _place):
    """The bare page of the gateway."""
    return lambda _number: _getting(Connection(port), lambda: "/livez")


def nothing(port, place):
    """A page that makes one no-op call with a verified actor."""

    def once(connection):
        return connection.get("/bench/nothing")

    return lambda _number: _expecting(Connection(port, place.token), once, 204)


def create(port, place):
    """Open a ticket."""
    groups = itertools.cycle(place.served)

    def once(connection):
        subject = f"A window {uuid4().hex[:6]}"
        body = {"subject": subject, "description": "It does not close.", "usergroup": next(groups)}
        return connection.post("/api/v1/tickets", body)

    return lambda _number: _expecting(Connection(port, place.token), once, 201)


def reply(port, place):
    """Write a public message."""

    def once(connection):
        path = f"/api/v1/tickets/{random.choice(place.tickets)}/messages"
        return connection.post(path, {"body": "We are on our way.", "internal": False})

    return lambda _number: _expecting(Connection(port, place.token), once, 201)


def list_newest(port, place):
    """List the 25 newest tickets that the agent may see."""
    return lambda _number: _getting(Connection(port, place.token), lambda: "/api/v1/tickets?limit=25")


def search(port, place):
    """Search a word that stands in one ticket of a hundred."""
    return lambda _number: _getting(Connection(port, place.token), lambda: f"/api/v1/tickets?q={RARE}&limit=25")


def fetch(port, place):
    """Read one ticket."""
    return lambda _number: _getting(
        Connection(port, place.token), lambda: f"/api/v1/tickets/{random.choice(place.tickets)}"
    )


OPERATIONS = {
    "page": page, "no-op": nothing, "create": create, "reply": reply, "list": list_newest, "search": search,
    "fetch": fetch,
}  # fmt: skip


def _getting(connection, path):
    return _expecting(connection, lambda connection: connection.get(path()), 200)


def _expecting(connection, once, wanted):
    return lambda: once(connection)[0] == wanted


def mails(desk, place, count, committed):
    """Send mails to the desk; return mails per second from the first one sent to the last ticket committed.

    :param committed: function that returns how many of them are tickets already.
    :raises NoFigures: one was refused, or not all of them became tickets.
    """
    # Made before the clock starts: composing takes as long as keeping, and it is the residents' computers that do it.
    waiting = queue.SimpleQueue()
    for number in range(count):
        waiting.put(_mail(place.address, number))

    def send():
        with smtplib.SMTP("127.0.0.1", desk.smtp_port, timeout=60) as server, contextlib.suppress(queue.Empty):
            while True:
                server.sendmail(*waiting.get_nowait())

    began = time.perf_counter()
    with ThreadPoolExecutor(MAIL_CLIENTS) as pool:
        sending = [pool.submit(send) for _ in range(MAIL_CLIENTS)]
    try:
        for client in sending:
            client.result()
    except smtplib.SMTPException as error:
        raise NoFigures(f"a mail was refused: {error}") from error
    accepted = time.perf_counter() - began
    while (tickets := committed()) < count:
        if time.perf_counter() - began > COMMITTED_WITHIN:
            raise NoFigures(f"{tickets} of {count} mails are tickets after {COMMITTED_WITHIN:.0f} s")
        time.sleep(0.05)
    return {"accepted_per_second": round(count / accepted, 1),
            "committed_per_second": round(count / (time.perf_counter() - began), 1)}  # fmt: skip


def _mail(address, number):
    """Return sender, address and bytes of a resident's mail."""
    mail, sender = EmailMessage(), f"r{number}@homes.example"
    mail["From"], mail["To"] = f"Resident <{sender}>", address
    mail["Subject"] = f"The light in hall {number} is broken"
    mail["Message-ID"] = f"<{uuid4().hex}@homes.example>"
    mail.set_content("Hello, the light in our hall has been broken since Monday. Could you send somebody? " * 8)
    return sender, address, mail.as_bytes(policy=SMTP)
