"""One chaos run against a desk that runs: clients, killer, checker."""

import itertools
import threading
import time

from infra.chaos.checker import Checker
from infra.chaos.inputs import Ledger
from infra.chaos.killer import Killer
from infra.chaos.place import PASSWORD, make_place

ADMIN = "admin@chaos.example"
#: Threads per kind of input: enough that something is always in flight.
CLIENTS = {"mail": 2, "webform": 2, "ticket": 2}


class Run:
    """Sends inputs until there are enough and every kill has happened.

    :param desk: `TrialDesk` that is started.
    :param inputs: of each kind at least.
    :param kills: of each kind of process; 0 kills nothing.
    :param tell: gets progress, a sentence at a time.
    """

    def __init__(self, desk, inputs, kills, seed, tell):
        self._desk, self._inputs, self._tell = desk, inputs, tell
        self.ledger = Ledger()
        self._in_hand = 0
        self._lock = threading.Lock()
        self._kills_done = threading.Event()
        self._ports = (desk.http_port, desk.smtp_port)
        self.killer = Killer(desk.record, kills, seed, lambda: self._in_hand > 0)

    def run(self):
        """Run; return the `Report`."""
        made = self._desk.command("create-admin", ADMIN, "--name", "Chaos", "--password-stdin", input=PASSWORD)
        if made.returncode:
            raise RuntimeError(made.stderr)
        place = make_place(self._ports, self.ledger, ADMIN, self._inputs)
        threads = [threading.Thread(target=loop) for loop in self._loops(place)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            self.killer.run(self._tell)
        finally:
            self._kills_done.set()
            for thread in threads:
                thread.join()
        self._tell(f"{self.ledger.total()} inputs accepted in {time.monotonic() - began:.0f} s; waiting for rest")
        report = Checker(self._url_of).check(self.ledger.accepted)
        report.left_over += [f"refused: {refused}" for refused in self.ledger.refused]
        return report

    def _loops(self, place):
        pace = self._pace()
        mail, form, api = place.admin, place.admin, place.admin
        senders = {
            "mail": lambda: mail.mail(place.address),
            "webform": lambda: form.webform(place.slug),
            "ticket": lambda: api.ticket(place.usergroup_id),
        }
        for kind, send in senders.items():
            for _ in range(CLIENTS[kind]):
                yield lambda kind=kind, send=send: self._send_until_done(kind, send, pace)
        per_worker = {
            number: list(group)
            for number, group in itertools.groupby(sorted(place.presences, key=lambda one: one[0]), lambda one: one[0])
        }
        for number, presences in per_worker.items():
            yield lambda number=number, presences=presences: self._clock(place.workers[number], presences)

    def _pace(self):
        """Return the seconds between two inputs of one client, so that a run lasts as long as its kills."""
        expected = max(20.0, 5.0 * len(self.killer.planned))
        return expected / self._inputs

    def _send_until_done(self, kind, send, pace):
        while not self._kills_done.is_set() or len(self.ledger.accepted.get(kind, ())) < self._inputs:
            self._one(send)
            if len(self.ledger.accepted.get(kind, ())) >= self._inputs and self._kills_done.wait(pace):
                return
            self._kills_done.wait(pace)

    def _clock(self, worker, presences):
        pace = max(20.0, 4.0 * len(self.killer.planned)) / max(1, len(presences))
        for _, visit, event, instant in presences:
            self._one(lambda visit=visit, event=event, instant=instant: worker.clock_in(visit, event, instant))
            self._kills_done.wait(pace)

    def _one(self, send):
        with self._lock:
            self._in_hand += 1
        try:
            send()
        finally:
            with self._lock:
                self._in_hand -= 1

    def _url_of(self, service):
        return self._desk.record()["owner_url"].rsplit("/", 1)[0] + f"/fielddesk_{service}"
