"""What `./desk bench` makes of its windows; that it measures a desk is for itself to show."""

import json
import smtplib
from collections import Counter
from types import SimpleNamespace

import pytest

from infra.bench import operations
from infra.bench.floors import STEPS, circle_of, walks
from infra.bench.judgement import judge
from infra.bench.load import Window, figures, in_turn, window
from infra.bench.rounds import FLOORS, ROUNDS, TURNS, NoFigures, measure, medians
from infra.cli import bench
from tests.infra.conftest import refused


def a_window(per_second=100.0, p50_ms=1.0):
    return {"per_second": per_second, "p50_ms": p50_ms, "p99_ms": 9.0, "done": 10, "failed": 1}


def rounds_in_which(name, clients, windows):
    """Return rounds of everything, all alike but for what is given of one of them."""
    usual = {
        f"{measured}@{count}": [dict.fromkeys((measured, *beside), a_window())] * 3
        for count, floors in (*FLOORS.items(), ("turn", TURNS))
        for measured, beside in floors.items()
    }
    return {**usual, f"{name}@{clients}": windows}


def judged(rounds, what):
    return next(one for one in judge(rounds, {"committed_per_second": 99.9}) if one["what"].startswith(what))


def test_a_share_is_the_median_of_the_rounds_and_none_of_the_machine():
    windows = [
        {"create": a_window(per_second=40), "no-op": a_window(per_second=100)},
        {"create": a_window(per_second=20), "no-op": a_window(per_second=50)},
        {"create": a_window(per_second=10), "no-op": a_window(per_second=90)},
    ]
    assert judged(rounds_in_which("create", 16, windows), "create / page with one no-op call") == {
        "what": "create / page with one no-op call, ops/s at 16",
        "is": 0.4, "wanted": ">= 0.4", "met": True, "rounds": [0.4, 0.4, 0.11],
    }  # fmt: skip


def test_a_write_may_take_a_multiple_of_page_call_and_commit():
    for clients, how, longest in (("turn", "by turns", 2.0), (1, "each alone", 2.5)):
        windows = [
            {"reply": a_window(p50_ms=4 * ratio), "page": a_window(), "call": a_window(), "commit": a_window(p50_ms=2)}
            for ratio in (longest, longest + 0.01, 10.0)
        ]
        what = f"reply p50 / (page + call + commit), {how}"
        assert judged(rounds_in_which("reply", clients, windows), what) == {
            "what": what, "is": longest + 0.01, "wanted": f"<= {longest}", "met": False,
            "rounds": [longest, longest + 0.01, 10.0],
        }  # fmt: skip


#: Everything that is wanted, the one figure that just meets it, and the first that does not.
WANTED = [
    ("no-op call / py-amqp echo, ops/s at 16", ">= 0.4", 0.4, 0.39),
    ("mails to a committed ticket per second", ">= 100", 100, 99),
    ("create p50 / (page + call + commit), each alone", "<= 2.5", 2.5, 2.6),
    ("reply p50 / (page + call + commit), each alone", "<= 2.5", 2.5, 2.6),
    ("list p50 / (page + call), each alone", "<= 2.5", 2.5, 2.6),
    ("search p50 / (page + call), each alone", "<= 2.5", 2.5, 2.6),
    ("fetch p50 / (page + call), each alone", "<= 2.5", 2.5, 2.6),
    ("create p50 / (page + call + commit), by turns", "<= 2.0", 2.0, 2.1),
    ("reply p50 / (page + call + commit), by turns", "<= 2.0", 2.0, 2.1),
    ("list p50 / (page + call), by turns", "<= 2.0", 2.0, 2.1),
    ("search p50 / (page + call), by turns", "<= 2.0", 2.0, 2.1),
    ("fetch p50 / (page + call), by turns", "<= 2.0", 2.0, 2.1),
    ("create / page with one no-op call, ops/s at 16", ">= 0.4", 0.4, 0.39),
    ("reply / page with one no-op call, ops/s at 16", ">= 0.4", 0.4, 0.39),
    ("list / page with one no-op call, ops/s at 16", ">= 0.45", 0.45, 0.44),
    ("search / page with one no-op call, ops/s at 16", ">= 0.45", 0.45, 0.44),
    ("fetch / page with one no-op call, ops/s at 16", ">= 0.6", 0.6, 0.59),
]


