"""What is read: one text each, with `VISIBLE` inside, whose JSON PostgreSQL builds. A search counts its words before.

`read` is `Database.read` in service and `Work.load` in tests: a text and its values in, rows out.
"""

from functools import cache

from chassis import cursors
from chassis.contract import RawJSON
from chassis.prepared import Prepared
from services.tickets.access import INTERNAL, VISIBLE, VISIBLE_AMONG_ALL, sight_of
from services.tickets.contract.words import FOR_AGENTS
from services.tickets.domain import search_words
from services.tickets.rarity import Rarity
from services.tickets.refusals import absent
from services.tickets.shapes import HISTORY_LINE, MESSAGE, TICKET, TICKET_IN_LIST

#: Digits that a bigint surely holds.
LONGEST_CURSOR = 18
RARITY = Rarity()

_FILTERS = {
    "status": "t.status = ANY (%(status)s)",
    "usergroup": "t.usergroup_id = %(usergroup)s",
    "assignee": "t.assignee_id = %(assignee)s",
    "site": "t.site_id = ANY (ARRAY(SELECT s.site_id FROM sites s WHERE s.path @> ARRAY[%(site)s]))",
    "requester": "t.requester_person_id = %(requester)s",
    "unregistered": "t.requester_person_id IS NULL",
    "registered": "t.requester_person_id IS NOT NULL",
    "cursor": "t.id < %(cursor)s",
}
#: One word of a search, in any text of the ticket; notes are searched by those alone who read them.
_WORD = (
    "EXISTS (SELECT FROM search_texts x WHERE x.ticket_id = t.id"
    " AND x.words @@ to_tsquery('desk', %(word_{0})s) AND (NOT x.internal OR %(reads_notes)s))"
)
# What depends on the ticket stands apart: inside the semi-join it would keep PostgreSQL from beginning with the words.
_OF_AGENT = (
    f" AND ({INTERNAL} OR EXISTS (SELECT FROM search_texts x WHERE x.ticket_id = t.id"
    " AND x.words @@ to_tsquery('desk', %(word_{0})s) AND NOT x.internal))"
)
#: The same for the word to begin with, where few texts hold it: by index, whatever the plan.
_BEGINNING = (
    "t.id = ANY (ARRAY(SELECT x.ticket_id FROM search_texts x"
    " WHERE x.words @@ to_tsquery('desk', %(word_{0})s) AND (NOT x.internal OR %(reads_notes)s)))"
)
#: Words of the searches that are prepared, without filters: a handful of statements.
MOST_PREPARED = 3
_CHOSEN = "SELECT t.id FROM tickets t WHERE {conditions} ORDER BY t.id DESC LIMIT %(limit)s + 1"


def _page_of(ids):
    """Return the statement that shows the first `limit` of some ids, newest first, and says whether there are more."""
    return (
        "SELECT json_build_object('items', coalesce((SELECT json_agg(item ORDER BY id DESC) FROM"
        f" (SELECT t.id, {TICKET_IN_LIST} AS item FROM tickets t WHERE t.id = ANY (page.ids[:%(limit)s])) shown),"
        " '[]'::json), 'next_cursor', CASE WHEN cardinality(page.ids) > %(limit)s THEN page.ids[%(limit)s] END)::text"
        f" FROM (SELECT {ids} AS ids OFFSET 0) page"
    )


# Choosing a page may need a plan that is made for who asks and what they ask; showing it always takes the same plan,
# which is the expensive one to make. So these are two statements in one text, which see one moment: the first hands the
# ids that it chose to the second in a setting of their transaction. Nothing is shown but what `VISIBLE` let through.
_CHOOSE = "SELECT set_config('fielddesk.page', ARRAY({chosen})::text, true)"
_SHOW = Prepared(_page_of("current_setting('fielddesk.page')::uuid[]"))
_ONE = Prepared(f"SELECT {TICKET}::text AS body, t.version FROM tickets t WHERE t.id = %(ticket_id)s AND {VISIBLE}")
_PAGE_OF_TICKET = (
    "SELECT json_build_object('items', coalesce((SELECT json_agg(item ORDER BY place) FROM page"
    " WHERE place <= %(limit)s), '[]'::json), 'next_cursor', (SELECT key FROM page"
    " WHERE place = %(limit)s AND (SELECT count(*) FROM page) > %(limit)s))::text"
)


def list_tickets(read, actor, *, limit, **filters):
    """Return a page of tickets, newest first, as `RawJSON`.

    :param filters: of the contract's `TicketFilter`; `None` filters nothing.
    """
    asked = {name: value for name, value in filters.items() if value is not None}
    q = asked.pop("q", "")
    words = search_words(q)
    if q.strip() and not words:
        return RawJSON(b'{"items": [], "next_cursor": null}')
    if "status" in asked:
        asked["status"] = asked["status"].split(",")
    if asked.get("unregistered") is False:
        # Two conditions rather than a comparison, which no index answers.
        asked["registered"] = not asked.pop("unregistered")
    sight = sight_of(actor)
    named = {f"word_{place}": word for place, word in enumerate(words)}
    first = RARITY.rarest(read, named)
    statement = _list_statement(tuple(sorted(asked)), len(words), first, sight["notes_group"])
    asked["reads_notes"] = sight["notes_all"] or sight["notes_group"]
    return RawJSON(read(statement, limit=limit, **asked, **named, **sight)[0][0].encode())


