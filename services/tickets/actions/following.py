"""What somebody may do who has a link of ours and no account: follow their request, rate it."""

from contextlib import suppress
from uuid import UUID

import orjson

from chassis.contract import RawJSON
from chassis.errors import Conflict, NotFound
from chassis.file_links import file_link, read_file_token
from services.fieldwork.contract import ClockedIn, InterventionCompleted
from services.tickets.contract import SatisfactionGiven
from services.tickets.contract.words import FOR_AGENTS
from services.tickets.domain import SETTLED
from services.tickets.history import record
from services.tickets.locked import REACHED, lock_for_fact
from services.tickets.refusals import bad_link
from services.tickets.shapes import attachments_where

# By the history: it has what was done on site in whichever order that was heard, and whenever it was planned.
_HAPPENED = (
    "EXISTS (SELECT FROM history h WHERE h.ticket_id = t.id AND h.kind = '{}'"
    " AND h.new ->> 'intervention_id' = v.intervention_id::text)"
)
_STATE = (
    f"CASE WHEN {_HAPPENED.format(InterventionCompleted.__name__)} THEN 'done' WHEN v.state = 'cancelled' THEN v.state"
    f" WHEN {_HAPPENED.format(ClockedIn.__name__)} THEN 'started' ELSE v.state END"
)
#: When somebody comes; who does is not for whoever has the link.
_INTERVENTIONS = (
    f"coalesce((SELECT json_agg(json_build_object('starts_at', v.starts_at, 'ends_at', v.ends_at, 'state', {_STATE})"
    " ORDER BY v.starts_at, v.intervention_id) FROM interventions v WHERE v.ticket_id = t.id"
    " AND v.starts_at IS NOT NULL AND %(proven)s), '[]'::json)"
)
#: Messages of a page at the most, and bytes of their texts, whatever the first of them has.
MOST_MESSAGES = 50
MOST_BYTES = 1024 * 1024
# Whoever has a link is nobody we know: an answer is to stay small whatever was written.
_MESSAGES = (
    "SELECT m.*, m.place = 1 OR (m.place <= %(most)s AND m.bytes <= %(most_bytes)s) AS is_shown FROM"
    " (SELECT n.*, row_number() OVER newest AS place, sum(octet_length(n.body)) OVER newest AS bytes FROM"
    " (SELECT m.* FROM messages m WHERE m.ticket_id = t.id AND NOT m.internal AND %(proven)s"
    " AND (%(cursor)s::uuid IS NULL OR m.position <"
    " (SELECT c.position FROM messages c WHERE c.id = %(cursor)s AND c.ticket_id = t.id))"
    " ORDER BY m.position DESC LIMIT %(most)s + 1) n WINDOW newest AS (ORDER BY n.position DESC)) m"
)
_PAGE = (
    "SELECT coalesce(json_agg(json_build_object('author_name', m.author_name, 'author_role', m.author_role,"
    f" 'body', m.body, 'written_at', m.written_at, 'attachments', {attachments_where('a.message_id = m.id')})"
    " ORDER BY m.position) FILTER (WHERE m.is_shown), '[]'::json)"
    " AS messages, CASE WHEN bool_or(NOT m.is_shown)"
    " THEN (array_agg(m.id ORDER BY m.position) FILTER (WHERE m.is_shown))[1] END AS next_cursor"
    f" FROM ({_MESSAGES}) m"
)
#: A participant with their ticket and the copy of their person, if any.
_OF_PARTICIPANT = "FROM participants p JOIN tickets t ON t.id = p.ticket_id LEFT JOIN people known USING (person_id)"
_FOLLOWED = (
    "SELECT json_build_object('number', t.number, 'subject', t.subject, 'description', t.description,"
    f" 'status', t.status, 'attachments', {attachments_where('a.message_id IS NULL AND %(proven)s')},"
    f" 'interventions', {_INTERVENTIONS}, 'messages', page.messages, 'next_cursor', page.next_cursor)::text"
    f" AS body, {REACHED} AS is_good {_OF_PARTICIPANT} CROSS JOIN LATERAL ({_PAGE}) page"
    " WHERE p.id = %(participant_id)s"
)
#: What is shown of a webform before its ticket is open.
_NOTHING_YET = {"number": None, "subject": None, "description": None, "next_cursor": None}
_NOTHING_YET |= {"attachments": [], "interventions": [], "messages": []}
_FILE = (
    f"SELECT a.id, a.filename, a.content_type, a.size, a.sha256 {_OF_PARTICIPANT}"
    " JOIN attachments a ON a.ticket_id = t.id LEFT JOIN messages m ON m.id = a.message_id"
    " WHERE p.id = %(participant_id)s AND a.id = %(attachment_id)s"
    f" AND m.internal IS NOT TRUE AND {REACHED}"
)
_RATED = (
    f"SELECT t.id, t.number, t.subject, t.status, s.rating {_OF_PARTICIPANT}"
    f" LEFT JOIN satisfactions s ON s.participant_id = p.id WHERE p.id = %(participant_id)s AND {REACHED}"
)
_RATE = (
    "INSERT INTO satisfactions (participant_id, ticket_id, rating, comment, given_at)"
    " VALUES (%(participant_id)s, %(ticket_id)s, %(rating)s, %(comment)s, %(given_at)s)"
    " ON CONFLICT DO NOTHING RETURNING rating"
)
#: Status of a request that has not become a ticket yet.
RECEIVED = "received"
#: What a follow link is signed for. It was mailed to a participant, or a webform answered with it: to whoever named an
#: address, which may be another's, or to whoever named none. A webform answers before its ticket is opened.
MAILED, SUBMITTED, REPORTED = "follow", "submitted", "reported"


