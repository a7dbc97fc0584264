"""Holds the figures of one run against what is wanted: ratios to the floors of the same run."""


def judge(figures):
    """Return `[{what, is, wanted, met}]`.

    :param figures: of `./desk bench`, with `operations`, `floors` and `mails`.
    """
    operations, floors = figures["operations"], figures["floors"]
    found = [
        at_least("no-op call / py-amqp echo, ops/s at 16", _share(floors, "no-op call@16", "echo@16"), 0.4),
        at_least("mails to a committed ticket per second", figures["mails"]["committed_per_second"], 100),
    ]
    call = floors["no-op call@1"]["p50_ms"]
    page = operations["page@1"]["p50_ms"]
    write = page + call + floors["commit@1"]["p50_ms"]
    for name in ("create", "reply"):
        found.append(
            at_most(f"{name} p50 / (page + call + commit)", operations[f"{name}@1"]["p50_ms"] / write, 2.5)
        )
    for name in ("list", "search", "fetch"):
        found.append(
            at_most(f"{name} p50 / (page + call)", operations[f"{name}@1"]["p50_ms"] / (page + call), 2.5)
        )
    shares = {"create": 0.4, "reply": 0.4, "list": 0.45, "search": 0.45, "fetch": 0.6}
    for name, share in shares.items():
        ratio = _share(operations, f"{name}@16", "no-op@16")
        found.append(at_least(f"{name} / page with one no-op call, ops/s at 16", ratio, share))
    return found


def at_least(what, value, wanted):
    """Return a judgement: met when the value is not below what is wanted."""
    return {"what": what, "is": round(value, 2), "wanted": f">= {wanted}", "met": value >= wanted}


def at_most(what, value, wanted):
    """Return a judgement: met when the value is not above what is wanted."""
    return {"what": what, "is": round(value, 2), "wanted": f"<= {wanted}", "met": value <= wanted}


def _share(figures, name, of):
    return figures[name]["per_second"] / (figures[of]["per_second"] or 1e-9)
