"""Who may see and do what with tickets: one definition, as SQL, for every read and every locked row. Deny by default.

An actor sees a ticket (the scopes are those of `tickets.read`)

- with `all`: whatever it is;
- with `group` or `organisation`: that a usergroup has which they serve, or none has yet while they serve one;
- with `organisation`: that concerns their organisation and is not private;
- with `assigned` or wider: that they answer for while they could be given it (`domain.can_serve`, by what their token
  says), so that a role or a usergroup taken away takes their tickets along;
- with any: that a usergroup has which they supervise, and is not private;
- with any, and without one: in which they take part in their own right.

Whoever takes part by a standing (decision 14) can lose what it stands for, and sees the ticket by that alone:

- `organisation`, `usergroup`: they are told of it; taking part adds nothing to what they see as above;
- `work_order`: with `assigned` or wider, like an assignee;
- `visit`: while their scope of `interventions.read` is `assigned` or wider.

So a private ticket is hidden from supervisors and organisation, never from its agents.
"""

from chassis.actors import ANYONE
from services.identity.contract import NOT_SUPERVISING, SENT
from services.tickets.domain import CONTRACTOR, belongs_to_desk

#: What the edge asks for; what it may be done to is decided below, field by field for `change_ticket`. Whoever takes
#: part in a ticket reads and answers it, whatever their role is for.
PERMISSIONS = {
    "create_category": "categories.write",
    "list_categories": ANYONE,
    "change_category": "categories.write",
    "open_ticket": "tickets.open",
    "list_tickets": ANYONE,
    "ticket_by_id": ANYONE,
    "messages_of_ticket": ANYONE,
    "add_message": ANYONE,
    "change_ticket": "tickets.read",
    "history_of_ticket": ANYONE,
    "add_participant": "tickets.edit",
    "remove_participant": "tickets.edit",
    "keep_attachment": ANYONE,
    "attachment_by_id": ANYONE,
    "retell": "people.write",
}

#: What changing a field of a ticket takes; a field that is not named here cannot be changed.
PERMISSION_OF_FIELD = {
    "subject": "tickets.edit",
    "category": "tickets.edit",
    "site": "tickets.edit",
    "private": "tickets.edit",
    "priority": "tickets.prioritise",
    "status": "tickets.move",
    "usergroup": "tickets.change_group",
    "assignee": "tickets.assign",
}

#: Scopes of `tickets.read` with which somebody sees what they answer for or have a work order on; of
#: `interventions.read`, incidents of visits to which they were sent.
ANSWERING_SCOPES = frozenset({"assigned", "group", "organisation", "all"})

#: On `tickets t`: whether the actor answers for it and could be given it still; `domain.can_serve` says the same.
IS_ASSIGNEE = (
    "(t.assignee_id = %(me)s AND %(answers)s AND (%(answers_anywhere)s"
    " OR (t.usergroup_id IS NULL AND %(answers_unrouted)s) OR t.usergroup_id = ANY (%(answers_in)s::uuid[])))"
)
#: On `participants me`: whether somebody takes part in their own right, or as one who is sent to the visit or has a
#: work order, whom their scope must let work.
_IN_PERSON = (
    "(me.standing IS NULL OR (me.standing = 'visit' AND %(is_sent)s) OR (me.standing = 'work_order' AND %(answers)s))"
)
#: On `participants me`: whether that row is the actor's, and not only because they answer for the ticket.
IS_ME = f"me.person_id = %(me)s AND (NOT me.as_assignee OR {IS_ASSIGNEE}) AND {_IN_PERSON}"
TAKES_PART = f"EXISTS (SELECT FROM participants me WHERE me.ticket_id = t.id AND {IS_ME})"
# An array, because the index of tickets can answer `= ANY (ARRAY(...))`, and no semi-join under OR; without what
# somebody answers for, which `IS_ASSIGNEE` finds. For one ticket all of them would be gathered in vain.
_ONE_OF_MINE = (
    "t.id = ANY (ARRAY(SELECT me.ticket_id FROM participants me WHERE me.person_id = %(me)s AND NOT me.as_assignee"
    f" AND {_IN_PERSON}))"
)
IN_GROUPS = (
    "(t.usergroup_id = ANY (%(serves)s::uuid[]) OR (t.usergroup_id IS NULL AND %(triages)s)"
    " OR (t.usergroup_id = ANY (%(supervises)s::uuid[]) AND NOT t.private))"
)
IN_ORGANISATION = "(t.organisation_id = %(organisation_id)s AND NOT t.private)"


def _visible(takes_part):
    return f"(%(sees_all)s OR {IN_GROUPS} OR {IN_ORGANISATION} OR {IS_ASSIGNEE} OR {takes_part})"


def array_of(roles):
    """Return names of roles as an array in SQL."""
    return "ARRAY[{}]".format(", ".join(f"'{role}'" for role in sorted(roles)))


