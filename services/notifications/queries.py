"""Named statements of notifications. Constants; every value is a parameter."""

from chassis.prepared import Prepared
from services.notifications.access import VISIBLE

# --- the in-app list ---------------------------------------------------------------------------------------

_NOTIFICATION = "id, kind, title, ticket_id, ticket_number, created_at, read_at"

NOTIFICATION_PAGE = (
    f"SELECT {_NOTIFICATION} FROM notifications n WHERE {VISIBLE} "
    "AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid) AND (NOT %(unread)s OR read_at IS NULL) "
    "ORDER BY id DESC LIMIT %(limit)s"
)
NOTIFICATION_FOR_UPDATE = f"SELECT {_NOTIFICATION} FROM notifications n WHERE id = %(id)s AND {VISIBLE} FOR UPDATE"
READ_NOTIFICATION = "UPDATE notifications SET read_at = %(read_at)s WHERE id = %(id)s"
ADD_NOTIFICATION = Prepared("""
INSERT INTO notifications (id, occasion, person_id, kind, title, ticket_id, ticket_number, created_at)
VALUES (%(id)s, %(occasion)s, %(person_id)s, %(kind)s, %(title)s, %(ticket_id)s, %(ticket_number)s,
        %(created_at)s)
ON CONFLICT (occasion) DO NOTHING
""")

# --- copies ------------------------------------------------------------------------------------------------

KEEP_TICKET = Prepared("""
INSERT INTO tickets (ticket_id, number, subject, reason_names, language, mailbox_id, participants,
                     participants_version, assignee_version, usergroup_id, usergroup_version)
VALUES (%(ticket_id)s, %(number)s, %(subject)s, %(reason_names)s::jsonb, %(language)s, %(mailbox_id)s,
        %(participants)s::jsonb, %(version)s, 0, %(usergroup_id)s, %(version)s)
ON CONFLICT (ticket_id) DO NOTHING
""")
TICKET = Prepared("SELECT * FROM tickets WHERE ticket_id = %(ticket_id)s")
TICKET_FOR_UPDATE = Prepared(f"{TICKET} FOR UPDATE")
CHANGE_PARTICIPANTS = Prepared("""
UPDATE tickets SET participants = %(participants)s::jsonb, participants_version = %(version)s
WHERE ticket_id = %(ticket_id)s
""")
#: One change of a ticket may take it from somebody and give it to another, under one version.
CHANGE_ASSIGNEE = Prepared("""
UPDATE tickets SET assignee_id = %(assignee_id)s, assignee_version = %(version)s
FROM (SELECT ticket_id AS id, assignee_id AS assigned_before FROM tickets
      WHERE ticket_id = %(ticket_id)s FOR NO KEY UPDATE) AS known
WHERE ticket_id = known.id AND (assignee_version < %(version)s
                                OR (assignee_version = %(version)s AND %(assignee_id)s::uuid IS NOT NULL))
RETURNING tickets.*, known.assigned_before
""")
CHANGE_USERGROUP = """
UPDATE tickets SET usergroup_id = %(usergroup_id)s, usergroup_version = %(version)s
WHERE ticket_id = %(ticket_id)s AND usergroup_version < %(version)s RETURNING ticket_id
"""
INTERVENTION = "SELECT * FROM interventions WHERE intervention_id = %(intervention_id)s"
KEEP_INTERVENTION = """
INSERT INTO interventions (intervention_id, ticket_id, version, worker_ids, starts_at, ends_at, inputs)
VALUES (%(intervention_id)s, %(ticket_id)s, %(version)s, %(worker_ids)s::uuid[], %(starts_at)s, %(ends_at)s,
        %(inputs)s::jsonb)
ON CONFLICT (intervention_id) DO UPDATE
SET version = excluded.version, worker_ids = excluded.worker_ids, starts_at = excluded.starts_at,
    ends_at = excluded.ends_at, inputs = excluded.inputs
WHERE interventions.version < excluded.version RETURNING intervention_id
"""
KEEP_SOURCE_MESSAGE = Prepared("""
INSERT INTO source_messages (participant_id, message_id, ticket_id, received_at)
VALUES (%(participant_id)s, %(message_id)s, %(ticket_id)s, %(received_at)s) ON CONFLICT DO NOTHING
""")
PEOPLE = Prepared("SELECT * FROM people WHERE person_id = ANY(%(person_ids)s)")
MAILBOX = Prepared("SELECT * FROM mailboxes WHERE mailbox_id = %(mailbox_id)s")
#: The way to a site from the root of its tree, as far as it has been heard; each row has the site's own zone.
WAY_TO_SITE = """
SELECT here.time_zone, above.name, above.address FROM sites AS here
LEFT JOIN sites AS above ON above.site_id = ANY (here.path)
WHERE here.site_id = %(site_id)s ORDER BY cardinality(above.path)
"""

