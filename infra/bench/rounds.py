"""Rounds: what is measured and its floors in windows right behind each other, for the machine moves all of them.

Two windows of the same load, minutes apart, differ by up to 2x here; a ratio of two neighbours does by a fifth.
"""

from collections import defaultdict
from dataclasses import asdict
from statistics import median

from infra.bench.load import window

ROUNDS = 3
_CALLED, _WRITTEN = ("page", "call"), ("page", "call", "commit")
#: What is measured, by clients, and what is measured right before it in each round.
FLOORS = {
    1: {"create": _WRITTEN, "reply": _WRITTEN, "list": _CALLED, "search": _CALLED, "fetch": _CALLED,
        "call": ("echo", "no-op")},
    16: {"create": ("no-op",), "reply": ("no-op",), "list": ("no-op",), "search": ("no-op",), "fetch": ("no-op",),
         "call": ("echo", "page", "commit")},
}  # fmt: skip


def measure(operations, seconds, drain, tell):
    """Return `{"create@1": [{"create": figures, "page": figures, ...}, ...], ...}`, a dictionary per round.

    :param operations: `{name: function of the client's number}` as `load.window` takes them.
    :param seconds: of each window.
    :param drain: called before each round, to have nothing left under way.
    :param tell: called with a sentence before each round.
    """
    rounds = defaultdict(list)
    for operation in operations.values():
        window(operation, 4, seconds / 4)
    for number in range(ROUNDS):
        for clients, floors in FLOORS.items():
            tell(f"round {number + 1} of {ROUNDS}, {clients} client{'s' if clients > 1 else ''}")
            for name, beside in floors.items():
                drain()
                windows = {one: asdict(window(operations[one], clients, seconds)) for one in (*beside, name)}
                rounds[f"{name}@{clients}"].append(windows)
    return dict(rounds)


def medians(rounds):
    """Return `{"create@1": figures}` of everything measured, floors as well, with each figure's median."""
    found = defaultdict(list)
    for measured, windows in rounds.items():
        clients = measured.rpartition("@")[2]
        for each in windows:
            for name, figures in each.items():
                found[f"{name}@{clients}"].append(figures)
    return {name: _median(several) for name, several in sorted(found.items())}


def _median(several):
    totals = {name: sum(one[name] for one in several) for name in ("done", "failed")}
    return {name: totals.get(name, median(one[name] for one in several)) for name in several[0]}