def follow_request(read, settings, token, cursor):
    """Return what a follow link shows; the request of a webform may not be a ticket yet.

    A link works as long as its participant takes part: it ends with their account, with the rights of an assignee, and
    when they are removed. One that a webform gave to whoever named an address shows neither messages and files nor
    interventions.

    :param settings: `chassis.settings.Settings`, of which `links` and `public_url` are used.
    :param cursor: `next_cursor` of the page with newer messages, `None` for the newest.
    :raises NotFound: `link_not_found`.
    """
    participant_id, purpose = _follower_of(settings.links, token)
    page = {"cursor": cursor, "most": MOST_MESSAGES, "most_bytes": MOST_BYTES}
    rows = read(_FOLLOWED, participant_id=participant_id, proven=purpose != SUBMITTED, **page)
    if not rows and purpose != MAILED:
        return {**_NOTHING_YET, "status": RECEIVED}
    if not rows or not rows[0].is_good:
        raise bad_link()
    return RawJSON(_with_links(rows[0].body, settings, participant_id))


def _with_links(body, settings, participant_id):
    """Return what a follow link shows with each file's own link in place of its id."""
    shown = orjson.loads(body)
    for attachment in (file for part in (shown, *shown["messages"]) for file in part["attachments"]):
        attachment_id = UUID(attachment.pop("id"))
        attachment["url"] = file_link(settings.links, settings.public_url, participant_id, attachment_id)
    return orjson.dumps(shown)


def followed_attachment(read, links, token):
    """Return the attachment that a link is for, while its participant takes part and may see it.

    :param links: `chassis.links.Links`.
    :raises NotFound: `link_not_found`.
    """
    participant_id, attachment_id = read_file_token(links, token)
    rows = read(_FILE, participant_id=participant_id, attachment_id=attachment_id)
    if not rows:
        raise bad_link()
    return rows[0]


def satisfaction_request(read, links, token):
    """Return what a rating link asks about.

    :raises NotFound: `link_not_found`.
    """
    rows = read(_RATED, participant_id=_participant_of(links, "satisfaction", token))
    if not rows:
        raise bad_link()
    return rows[0]._asdict()


def give_satisfaction(work, links, token, rating, comment):
    """Rate a ticket, once per participant.

    :param rating: 1 (bad) to 5 (good).
    :raises NotFound: `link_not_found`.
    :raises Conflict: `not_resolved_yet`, `already_rated`.
    """
    participant_id = _participant_of(links, "satisfaction", token)
    found = work.one(_RATED, participant_id=participant_id)
    if found is None:
        raise bad_link()
    ticket = lock_for_fact(work, found.id)
    rater = ticket.participant(participant_id)
    if rater is None or not rater.active:
        # While the lock was waited for they may have been taken off.
        raise bad_link()
    if ticket.status not in SETTLED:
        raise Conflict("not_resolved_yet", "The request is not resolved yet.")
    given = {"participant_id": participant_id, "rating": rating, "comment": comment, "given_at": work.now}
    if work.one(_RATE, ticket_id=ticket.id, **given) is None:
        raise Conflict("already_rated", "You have rated this already. Thank you.")
    doer = {"person_id": None, "name": rater.name}
    shown = {"rating": rating, "comment": comment}
    record(work, ticket.id, SatisfactionGiven, FOR_AGENTS, at=work.now, doer=doer, new=shown)
    work.tell(
        SatisfactionGiven,
        version=ticket.next_version,
        ticket_id=ticket.id,
        number=ticket.number,
        assignee_id=ticket.assignee_id,
        usergroup_id=ticket.usergroup_id,
        **given,
    )
    ticket.write()
    return {"number": ticket.number, "subject": ticket.subject, "rating": rating}


def _follower_of(links, token):
    """Return the participant that a follow link is for, and what it was signed for."""
    for purpose in (MAILED, SUBMITTED):
        with suppress(NotFound):
            return _participant_of(links, purpose, token), purpose
    return _participant_of(links, REPORTED, token), REPORTED


def _participant_of(links, purpose, token):
    raw = links.verify(purpose, token)
    try:
        return UUID(raw.decode())
    except ValueError as error:
        raise bad_link() from error
