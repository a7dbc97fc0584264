"""Telling things again at the versions they have: what every owner's `retell` has in common."""

#: Facts of one call; about a second of publishing.
RETOLD_AT_ONCE = 1000


def tell_again(work, kind, after_id, at_once):
    """Tell things of a kind again at the version they have, so that newer copies stay as they are.

    :param kind: two functions: `after(work, after_id, limit)` returns the rows behind an id in the order of ids,
        `tell(work, row)` tells one of them.
    :param after_id: `next_cursor` of the call before, `None` to begin.
    :param at_once: things at the most.
    :returns: `{"told", "next_cursor"}`; the cursor is `None` at the end.
    """
    after, tell = kind
    rows = after(work, after_id, at_once + 1)
    for row in rows[:at_once]:
        tell(work, row)
    more = len(rows) > at_once
    return {"told": len(rows[:at_once]), "next_cursor": rows[at_once - 1].id if more else None}
