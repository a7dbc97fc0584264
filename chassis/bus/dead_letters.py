"""Dead letters of one service: what its inbox keeps because nobody could handle it; seen, replayed, dropped.

Needs no bus: the sweep of the running service picks a replay up within a second, and tries it alone.
"""

_LIST = (
    "SELECT listener, event_id, source, name, tries, received_at, left(error, 300) AS error FROM inbox "
    "WHERE state = 'dead' ORDER BY received_at, event_id LIMIT %(limit)s"
)
_SHOW = (
    "SELECT listener, event_id, source, name, tries, received_at, error, headers, body FROM inbox "
    "WHERE state = 'dead' AND event_id = %(event_id)s ORDER BY listener"
)
_REPLAY = (
    "UPDATE inbox SET state = 'retry', tries = 0, next_attempt_at = now(), in_hand = true "
    "WHERE state = 'dead' AND event_id = %(event_id)s RETURNING listener"
)
_DROP = "DELETE FROM inbox WHERE state = 'dead' AND event_id = %(event_id)s RETURNING listener"


def dead_letters(database, limit=1000):
    """Return the oldest dead letters of a service, without their bodies."""
    return database.read(_LIST, limit=limit)


def dead_letter(database, event_id):
    """Return everything kept of one dead letter: a row for each listener that could not handle it."""
    return database.read(_SHOW, event_id=event_id)


def replay(database, event_id):
    """Have a dead letter tried again; return the listeners that will.

    Whoever has handled it already is not asked again; what still cannot be handled is dead once more.
    """
    return [row.listener for row in database.read(_REPLAY, event_id=event_id)]


def drop(database, event_id):
    """Forget a dead letter for good; return the listeners that never handled it."""
    return [row.listener for row in database.read(_DROP, event_id=event_id)]