@pytest.mark.parametrize(("column", "met"), [(2, True), (3, False)], ids=["just", "just-not"])
def test_everything_wanted_is_judged_once(column, met):
    figures_of = {one[0]: one[column] for one in WANTED}
    rounds = rounds_in_which("call", 16, [{"call": a_window(), "echo": a_window(100 / figures_of[WANTED[0][0]])}])
    for what, figure in list(figures_of.items())[2:]:
        name, how = what.split()[0], what.rsplit(", ")[1]
        clients = {"each alone": 1, "by turns": "turn", "ops/s at 16": 16}[how]
        one = rounds[f"{name}@{clients}"][0]
        own = a_window(per_second=100 * figure) if clients == 16 else a_window(p50_ms=figure * (len(TURNS[name])))
        rounds[f"{name}@{clients}"] = [{**one, name: own}]
    assert judge(rounds, {"committed_per_second": figures_of[WANTED[1][0]]}) == [
        {"what": one[0], "is": one[column], "wanted": one[1], "met": met, "rounds": [one[column]]} for one in WANTED
    ]


def test_medians_are_of_all_windows_of_the_same_load():
    rounds = {
        "list@1": [{"list": a_window(p50_ms=3), "page": a_window(p50_ms=1)}],
        "fetch@1": [{"fetch": a_window(p50_ms=4), "page": a_window(p50_ms=2)}],
        "fetch@turn": [{"fetch": a_window(p50_ms=6), "page": a_window(p50_ms=3)}],
    }
    assert medians(rounds) == {
        "fetch@1": a_window(p50_ms=4), "fetch@turn": a_window(p50_ms=6), "list@1": a_window(p50_ms=3),
        "page@1": {**a_window(p50_ms=1.5), "done": 20, "failed": 2},
    }  # fmt: skip


NAMES = {name for floors in FLOORS.values() for one in floors.items() for name in (one[0], *one[1])}


def test_each_operation_is_measured_right_behind_its_floors_and_a_drain():
    order = []

    def window(operation, clients, _seconds):
        order.append((operation, clients))
        return Window(10.0, 1.0, 2.0, 100, 1)

    def by_turns(operations, _seconds):
        order.append((tuple(operations.items()), "by turns"))
        return dict.fromkeys(operations, Window(10.0, 1.0, 2.0, 100, 1))

    rounds = measure({name: name for name in NAMES}, 1, lambda: order.append("drained"), lambda _sentence: None,
                     window, by_turns)  # fmt: skip
    assert {name: len(windows) for name, windows in rounds.items()} == {
        f"{name}@{clients}": ROUNDS for clients, floors in (*FLOORS.items(), ("turn", TURNS)) for name in floors
    }
    one_round = [
        step
        for clients, floors in FLOORS.items()
        for name, beside in floors.items()
        for step in ("drained", *((one, clients) for one in (*beside, name)))
    ]
    for name, beside in TURNS.items():
        one_round += ["drained", (tuple((one, one) for one in (*beside, name)), "by turns")]
    assert order[len(NAMES) :] == one_round * ROUNDS
    window_of = {"per_second": 10.0, "p50_ms": 1.0, "p99_ms": 2.0, "done": 100, "failed": 1}
    assert rounds["fetch@16"] == [{"no-op": window_of, "fetch": window_of}] * ROUNDS


@pytest.mark.parametrize(("done", "failed"), [(0, 0), (0, 500), (99, 1), (1, 5000)])
def test_an_operation_that_fails_is_not_judged(done, failed):
    """It would be the fastest of all."""
    with pytest.raises(NoFigures, match=f"{done} done, {failed} failed"):
        measure(dict.fromkeys(NAMES, None), 1, lambda: None, lambda _sentence: None,
                lambda *_: Window(10.0, 1.0, 2.0, done, failed))  # fmt: skip


