"""Named reads."""

#: Mails that wait to be read for the first time, oldest first, and those whose first reading did not end.
_WAITING = """
    SELECT i.id, i.sha256, i.size, i.envelope_from, i.envelope_to, i.mailbox_id, i.tries, i.version,
           i.received_at, m.address, m.usergroup_id, m.category_id, m.language
    FROM inbound_messages i LEFT JOIN mailboxes m ON m.id = i.mailbox_id
    WHERE i.state = 'received' AND i.due_at <= %(now)s AND i.tries """
FRESH_MESSAGES = _WAITING + "= 0 ORDER BY i.due_at, i.id LIMIT %(limit)s"
SLOW_MESSAGES = _WAITING + "> 0 ORDER BY i.due_at, i.id LIMIT 1"

#: The mails among `ids` that nobody has concluded since they were read.
STILL_WAITING = "SELECT id FROM inbound_messages WHERE id = ANY(%(ids)s) AND state = 'received' ORDER BY id FOR UPDATE"

#: The same reply by another address of ours.
TWIN = (
    "SELECT 1 FROM inbound_messages WHERE sha256 = %(sha256)s AND reply_participant_id = %(participant_id)s "
    "AND id <> %(id)s AND state = ANY(%(states)s) AND received_at > %(since)s LIMIT 1"
)

#: The oldest first.
OPEN_ADDRESSES = "SELECT address, id FROM mailboxes WHERE active ORDER BY created_at, id"

MAILBOXES = "SELECT * FROM mailboxes ORDER BY address"
MAILBOXES_AFTER = "SELECT * FROM mailboxes WHERE %(after_id)s IS NULL OR id > %(after_id)s ORDER BY id LIMIT %(limit)s"
WEBFORMS = "SELECT * FROM webforms ORDER BY slug"
OPEN_WEBFORM = "SELECT * FROM webforms WHERE slug = %(slug)s AND active"

#: Serialises submissions that are counted together, so that the count below cannot be outrun.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('submissions'), hashtext(%(what)s::text))"
#: When the first of the latest submissions was, where there were `others` after it.
_FIRST_OF_THE_LATEST = """ AND submitted_at > %(since)s
    ORDER BY submitted_at DESC OFFSET %(others)s LIMIT 1"""
FIRST_TO_ADDRESS = "SELECT submitted_at FROM submissions WHERE email = %(what)s" + _FIRST_OF_THE_LATEST
FIRST_WITHOUT_ADDRESS = (
    "SELECT submitted_at FROM submissions WHERE webform_id = %(what)s AND email IS NULL AND origin IS NULL"
    + _FIRST_OF_THE_LATEST
)
FIRST_FROM_ORIGIN = "SELECT submitted_at FROM submissions WHERE origin = %(what)s" + _FIRST_OF_THE_LATEST
#: Reports that count no more.
FORGET_SUBMISSIONS = (
    "DELETE FROM submissions WHERE id IN (SELECT id FROM submissions WHERE submitted_at <= %(until)s LIMIT %(most)s)"
)

#: The token of a reply address is the participant's own; our own mails have theirs for a return path.
_WITHOUT_TOKEN = r"regexp_replace({0}, '^reply\+[^@]+', 'reply+…', 'i') AS {0}"
_SHOWN = (
    f"SELECT id, state, {_WITHOUT_TOKEN.format('envelope_from')}, {_WITHOUT_TOKEN.format('envelope_to')}, mailbox_id,"
    " size, sha256, received_at, told_at, problem FROM inbound_messages"
)
INBOUND_MESSAGE = f"{_SHOWN} WHERE id = %(id)s"
INBOUND_MESSAGES = f"""{_SHOWN}
    WHERE (%(state)s IS NULL OR state = %(state)s) AND (%(before)s IS NULL OR id < %(before)s)
    ORDER BY id DESC LIMIT %(limit)s"""

KNOWN = {
    "usergroup": "SELECT 1 FROM usergroups WHERE id = %(id)s AND active",
    "category": "SELECT 1 FROM categories WHERE id = %(id)s AND active",
    "site": "SELECT 1 FROM sites WHERE id = %(id)s AND active",
}
