"""The JSON that PostgreSQL builds for reads; tests hold it equal to the contract's schemas.

Each fragment stands on `tickets t` (or the table it names) and takes the values of `access.sight_of`.
"""

from services.tickets.access import INTERNAL, TAKES_PART


def _named(column, table, key):
    name = f"(SELECT named.name FROM {table} named WHERE named.{key} = t.{column})"
    return f"CASE WHEN t.{column} IS NOT NULL THEN json_build_object('id', t.{column}, 'name', {name}) END"


#: Whether the address of the person in `{0}` is for this actor's eyes.
_SHOWN_ADDRESS = f"CASE WHEN {INTERNAL} OR {{0}} = %(me)s THEN {{1}} END"

_REQUESTER = (
    "(SELECT json_build_object('participant_id', t.requester_participant_id,"
    " 'person_id', t.requester_person_id, 'name', coalesce(known.name, t.requester_name), 'email', "
    + _SHOWN_ADDRESS.format("t.requester_person_id", "coalesce(known.email, t.requester_email)")
    + ") FROM (VALUES (1)) one LEFT JOIN people known ON known.person_id = t.requester_person_id)"
)
#: What other services have still to add.
_PENDING = (
    "to_json(array_remove(ARRAY[CASE WHEN t.routed_at IS NULL THEN 'routing' END,"
    " CASE WHEN t.deadlines_version = 0 THEN 'deadlines' END], NULL))"
)
_COMMON = (
    "'id', t.id, 'number', t.number, 'subject', t.subject, 'status', t.status, 'priority', t.priority,"
    " 'kind', t.kind, 'nature', t.nature, 'channel', t.channel,"
    f" 'category', {_named('category_id', 'categories', 'id')},"
    f" 'site', {_named('site_id', 'sites', 'site_id')},"
    f" 'usergroup', {_named('usergroup_id', 'usergroups', 'usergroup_id')},"
    f" 'private', t.private, 'requester', {_REQUESTER},"
    f" 'assignee', {_named('assignee_id', 'people', 'person_id')},"
    " 'first_response_due_at', t.first_response_due_at, 'resolution_due_at', t.resolution_due_at,"
    " 'version', t.version, 'opened_at', t.opened_at, 'updated_at', t.updated_at,"
    f" 'pending', {_PENDING}"
)
EXCERPT_CHARACTERS = 200
TICKET_IN_LIST = f"json_build_object({_COMMON}, 'excerpt', left(t.description, {EXCERPT_CHARACTERS}))"

_PARTICIPANTS = (
    "coalesce((SELECT json_agg(json_build_object('participant_id', p.id, 'person_id', p.person_id,"
    " 'name', coalesce(known.name, p.name), 'email', "
    + _SHOWN_ADDRESS.format("p.person_id", "coalesce(known.email, p.email)")
    + ", 'role', p.role) ORDER BY p.added_at, p.id)"
    " FROM participants p LEFT JOIN people known USING (person_id) WHERE p.ticket_id = t.id), '[]'::json)"
)


def attachments_where(condition):
    """Return the fragment for the files of `tickets t` for which a condition on `attachments a` holds."""
    return (
        "coalesce((SELECT json_agg(json_build_object('id', a.id, 'filename', a.filename,"
        " 'content_type', a.content_type, 'size', a.size) ORDER BY a.created_at, a.id)"
        f" FROM attachments a WHERE a.ticket_id = t.id AND {condition}), '[]'::json)"
    )


# The other ticket's existence is for its agents and for those who take part in it.
_LINKS = (
    "coalesce((SELECT json_agg(json_build_object('ticket_id', l.other_id, 'kind', l.kind)"
    " ORDER BY l.other_id) FROM ticket_links l WHERE l.ticket_id = t.id"
    f" AND ({INTERNAL} OR EXISTS (SELECT FROM tickets t WHERE t.id = l.other_id AND {TAKES_PART}))), '[]'::json)"
)
_INTERNAL = (
    f"CASE WHEN {INTERNAL} THEN json_build_object('first_response_missed', t.first_response_missed,"
    " 'resolution_missed', t.resolution_missed, 'source_message_id', t.source_message_id,"
    " 'automatic', t.automatic) END"
)
TICKET = (
    f"json_build_object({_COMMON}, 'description', t.description, 'language', t.language,"
    f" 'resolved_at', t.resolved_at, 'participants', {_PARTICIPANTS},"
    f" 'attachments', {attachments_where('a.message_id IS NULL')}, 'links', {_LINKS}, 'internal', {_INTERNAL})"
)

#: On `messages m` of `tickets t`.
MESSAGE = (
    "json_build_object('id', m.id, 'ticket_id', m.ticket_id, 'body', m.body, 'internal', m.internal,"
    " 'author', json_build_object('participant_id', m.author_participant_id,"
    " 'person_id', m.author_person_id, 'name', m.author_name, 'email', "
    + _SHOWN_ADDRESS.format("m.author_person_id", "m.author_email")
    + "), 'author_role', m.author_role, 'channel', m.channel, 'automatic', m.automatic,"
    " 'unverified', m.unverified, 'written_at', m.written_at,"
    f" 'attachments', {attachments_where('a.message_id = m.id')})"
)

#: On `history h`.
HISTORY_LINE = (
    "json_build_object('id', h.id, 'kind', h.kind, 'audience', h.audience,"
    " 'actor', CASE WHEN h.actor_name IS NOT NULL"
    " THEN json_build_object('person_id', h.actor_id, 'name', h.actor_name) END,"
    " 'source', h.source, 'old', h.old, 'new', h.new, 'occurred_at', h.occurred_at)"
)