@pytest.mark.parametrize(("done", "failed"), [(0, 0), (99, 1)])
def test_an_operation_that_fails_by_turns_is_not_judged(done, failed):
    with pytest.raises(NoFigures, match=f"page by turns: {done} done, {failed} failed"):
        measure(dict.fromkeys(NAMES, None), 1, lambda: None, lambda _sentence: None,
                lambda *_: Window(10.0, 1.0, 2.0, 100, 1),
                lambda names, _seconds: dict.fromkeys(names, Window(10.0, 1.0, 2.0, done, failed)))  # fmt: skip


def test_by_turns_one_client_does_one_of_each_again_and_again(monkeypatch):
    clock, order = [0.0], []
    monkeypatch.setattr("infra.bench.load.time.perf_counter", lambda: clock[0])

    def taking(name, seconds, succeeds=lambda: True):
        def operation(number):
            def once():
                order.append((name, number))
                clock[0] += seconds
                return succeeds()

            return once

        return operation

    answers = iter([True, False, True])
    found = in_turn({"page": taking("page", 0.25), "create": taking("create", 0.5, lambda: next(answers))}, 2.0)
    assert order == [("page", 0), ("create", 0)] * 3
    assert found == {
        "page": Window(per_second=4.0, p50_ms=250.0, p99_ms=250.0, done=3, failed=0),
        "create": Window(per_second=2.0, p50_ms=500.0, p99_ms=500.0, done=2, failed=1),
    }


def test_figures_of_a_window():
    took = [0.001 * number for number in range(200, 0, -1)]
    assert figures(took, 2.0, failed=3) == Window(per_second=100.0, p50_ms=101.0, p99_ms=199.0, done=200, failed=3)
    assert figures([0.001], 2.0, failed=0) == Window(per_second=0.5, p50_ms=1.0, p99_ms=1.0, done=1, failed=0)
    assert figures([], 2.0, failed=3) == Window(0.0, 0.0, 0.0, 0, 3)


def test_a_window_is_of_all_clients_and_of_what_succeeded(monkeypatch):
    clock, counted = [0.0], Counter()
    monkeypatch.setattr("infra.bench.load.time.perf_counter", lambda: clock[0])

    def operation(number):
        def once():
            clock[0] += 0.5
            counted[number] += 1
            return (number + counted[number]) % 2 == 1

        return once

    assert window(operation, 1, 2.0) == Window(per_second=1.0, p50_ms=500.0, p99_ms=500.0, done=2, failed=2)
    counted.clear()
    found = window(operation, 3, 50.0)
    assert (found.done, found.failed) == (
        sum((number + one) % 2 == 1 for number, count in counted.items() for one in range(1, count + 1)),
        sum((number + one) % 2 == 0 for number, count in counted.items() for one in range(1, count + 1)),
    )


@pytest.mark.parametrize("when", ["before the window", "within it"])
def test_a_window_in_which_an_operation_breaks_has_no_figures(when):
    def operation(number):
        def once():
            raise ConnectionError("within it")

        if when == "before the window" and number:
            raise ConnectionError(when)
        return once if number == 1 else lambda: True

    with pytest.raises(ConnectionError, match=when):
        window(operation, 3, 3600)


def test_a_walk_comes_by_every_object_before_it_is_back():
    following, met = circle_of(1000), [0]
    while (at := following[met[-1]]) != 0:
        met.append(at)
    assert sorted(met) == list(range(1000))
    assert met != sorted(met)


def test_a_walk_is_ten_thousand_steps(monkeypatch):
    class Counting(list):
        steps = 0

        def __getitem__(self, at):
            Counting.steps += 1
            return super().__getitem__(at)

    monkeypatch.setattr("infra.bench.floors.circle_of", lambda count: Counting(circle_of(10)))
    assert walks()(3)() is True
    assert Counting.steps == STEPS == 10_000


