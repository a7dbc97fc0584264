"""Dead letters of a service: statements on what its inbox keeps because nobody could handle it.

`%(id)s` is the fact's id as text. A replay is picked up by the sweep of the running service within a second; like
everything that may have ended its process, it is tried alone, and its tries are counted anew.
"""

_COLUMNS = "event_id::text AS id, listener, source, name, error, tries, received_at"

LIST = f"SELECT {_COLUMNS} FROM inbox WHERE state = 'dead' ORDER BY received_at, event_id"
SHOW = f"SELECT {_COLUMNS}, headers, body FROM inbox WHERE state = 'dead' AND event_id::text = %(id)s"
REPLAY = """
UPDATE inbox SET state = 'retry', tries = 0, next_attempt_at = now(), in_hand = true
WHERE state = 'dead' AND event_id::text = %(id)s RETURNING listener"""
DROP = "DELETE FROM inbox WHERE state = 'dead' AND event_id::text = %(id)s RETURNING listener"
