"""Holds the figures of one run against what is wanted: ratios to the floors of the same round."""

from statistics import median

from infra.bench.rounds import TURNS

#: At 16 clients, as a share of the pages that make one no-op call.
SHARES = {"create": 0.4, "reply": 0.4, "list": 0.45, "search": 0.45, "fetch": 0.6}
#: At one client, as a multiple of the floors' medians together: each in a window of its own, and by turns with them.
LONGEST = {1: 2.5, "turn": 2.0}


def judge(rounds, mails):
    """Return `[{what, is, wanted, met, rounds}]`.

    :param rounds: as `rounds.measure` returns them.
    :param mails: `{"committed_per_second": ...}`.
    """
    found = [
        at_least("no-op call / py-amqp echo, ops/s at 16", _shares(rounds["call@16"], "call", "echo"), 0.4),
        at_least("mails to a committed ticket per second", [mails["committed_per_second"]], 100),
    ]
    for clients, how in ((1, "each alone"), ("turn", "by turns")):
        for name, floors in TURNS.items():
            what = f"{name} p50 / ({' + '.join(floors)}), {how}"
            found.append(at_most(what, _multiples(rounds[f"{name}@{clients}"], name, floors), LONGEST[clients]))
    for name, share in SHARES.items():
        what = f"{name} / page with one no-op call, ops/s at 16"
        found.append(at_least(what, _shares(rounds[f"{name}@16"], name, "no-op"), share))
    return found


def at_least(what, values, wanted):
    """Return a judgement: met when the median of the rounds is not below what is wanted."""
    return _judgement(what, values, f">= {wanted}", median(values) >= wanted)


def at_most(what, values, wanted):
    """Return a judgement: met when the median of the rounds is not above what is wanted."""
    return _judgement(what, values, f"<= {wanted}", median(values) <= wanted)


def _judgement(what, values, wanted, is_met):
    shown = [round(value, 2) for value in values]
    return {"what": what, "is": round(median(values), 2), "wanted": wanted, "met": is_met, "rounds": shown}


def _shares(rounds, name, of):
    return [one[name]["per_second"] / one[of]["per_second"] for one in rounds]


def _multiples(rounds, name, floors):
    return [one[name]["p50_ms"] / sum(one[floor]["p50_ms"] for floor in floors) for one in rounds]