class FakeSMTP:
    """A server that takes all mails but one, or all."""

    taken, refused = [], None

    def __init__(self, *_where, timeout):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_how):
        pass

    def sendmail(self, sender, address, content):
        """Take a mail."""
        if sender == self.refused:
            raise smtplib.SMTPRecipientsRefused({address: (451, b"later")})
        self.taken.append((sender, address, content.count(b"From: Resident <" + sender.encode())))


@pytest.fixture
def send(monkeypatch):
    """Return a function that sends mails to a fake server."""
    monkeypatch.setattr(operations.smtplib, "SMTP", FakeSMTP)
    monkeypatch.setattr(FakeSMTP, "taken", [])
    desk, place = SimpleNamespace(smtp_port=25), SimpleNamespace(address="desk@provider.example")
    return lambda committed: operations.mails(desk, place, 20, committed)


def test_each_mail_is_sent_once_and_counted_when_all_are_tickets(send):
    looks = iter((19, 20))
    found = send(lambda: next(looks))
    assert sorted(FakeSMTP.taken) == sorted((f"r{n}@homes.example", "desk@provider.example", 1) for n in range(20))
    assert next(looks, None) is None
    assert 0 < found["committed_per_second"] < found["accepted_per_second"]


def test_a_mail_that_is_refused_has_no_figures(send, monkeypatch):
    """It never becomes a ticket, for which the bench waited for ever."""
    monkeypatch.setattr(FakeSMTP, "refused", "r7@homes.example")
    with pytest.raises(NoFigures, match=r"a mail was refused: .*451"):
        send(lambda: pytest.fail("it waited for the tickets"))


def test_mails_that_become_no_tickets_have_no_figures(send, monkeypatch):
    monkeypatch.setattr(operations, "COMMITTED_WITHIN", 0.0)
    with pytest.raises(NoFigures, match=r"19 of 20 mails are tickets"):
        send(iter((19, 19, 20)).__next__)


def test_no_figures_are_a_sentence(desk, monkeypatch):
    """And the desk that was to be measured is stopped."""
    ended = []

    def measure_nothing(*_):
        raise NoFigures("create at 16: 9 done, 7 failed")

    monkeypatch.setattr(
        bench, "TrialDesk", lambda *_: SimpleNamespace(start=lambda: None, stop=lambda: ended.append(True))
    )
    monkeypatch.setattr(bench, "_measure", measure_nothing)
    assert refused(desk("bench", "--json"), "create at 16: 9 done, 7 failed")
    assert ended == [True]


def test_what_is_not_met_is_said_and_is_no_failure_of_the_command(desk, monkeypatch):
    rounds = rounds_in_which("list", 1, [dict.fromkeys(("list", "page", "call"), a_window())])
    figures = {"tickets": 10, "medians": {"list@1": a_window()}, "mails": {"committed_per_second": 99}}
    figures["wanted"] = judge(rounds, figures["mails"])[:2]
    monkeypatch.setattr(bench, "TrialDesk", lambda *_: SimpleNamespace(start=lambda: None, stop=lambda: None))
    monkeypatch.setattr(bench, "_measure", lambda *_: dict(figures))
    answer = desk("bench")
    assert answer.code == 0
    assert [line.split() for line in answer.out[1:3]] == [
        ["ops/s", "p50", "ms", "p99", "ms", "failed"], ["list@1", "100.0", "1.0", "9.0", "1"]
    ]  # fmt: skip
    assert answer.out[4:6] == [
        "met     no-op call / py-amqp echo, ops/s at 16: 1.0 (wanted >= 0.4) [1.0, 1.0, 1.0]",
        "NOT MET mails to a committed ticket per second: 99 (wanted >= 100) [99]",
    ]
    assert json.loads(desk("bench", "--json").out[0]) == {**figures, "seconds": 0}
