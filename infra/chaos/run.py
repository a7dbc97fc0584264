"""One chaos run against a desk that runs: clients, killer, checker."""

import itertools
import threading
import time
from functools import partial

from infra.chaos.checker import Checker
from infra.chaos.inputs import Client
from infra.chaos.killer import Killer
from infra.chaos.ledger import Ledger
from infra.chaos.place import PASSWORD, make_place
from infra.chaos.tables import Tables
from infra.refusal import Refusal

ADMIN = "admin@chaos.example"
KINDS = ("mail", "webform", "ticket", "clock_in")
#: Threads that send mails, webforms and tickets each: enough that something is always in flight.
CLIENTS = 2
#: Seconds that a kill takes until the next, as far as the pace of the inputs goes; of a run at least.
KILL_SECONDS, SHORTEST = 5.0, 10.0
#: Seconds between two inputs of one client at the most.
SLOWEST = 2.0


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
        self._are_kills_done = threading.Event()
        self._stirred = threading.Condition()
        self._ports = (desk.http_port, desk.smtp_port)
        self._tables = Tables(self._url_of)
        self.killer = Killer(desk.record, kills, seed, self._stir, self._in_flight)

    def run(self):
        """Run; return the `Report`.

        :raises Refusal: the run could not be made.
        """
        place = self.place(self._inputs)
        loops = [partial(self._watched, loop) for loop in self._loops(place)]
        threads = [threading.Thread(target=loop, daemon=True) for loop in loops]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        self.killer.run(self._tell)
        self._are_kills_done.set()
        self._stir()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
        self._tell(f"{self.ledger.total()} inputs accepted in {seconds:.0f} s; waiting for rest")
        return self.check(dict.fromkeys(KINDS, self._inputs))

    def place(self, presences):
        """Make an administrator and, by their hand, the `Place` to work on.

        :param presences: clock-ins and clock-outs that are possible there.
        """
        arguments = (ADMIN, "--name", "Chaos", "--password-stdin")
        made = self._desk.command("create-admin", *arguments, input=PASSWORD)
        if made.returncode:
            raise Refusal(made.stderr.strip())
        return make_place(self._ports, self.ledger, ADMIN, presences)

    def check(self, wanted):
        """Return the `Report` on what was accepted.

        :param wanted: `{kind of input: how many there shall be at least}`.
        """
        report = Checker(self._tables, self._desk.folder).check(self.ledger.accepted)
        report.left_over += [f"refused: {refused}" for refused in self.ledger.refused]
        for kind, count in self.killer.ended_by_themselves().items():
            report.left_over.append(f"{kind} ended by itself, {count} times")
        for kind, count in wanted.items():
            if self.ledger.count(kind) < count:
                report.left_over.append(f"only {self.ledger.count(kind)} of {count} {kind}s were accepted")
        return report

    def _loops(self, place):
        nobody = Client(self._ports, self.ledger)
        senders = {
            "mail": partial(nobody.mail, place.address),
            "webform": partial(nobody.webform, place.slug),
            "ticket": partial(place.admin.ticket, place.usergroup_id),
        }
        lasting = max(SHORTEST, KILL_SECONDS * len(self.killer.planned))
        pace = min(SLOWEST, CLIENTS * lasting / self._inputs)
        for kind, send in senders.items():
            for _ in range(CLIENTS):
                yield partial(self._send_until_done, kind, send, pace)
        by_worker = sorted(place.presences, key=lambda one: one[0])
        for number, presences in itertools.groupby(by_worker, lambda one: one[0]):
            mine = list(presences)
            yield partial(self._clock, place.workers[number], mine, lasting / len(mine))

    def _send_until_done(self, kind, send, pace):
        while not self._are_kills_done.is_set() or self.ledger.count(kind) < self._inputs:
            send()
            with self._stirred:
                self._stirred.wait(0 if self._are_kills_done.is_set() else pace)

    def _clock(self, worker, presences, pace):
        for _, intervention, event, instant in presences:
            worker.clock_in(intervention, event, instant)
            self._are_kills_done.wait(pace)

    def _stir(self):
        with self._stirred:
            self._stirred.notify_all()

    def _in_flight(self):
        """Return how many inputs, facts, mails and deliveries are under way."""
        return self.ledger.in_hand + sum(self._tables.under_way().values())

    def _watched(self, loop):
        try:
            loop()
        except Exception as error:
            self.ledger.refuse("client", loop.func.__name__, repr(error))

    def _url_of(self, service):
        return self._desk.record()["owner_url"].rsplit("/", 1)[0] + f"/fielddesk_{service}"