#: On one `tickets t`: whether the actor sees it. Takes the values of `sight_of(actor)`, as all that follows does.
VISIBLE = _visible(TAKES_PART)
#: The same, for looking through all tickets.
VISIBLE_AMONG_ALL = _visible(_ONE_OF_MINE)
#: On `tickets t`: whether the actor reads notes, agents' history and strangers' addresses.
INTERNAL = f"(%(notes_all)s OR (%(notes_group)s AND ({IN_GROUPS} OR {IS_ASSIGNEE})))"
#: On the copy `known` of a person: whether the lists of supervisors count for them.
MAY_SUPERVISE = f"NOT known.roles <@ {array_of(NOT_SUPERVISING)}"
#: Likewise: whether they can be sent to a visit.
CAN_BE_SENT = f"known.roles && {array_of(SENT)}"
#: On `participants p` of `tickets t` and the copy `known` of their person: whether that by which somebody takes part
#: lasts. Who was sent to the visit takes part until they are taken off it, or can be sent no more.
LASTS = (
    "CASE p.standing"
    " WHEN 'organisation' THEN 'client' = ANY (known.roles)"
    " AND coalesce(known.organisation_id = t.organisation_id, false)"
    f" WHEN 'usergroup' THEN {MAY_SUPERVISE} AND EXISTS (SELECT FROM usergroups g"
    " WHERE g.usergroup_id = t.usergroup_id AND p.person_id = ANY (g.supervisors))"
    f" WHEN 'work_order' THEN '{CONTRACTOR}' = ANY (known.roles)"
    f" WHEN 'visit' THEN {CAN_BE_SENT}"
    " ELSE true END"
)
#: Likewise: whether it holds now; of a private ticket the organisation and those who supervise are not told.
STANDS = f"CASE WHEN t.private AND p.standing IN ('organisation', 'usergroup') THEN false ELSE {LASTS} END"
#: On `tickets t`: what `may` goes by, as columns that are true or false.
STANDING = (
    f"coalesce({IN_GROUPS}, false) AS in_groups, coalesce({IN_ORGANISATION}, false) AS in_organisation,"
    f" coalesce({IS_ASSIGNEE}, false) AS is_assignee, coalesce({TAKES_PART}, false) AS takes_part,"
    f" coalesce({INTERNAL}, false) AS internal"
)


def sight_of(actor):
    """Return the values that `VISIBLE`, `INTERNAL` and `STANDING` take, as a dictionary."""
    scope = actor.scope("tickets.read")
    notes = actor.scope("tickets.note")
    serves = list(actor.serves) if scope in ("group", "organisation") else []
    return {
        "me": actor.person_id,
        "answers": scope in ANSWERING_SCOPES,
        "is_sent": actor.scope("interventions.read") in ANSWERING_SCOPES,
        "answers_anywhere": CONTRACTOR in actor.roles,
        "answers_unrouted": belongs_to_desk(actor.roles),
        "answers_in": list(actor.serves | actor.supervises),
        "sees_all": scope == "all",
        "serves": serves,
        "triages": bool(serves),
        "supervises": list(actor.supervises) if scope is not None else [],
        "organisation_id": actor.organisation_id if scope == "organisation" else None,
        "notes_all": notes == "all",
        "notes_group": notes == "group",
    }


def may(actor, permission, ticket):
    """Whether an actor may use a permission on a ticket that they see.

    Its scope reaches, where it is `own`, what they take part in; `assigned` what they answer for; `group` also what
    their groups have; `organisation` what concerns theirs, and what they take part in; `all` everything.
    :param ticket: row with the columns of `STANDING`.
    """
    scope = actor.scope(permission)
    if scope == "all":
        return True
    if scope == "group":
        return ticket.in_groups or ticket.is_assignee
    if scope == "organisation":
        # Of several roles the widest scope counts: a client who is an agent, too, still has their groups.
        return ticket.in_organisation or ticket.takes_part or _is_agent_of(actor, ticket)
    if scope == "assigned":
        return ticket.is_assignee
    return scope == "own" and ticket.takes_part


def _is_agent_of(actor, ticket):
    # Lists of a usergroup outlive a role: only agents and managers have the notes of their groups.
    return actor.scope("tickets.note") == "group" and (ticket.in_groups or ticket.is_assignee)


def answers_for_desk(actor, ticket):
    """Whether an actor who may reply does so as an agent."""
    scope = actor.scope("tickets.reply")
    if scope == "organisation":
        return _is_agent_of(actor, ticket)
    return scope == "all" or (scope == "group" and (ticket.in_groups or ticket.is_assignee))


def reads_notes_of(actor, ticket):
    """Say what `INTERNAL` says, for a ticket that is not in the database yet; a test holds the two equal."""
    sight = sight_of(actor)
    if not sight["notes_group"]:
        return sight["notes_all"]
    if ticket.usergroup_id is None:
        return sight["triages"]
    return ticket.usergroup_id in sight["serves"] or (ticket.usergroup_id in sight["supervises"] and not ticket.private)


def may_reply(actor, ticket):
    """Whether an actor may write on a ticket that they see: whoever takes part may, beyond their role."""
    return may(actor, "tickets.reply", ticket) or ticket.takes_part


def may_open_in(actor, usergroup_id):
    """Whether an actor may choose a usergroup for a ticket that they open."""
    if actor.scope("tickets.open") == "all" or actor.may("tickets.change_group"):
        return True
    return usergroup_id in actor.members | actor.serves | actor.supervises


def may_open_at(actor, organisation_id):
    """Whether an actor may open a ticket for a place of an organisation; a client only for their own's."""
    return actor.scope("tickets.open") != "organisation" or organisation_id == actor.organisation_id
