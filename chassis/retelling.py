"""Telling things again at the versions they have: what every owner's `retell` is made of."""

from chassis.actors import require_all
from chassis.cursors import page_of

#: Facts of one call; about a second of publishing.
RETOLD_AT_ONCE = 1000


def retelling_of(kinds):
    """Return the action `retell` of a service, for others that have lost their copies or are new.

    :param kinds: `{kind: (after, tell)}`, one of `contract.words.RETOLD_KINDS` each: `after(work, after_id, limit)`
        returns the rows behind an id in the order of ids, `tell(work, row)` tells one of them.
    """

    def retell(work, actor, *, kind, after_id, at_once=RETOLD_AT_ONCE):
        """Tell things of a kind again at the version they have, so that newer copies stay as they are.

        :param after_id: `next_cursor` of the call before, `None` to begin.
        :param at_once: things at the most.
        :returns: `{"told", "next_cursor"}`; the cursor is `None` at the end.
        :raises Forbidden: `not_allowed`.
        """
        require_all(actor, "people.write")
        after, tell = kinds[kind]
        page = page_of(after(work, after_id, at_once + 1), at_once, lambda row: row.id)
        for row in page["items"]:
            tell(work, row)
        return {"told": len(page["items"]), "next_cursor": page["next_cursor"]}

    return retell
