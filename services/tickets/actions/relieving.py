"""Tickets are taken from whoever could not be given them any more: a list, a role or an account has ended."""

from services.tickets.actions.assigning import candidate, relieve
from services.tickets.domain import ALLOWED, SETTLED
from services.tickets.locked import CAN_SERVE, lock_for_fact

#: Seconds between two looks, 25 ms each for 10,000 open tickets. By then their assignees see these tickets no more;
#: what waits is another assignee.
RELIEF_SECONDS = 10
#: Tickets taken in one transaction, some three statements and two facts each.
RELIEF_BATCH = 100

# The fence keeps the order out of the inner plan, which else might walk through all closed tickets for it.
_UNABLE = (
    "SELECT id FROM (SELECT t.id FROM tickets t JOIN people known ON known.person_id = t.assignee_id"
    f" WHERE t.status = ANY (%(open)s) AND NOT (known.active AND {CAN_SERVE}) OFFSET 0) unable"
    " ORDER BY id LIMIT %(limit)s"
)


def relieve_assignees(work, limit=RELIEF_BATCH):
    """Take open tickets from people who cannot serve them any more; dispatch finds others.

    By the copies as they are now and not by a fact, so that it is the same in whatever order facts come, and so that
    a usergroup of thousands is gone through in many transactions.

    :param limit: of tickets.
    """
    for row in work.load(_UNABLE, open=sorted(ALLOWED.keys() - SETTLED), limit=limit):
        ticket = lock_for_fact(work, row.id)
        # While the lock was waited for it may have been settled, or given to another.
        is_open = ticket.status not in SETTLED
        if is_open and ticket.assignee_id and candidate(work, ticket, ticket.assignee_id) is None:
            relieve(work, ticket)
            ticket.write()