# --- deliveries --------------------------------------------------------------------------------------------

#: Mails between us and the participants of a ticket, oldest first; what never left is in nobody's mailbox.
THREAD = Prepared("""
SELECT participant_id, message_id FROM (
    SELECT participant_id, message_id, received_at AS at, 0 AS ours FROM source_messages
    WHERE ticket_id = %(ticket_id)s
    UNION ALL
    SELECT participant_id, message_id, created_at, 1 FROM deliveries
    WHERE ticket_id = %(ticket_id)s AND state IN ('waiting', 'sent')
) AS mails ORDER BY at, ours, message_id
""")
#: Our mails about an intervention to those who are sent, oldest first; they need not take part in the ticket.
THREAD_OF_INTERVENTION = """
SELECT person_id, message_id FROM deliveries
WHERE ticket_id = %(ticket_id)s AND participant_id IS NULL AND intervention_id = %(intervention_id)s
  AND state IN ('waiting', 'sent')
ORDER BY id
"""
ADD_DELIVERY = Prepared("""
INSERT INTO deliveries (id, occasion, kind, ticket_id, participant_id, intervention_id, person_id, mailbox_id,
                        recipient, counted_as, name, language, inputs, message_id, thread, state, error,
                        next_attempt_at, created_at)
VALUES (%(id)s, %(occasion)s, %(kind)s, %(ticket_id)s, %(participant_id)s, %(intervention_id)s, %(person_id)s,
        %(mailbox_id)s, %(recipient)s, %(counted_as)s, %(name)s, %(language)s, %(inputs)s::jsonb, %(message_id)s,
        %(thread)s::jsonb, %(state)s, %(error)s, %(created_at)s, %(created_at)s)
ON CONFLICT (occasion) DO NOTHING
""")
#: The lock is held until the end of the transaction, so that two mails to one address are counted one after the
#: other.
SPENT_BUDGET = (
    Prepared("SELECT pg_advisory_xact_lock(hashtextextended('budget:' || %(counted_as)s::text, 0))"),
    Prepared("""
SELECT count(*) AS mails FROM deliveries
WHERE counted_as = %(counted_as)s AND created_at > %(since)s
  AND kind = ANY(%(kinds)s) AND state <> 'cancelled'
  AND (ticket_id = %(ticket_id)s OR %(ticket_id)s::uuid IS NULL)
"""),
)
#: Plans of one intervention that wait; one that is in hand leaves before anybody can stop it.
WITHDRAW_PLANS = """
UPDATE deliveries SET state = 'cancelled', error = %(error)s
WHERE id IN (SELECT id FROM deliveries
             WHERE ticket_id = %(ticket_id)s AND occasion LIKE %(occasions)s AND kind = ANY(%(kinds)s)
               AND coalesce(participant_id, person_id) = ANY(%(recipient_ids)s) AND state = 'waiting'
             FOR UPDATE SKIP LOCKED)
RETURNING coalesce(participant_id, person_id) AS recipient_id
"""
_OF_WORK_ORDER = (
    "ticket_id = %(ticket_id)s AND kind = 'work_order' AND person_id = %(person_id)s AND occasion LIKE %(occasions)s"
)
WORK_ORDER_MAIL = f"SELECT id FROM deliveries WHERE {_OF_WORK_ORDER}"
#: Withdraws a work order's mail that waits, likewise; what it told, if anything, and whether it has left or may yet.
WITHDRAW_WORK_ORDER = f"""
WITH withdrawn AS (
    UPDATE deliveries SET state = 'cancelled', error = %(error)s
    WHERE id IN (SELECT id FROM deliveries WHERE {_OF_WORK_ORDER} AND state = 'waiting' FOR UPDATE SKIP LOCKED)
    RETURNING id)
SELECT inputs, message_id, inputs ? 'work' AS is_told,
    state IN ('waiting', 'sent') AND id NOT IN (SELECT id FROM withdrawn) AS is_mailed
FROM deliveries WHERE {_OF_WORK_ORDER}
"""
#: Withdraws what waits of whom a ticket was given to before, likewise.
WITHDRAW_ASSIGNMENTS = """
UPDATE deliveries SET state = 'cancelled', error = %(error)s
WHERE id IN (SELECT id FROM deliveries
             WHERE ticket_id = %(ticket_id)s AND kind = 'assigned' AND state = 'waiting' FOR UPDATE SKIP LOCKED)
"""
#: The last plan of one intervention that each recipient has been mailed, none for whom it has been called off since.
PLANS_MAILED = """
SELECT DISTINCT ON (recipient_id) coalesce(participant_id, person_id) AS recipient_id,
    CASE WHEN kind = ANY(%(kinds)s) THEN inputs END AS inputs
FROM deliveries
WHERE ticket_id = %(ticket_id)s AND occasion LIKE %(occasions)s
  AND coalesce(participant_id, person_id) = ANY(%(recipient_ids)s) AND state IN ('waiting', 'sent')
ORDER BY recipient_id, id DESC
"""
#: Counts a try before it is made, and puts the next one off in case nobody ever learns what became of this one. No
#: pause is longer than an hour: what is due later was written by a clock that was ahead, and would wait for that day.
CLAIM_NEXT = Prepared("""
UPDATE deliveries SET tries = tries + 1,
    next_attempt_at = %(now)s + least(interval '5 seconds' * 4 ^ least(tries, 8), interval '1 hour')
WHERE id = (SELECT id FROM deliveries WHERE state = 'waiting'
            AND (next_attempt_at <= %(now)s OR next_attempt_at > %(now)s + interval '2 hours')
            ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
""")
#: From which mailbox a mail is: that by which its ticket came, else the only one of the ticket's usergroup, else the
#: only one of the desk; closed ones refuse what is sent to them.
_FROM = """
m.active AND m.mailbox_id = coalesce(
    (SELECT came.mailbox_id FROM mailboxes AS came WHERE came.mailbox_id = d.mailbox_id AND came.active),
    (SELECT (array_agg(theirs.mailbox_id))[1] FROM mailboxes AS theirs
     WHERE theirs.usergroup_id = t.usergroup_id AND theirs.active HAVING count(*) = 1),
    (SELECT (array_agg(one.mailbox_id))[1] FROM mailboxes AS one WHERE one.active HAVING count(*) = 1)
)"""
#: Whoever has the row in hand holds its lock: no two processes send the same mail, and a dead one lets it go.
#: With it come our own copies, which say whether the mail may still be sent, and from which address.
CLAIMED = (
    # A relay may take its time, longer than a transaction otherwise may rest.
    Prepared("SELECT set_config('idle_in_transaction_session_timeout', '0', true)"),
    Prepared(f"""
SELECT d.*, t.participants, t.reason_names, t.assignee_id, v.worker_ids, v.starts_at AS intervention_starts_at,
       p.email AS person_email, p.active AS person_active, p.roles AS person_roles,
       m.name AS mailbox_name,
       m.address AS mailbox_address,
       EXISTS (SELECT 1 FROM mailboxes AS own
               WHERE lower(own.address) = lower(coalesce(p.email, d.recipient))) AS is_mailbox,
       d.kind = 'work_order' AND EXISTS (
           SELECT 1 FROM deliveries AS off
           WHERE off.ticket_id = d.ticket_id AND off.person_id = d.person_id AND off.kind = 'work_order_cancelled'
             AND off.inputs->'work_order' = d.inputs->'work_order') AS is_work_off
FROM deliveries AS d
LEFT JOIN tickets AS t ON t.ticket_id = d.ticket_id
LEFT JOIN interventions AS v ON v.intervention_id = d.intervention_id
LEFT JOIN people AS p ON p.person_id = d.person_id
LEFT JOIN mailboxes AS m ON {_FROM}
WHERE d.id = %(id)s AND d.state = 'waiting' FOR UPDATE OF d SKIP LOCKED
"""),
)
SETTLE_DELIVERY = Prepared("""
UPDATE deliveries SET state = %(state)s, recipient = %(recipient)s, tries = %(tries)s,
                      next_attempt_at = %(next_attempt_at)s, error = %(error)s, sent_at = %(sent_at)s
WHERE id = %(id)s
""")
#: While the relay is away there is no use in trying the others one by one; the try of this one does not count. What
#: another sweep has in hand stays as it is.
POSTPONE_ALL = """
UPDATE deliveries SET next_attempt_at = %(next_attempt_at)s, error = %(error)s,
                      tries = CASE WHEN id = %(id)s THEN tries - 1 ELSE tries END
WHERE id IN (SELECT id FROM deliveries WHERE state = 'waiting' AND (next_attempt_at <= %(now)s OR id = %(id)s)
             FOR UPDATE SKIP LOCKED)
"""
