"""The statements on `inbox`, in one place: what each says about a fact."""

from chassis.bus.wire import encode
from chassis.prepared import Prepared

_COLUMNS = "listener, event_id, source, name"
_VALUES = "%(listener)s, %(event_id)s, %(source)s, %(name)s"

#: Claims a fact in the transaction of its effect; a second claim breaks the primary key.
DONE = Prepared(f"INSERT INTO inbox ({_COLUMNS}, state) VALUES ({_VALUES}, 'done')")
#: Claims it where no other claim stands; no row: one does.
DONE_IF_NEW = f"{DONE} ON CONFLICT DO NOTHING RETURNING 1"

_KEPT = f"INSERT INTO inbox ({_COLUMNS}, headers, body, state, error, tries, next_attempt_at, in_hand) "
_CONTENT = f"VALUES ({_VALUES}, %(headers)s, %(body)s, "
_ONCE = " ON CONFLICT (listener, event_id) DO NOTHING"

#: Keeps a fact whose first try failed; a `delay` of `None` is none.
FAILED_FIRST = Prepared(f"""
{_KEPT}{_CONTENT}%(state)s, %(error)s, %(tries)s, now() + make_interval(secs => %(delay)s), false){_ONCE}""")
#: Keeps a message that is refused.
BURY = f"{_KEPT}{_CONTENT}'dead', %(error)s, 0, NULL, false){_ONCE}"
#: Keeps a fact that is suspected of ending the process.
PARK = f"{_KEPT}{_CONTENT}'retry', NULL, 0, now(), true){_ONCE}"

_KEPT_CONTENT = "listener, event_id, source, name, headers, body, tries"
_WAITED = "extract(epoch FROM now() - received_at)::float AS waited"

#: Takes failed facts that are due; `in_hand` stays true if the process ends meanwhile.
TAKE_DUE = Prepared(f"""
UPDATE inbox SET in_hand = true, next_attempt_at = now() + make_interval(secs => %(lease)s)
WHERE (listener, event_id) IN (
    SELECT listener, event_id FROM inbox WHERE state = 'retry' AND next_attempt_at <= now() AND NOT in_hand
    ORDER BY next_attempt_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING {_KEPT_CONTENT}, {_WAITED}""")
SUSPECT_DUE = Prepared("SELECT 1 FROM inbox WHERE state = 'retry' AND next_attempt_at <= now() AND in_hand LIMIT 1")
#: Takes one fact that was in hand when a process ended, and commits the try before it is made.
TAKE_SUSPECT = f"""
UPDATE inbox SET tries = tries + 1, next_attempt_at = now() + make_interval(secs => %(lease)s)
WHERE (listener, event_id) IN (
    SELECT listener, event_id FROM inbox WHERE state = 'retry' AND next_attempt_at <= now() AND in_hand
    ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {_KEPT_CONTENT}, {_WAITED}"""

_ONE = "WHERE listener = %(listener)s AND event_id = %(event_id)s AND state = 'retry'"

#: Claims a kept fact in the transaction of its effect; no row: somebody else has it.
DONE_AFTER_ALL = Prepared(f"""
UPDATE inbox SET state = 'done', error = NULL, headers = NULL, body = NULL, next_attempt_at = NULL,
    in_hand = false {_ONE} RETURNING 1""")
#: Keeps a further failure.
FAILED_AGAIN = Prepared(f"""
UPDATE inbox SET state = %(state)s, error = %(error)s, tries = %(tries)s, in_hand = false,
    next_attempt_at = now() + make_interval(secs => %(delay)s) {_ONE}""")
#: Seconds until the next kept fact is due.
NEXT_DUE = Prepared("SELECT extract(epoch FROM min(next_attempt_at) - now())::float FROM inbox WHERE state = 'retry'")

#: Writes down the try of a call that comes again; it is never due for the sweep.
TRY_CALL = f"""
{_KEPT}{_CONTENT}'retry', 'It was in hand when the process ended.', 1, NULL, true)
ON CONFLICT (listener, event_id) DO UPDATE SET tries = inbox.tries + 1 RETURNING tries"""
#: Forgets a call that did come to its end.
FORGET_TRY = f"DELETE FROM inbox {_ONE} RETURNING 1"
#: Keeps a call that ends its process.
DEAD_CALL = f"UPDATE inbox SET state = 'dead' {_ONE} RETURNING 1"


def row_of(listener, letter, with_content=False):
    """Return the values that name a fact in the inbox, with headers and body where they are to be kept."""
    row = {
        "listener": listener,
        "event_id": letter.event_id,
        "source": clean(letter.source)[:40],
        "name": clean(letter.name)[:80],
    }
    if with_content:
        headers = {clean(str(name)): _plain(value) for name, value in letter.headers.items()}
        row["headers"] = encode(headers).decode()
        row["body"] = letter.body
    return row


def clean(text):
    """Return text without what PostgreSQL cannot store."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def _plain(value):
    return value if value is None or isinstance(value, (bool, int)) else clean(str(value))
