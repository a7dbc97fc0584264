"""What every service forgets by itself once it is old, by batches: after a long rest millions of rows may be due.

One statement for all of them would take longer than a statement may and be undone, now and each time after.
"""

#: Rows that one transaction deletes.
MOST_AT_ONCE = 50_000
_OLD = (
    # Handled facts are remembered longer than any message waits in a queue or outbox.
    ("inbox", "state = 'done' AND received_at < now() - interval '30 days'"),
    # Tries of calls that came again, whose process ended before they did, and that never came a third time.
    ("inbox", "state = 'retry' AND next_attempt_at IS NULL AND received_at < now() - interval '1 day'"),
    # Phones may be offline for weeks and repeat their requests afterwards.
    ("requests", "created_at < now() - interval '60 days'"),
    ("epochs", "changed_at < now() - interval '1 day'"),
)
# That it is old is said twice: the outer condition is asked again about a row that somebody changes in that moment,
# such as an epoch that is raised anew, while its place in the table may be that of the new version.
_FORGET = tuple(
    f"WITH gone AS (DELETE FROM {table} WHERE {is_old} AND ctid = ANY (ARRAY("
    f"SELECT ctid FROM {table} WHERE {is_old} LIMIT %(most)s)) RETURNING 1) SELECT count(*) AS rows FROM gone"
    for table, is_old in _OLD
)


def forget_old(database, is_ending, most=MOST_AT_ONCE):
    """Forget what is old in the tables of the chassis.

    :param is_ending: function that says, between two batches, whether to leave the rest for the next time.
    """
    for statement in _FORGET:
        while not is_ending():
            with database.work() as work:
                gone = work.one(statement, most=most).rows
                work.commit()
            if gone < most:
                break