@cache
def _list_statement(names, words, first, by_group):
    rest = _OF_AGENT if by_group else ""
    found = [((_BEGINNING if place == first else _WORD) + rest).format(place) for place in range(words)]
    visible = VISIBLE_AMONG_ALL if first is None else VISIBLE
    conditions = [visible, *(_FILTERS[name] for name in names), *found]
    chosen = _CHOSEN.format(conditions=" AND ".join(conditions))
    if first is not None and not names and words <= MOST_PREPARED:
        # A plan that begins with few tickets serves everybody; any other has to be made for who asks.
        return Prepared(_page_of(f"ARRAY({chosen})"))
    return _CHOOSE.format(chosen=chosen), _SHOW


def ticket_by_id(read, actor, ticket_id):
    """Return one ticket as `RawJSON`.

    :raises NotFound: `ticket_not_found`, also for one that the actor may not see.
    """
    rows = read(_ONE, ticket_id=ticket_id, **sight_of(actor))
    if not rows:
        raise absent("ticket")
    return RawJSON(rows[0].body.encode(), rows[0].version)


_CHANGED = Prepared(f"SELECT {TICKET}::text AS body, t.version FROM tickets t WHERE t.id = %(ticket_id)s")


def shown_after_change(load, sight, ticket):
    """Return a ticket as `RawJSON` to whoever has just changed it, also when it left their sight by that.

    :param load: `Work.load`, within the transaction of the change.
    :param sight: of the actor, `access.sight_of`.
    :param ticket: as it was locked; whether notes were the actor's to read is decided by what it was then.
    """
    kept = {**sight, "notes_all": ticket.internal, "notes_group": False}
    row = load(_CHANGED, ticket_id=ticket.id, **kept)[0]
    return RawJSON(row.body.encode(), row.version)


_MESSAGES = (
    f"WITH page AS (SELECT {MESSAGE} AS item, m.position::text AS key,"
    " row_number() OVER (ORDER BY m.position) AS place FROM"
    " (SELECT m.* FROM messages m WHERE m.ticket_id = t.id AND m.position > %(after)s"
    f" AND (NOT m.internal OR {INTERNAL}) ORDER BY m.position LIMIT %(limit)s + 1) m)"
)
# Also of the line that a cursor names: their numbers are easily guessed.
_IS_FOR_READER = f"({{0}}.audience <> '{FOR_AGENTS}' OR {INTERNAL})"
_HISTORY = (
    f"WITH page AS (SELECT {HISTORY_LINE} AS item, h.id::text AS key,"
    " row_number() OVER (ORDER BY h.occurred_at, h.id) AS place FROM"
    " (SELECT h.* FROM history h WHERE h.ticket_id = t.id AND (%(after)s::bigint = 0 OR (h.occurred_at, h.id) >"
    " (SELECT c.occurred_at, c.id FROM history c WHERE c.id = %(after)s AND c.ticket_id = t.id"
    f" AND {_IS_FOR_READER.format('c')})) AND {_IS_FOR_READER.format('h')}"
    " ORDER BY h.occurred_at, h.id LIMIT %(limit)s + 1) h)"
)
_OF_VISIBLE = f"SELECT ({{page}} {_PAGE_OF_TICKET}) AS body FROM tickets t WHERE t.id = %(ticket_id)s AND {VISIBLE}"
_MESSAGES_OF_TICKET = Prepared(_OF_VISIBLE.format(page=_MESSAGES))
_HISTORY_OF_TICKET = Prepared(_OF_VISIBLE.format(page=_HISTORY))


def messages_of_ticket(read, actor, ticket_id, cursor, limit):
    """Return a page of the conversation, oldest first, as `RawJSON`.

    :raises NotFound: `ticket_not_found`.
    :raises Invalid: `cursor_invalid`.
    """
    return _page(read, actor, _MESSAGES_OF_TICKET, ticket_id, cursor, limit)


def history_of_ticket(read, actor, ticket_id, cursor, limit):
    """Return a page of the history, oldest first, as `RawJSON`.

    :raises NotFound: `ticket_not_found`.
    :raises Invalid: `cursor_invalid`.
    """
    return _page(read, actor, _HISTORY_OF_TICKET, ticket_id, cursor, limit)


def _page(read, actor, statement, ticket_id, cursor, limit):
    after = cursors.number_in(cursor, LONGEST_CURSOR) if cursor else 0
    rows = read(statement, ticket_id=ticket_id, after=after, limit=limit, **sight_of(actor))
    if not rows:
        raise absent("ticket")
    return RawJSON(rows[0].body.encode())
