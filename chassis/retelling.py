"""Telling things again at the versions they have: what every owner's `retell` has in common."""

#: Facts of one call; about a second of publishing.
RETOLD_AT_ONCE = 1000


def tell_again(rows, tell, at_once):
    """Tell the first of some rows; return `{"told", "next_cursor"}`, the cursor `None` at the end.

    :param rows: in the order of their ids, one more than `at_once` where there are so many.
    :param tell: function of a row.
    """
    for row in rows[:at_once]:
        tell(row)
    more = len(rows) > at_once
    return {"told": len(rows[:at_once]), "next_cursor": rows[at_once - 1].id if more else None}
