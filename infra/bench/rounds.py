"""Rounds: what is measured and its floors in windows right behind each other, for the machine moves all of them.

Two windows of the same load, minutes apart, differ by up to 2x here; a ratio of two neighbours does by a fifth, where
the host leaves us its caches. By turns with its floors an operation of one client does so anywhere (decision 13).
"""

from collections import defaultdict
from dataclasses import asdict
from statistics import median

from infra.bench.load import in_turn as one_in_turn
from infra.bench.load import window as one_window
from infra.refusal import Refusal

ROUNDS = 3
_CALLED, _WRITTEN = ("page", "call"), ("page", "call", "commit")
#: What one client does before each operation where they are measured by turns.
TURNS = {"create": _WRITTEN, "reply": _WRITTEN, "list": _CALLED, "search": _CALLED, "fetch": _CALLED}
#: What is measured, by clients, and what is measured right before it in each round: floors, and how far memory is.
FLOORS = {
    1: {**{name: ("memory", *floors) for name, floors in TURNS.items()}, "call": ("echo", "no-op")},
    16: {"create": ("no-op",), "reply": ("no-op",), "list": ("no-op",), "search": ("no-op",), "fetch": ("no-op",),
         "call": ("page", "commit", "echo")},
}  # fmt: skip


class NoFigures(Refusal):
    """Too much failed for figures to say anything; what did is the sentence for the terminal."""


def measure(operations, seconds, drain, tell, window=one_window, in_turn=one_in_turn):
    """Return `{"create@1": [{"create": figures, "page": figures, ...}, ...], ...}`, a dictionary per round.

    Beside 1 and 16 clients there is `create@turn`: one client, by turns with its floors.

    :param operations: `{name: function of the client's number}` as `load.window` takes them.
    :param seconds: of each window.
    :param drain: called before the floors of each operation, to have nothing left under way.
    :param tell: called with a sentence now and then.
    :param window: `load.window`.
    :param in_turn: `load.in_turn`.
    :raises NoFigures: more than one in a hundred of an operation failed.
    """
    rounds = defaultdict(list)
    for operation in operations.values():
        window(operation, 4, seconds / 4)

    def figures_of(name, clients):
        return _checked(window(operations[name], clients, seconds), f"{name} at {clients}")

    def figures_by_turns(names):
        found = in_turn({name: operations[name] for name in names}, seconds)
        return {name: _checked(one, f"{name} by turns") for name, one in found.items()}

    for number in range(ROUNDS):
        for clients, floors in FLOORS.items():
            tell(f"round {number + 1} of {ROUNDS}, {clients} client{'s' if clients > 1 else ''}")
            for name, beside in floors.items():
                drain()
                rounds[f"{name}@{clients}"].append({one: figures_of(one, clients) for one in (*beside, name)})
        tell(f"round {number + 1} of {ROUNDS}, 1 client by turns")
        for name, beside in TURNS.items():
            drain()
            rounds[f"{name}@turn"].append(figures_by_turns((*beside, name)))
    return dict(rounds)


def _checked(found, what):
    if not found.done or found.failed > found.done / 100:
        raise NoFigures(f"{what}: {found.done} done, {found.failed} failed")
    return asdict(found)


def medians(rounds):
    """Return `{"create@1": figures}` of everything measured, with each figure's median.

    Floors as well, but for those by turns, which are as slow as what they take turns with.
    """
    found = defaultdict(list)
    for measured, windows in rounds.items():
        operation, _, clients = measured.rpartition("@")
        for each in windows:
            for name, figures in each.items():
                if clients != "turn" or name == operation:
                    found[f"{name}@{clients}"].append(figures)
    return {name: _median(several) for name, several in sorted(found.items())}


def _median(several):
    totals = {name: sum(one[name] for one in several) for name in ("done", "failed")}
    return {name: totals.get(name, median(one[name] for one in several)) for name in several[0]}
