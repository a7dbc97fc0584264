"""Who may see and do what with tickets: one definition, as SQL, for every read and every locked row. Deny by default.

Which tickets an actor sees depends on the scope of their permission `tickets.read`:

- `all`: every ticket.
- `group`: those of the usergroups that they serve; whoever serves one also sees those that have no usergroup yet. The
  same with `organisation`, if they are an agent as well, for the lists of usergroups outlive a role.
- `organisation`: those that concern their organisation and are not private.
- `assigned` and wider: those that they answer for, as long as they could still be given them (`domain.can_serve`, by
  what their token says). So a role or a usergroup that is taken away takes its tickets along.
- any scope: those of the usergroups that they supervise, unless private.
- any scope, and none at all: those in which they take part in their own right.

Others take part by a standing (decision 14), which they can lose. What they see by that alone depends on it:

- `work_order`: they see the ticket with the scope `assigned` or wider, like an assignee.
- `visit` (of an intervention): they see it while their scope of `interventions.read` is `assigned` or wider.
- `organisation`, `usergroup`: they are told of the ticket, and see it only by one of the rules above.

So a private ticket is hidden from supervisors and organisation, never from its agents.
"""

from chassis.actors import ANYONE
from services.identity.contract import NOT_SUPERVISING, SENT, may_answer_for_tickets, may_supervise
from services.tickets.domain import CONTRACTOR, belongs_to_desk

#: What the edge asks for before a method is called; on which tickets it may be used is decided below, for
#: `change_ticket` field by field. Whoever takes part in a ticket reads and answers it, whatever their role is for.
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

#: Scopes of `tickets.read` that reach what somebody answers for or has a work order on, and of `interventions.read`
#: that reach the incidents of interventions to which they were sent.
ANSWERING_SCOPES = frozenset({"assigned", "group", "organisation", "all"})

#: On `tickets t`: whether the actor answers for it and could still be given it, by the rule of `domain.can_serve`.
IS_ASSIGNEE = (
    "(t.assignee_id = %(me)s AND %(answers)s AND (%(answers_anywhere)s"
    " OR (t.usergroup_id IS NULL AND %(answers_unrouted)s) OR t.usergroup_id = ANY (%(answers_in)s::uuid[])))"
)
#: On `participants me`: whether they take part in their own right, or by an intervention or work order in their scope.
_IN_PERSON = (
    "(me.standing IS NULL OR (me.standing = 'visit' AND %(is_sent)s) OR (me.standing = 'work_order' AND %(answers)s))"
)
#: On `participants me`: whether that row is the actor's and shows them the ticket; one that is there only because they
#: are the assignee does so while they answer for the ticket.
IS_ME = f"me.person_id = %(me)s AND (NOT me.as_assignee OR {IS_ASSIGNEE}) AND {_IN_PERSON}"
TAKES_PART = f"EXISTS (SELECT FROM participants me WHERE me.ticket_id = t.id AND {IS_ME})"
# For lists of tickets: their index can answer `= ANY (ARRAY(...))`, but no semi-join under OR. Rows of assignees are
# left out, because `IS_ASSIGNEE` finds those tickets. For a single ticket all of mine would be gathered in vain.
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
#: On the copy `known` of a person: whether their roles let them supervise the usergroups that list them.
MAY_SUPERVISE = f"NOT known.roles <@ {array_of(NOT_SUPERVISING)}"
#: Likewise: whether they can be sent to an intervention.
CAN_BE_SENT = f"known.roles && {array_of(SENT)}"
#: On `participants p` of `tickets t` and the copy `known` of their person: whether their standing, if any, still lasts.
#: That of an intervention lasts while they can be sent at all: the row of whoever is taken off it is deleted.
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
#: Likewise: whether it lasts and reaches the ticket now, which is hidden from organisation and supervisors if private.
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
    has_groups = scope == "group" or (scope == "organisation" and notes == "group")
    serves = list(actor.serves) if has_groups else []
    return {
        "me": actor.person_id,
        "answers": scope in ANSWERING_SCOPES,
        "is_sent": actor.scope("interventions.read") in ANSWERING_SCOPES,
        "answers_anywhere": CONTRACTOR in actor.roles,
        "answers_unrouted": belongs_to_desk(actor.roles),
        "answers_in": list(actor.serves | actor.supervises) if may_answer_for_tickets(actor.roles) else [],
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

    The scope `own` reaches what they take part in, `assigned` what they answer for, `group` that and the tickets of
    their usergroups, `organisation` what concerns theirs or what they take part in, `all` everything.

    :param ticket: row with the columns of `STANDING`.
    """
    scope = actor.scope(permission)
    if scope == "all":
        return True
    if scope == "group":
        return _is_of_groups(ticket)
    if scope == "organisation":
        # Of several roles the widest scope counts: a client who is an agent, too, still has their groups.
        return ticket.in_organisation or ticket.takes_part or _is_agent_of(actor, ticket)
    if scope == "assigned":
        return ticket.is_assignee
    return scope == "own" and ticket.takes_part


def _is_of_groups(ticket):
    return ticket.in_groups or ticket.is_assignee


def _is_agent_of(actor, ticket):
    # Somebody may be on a usergroup's lists longer than they have the role: only agents and managers read notes.
    return actor.scope("tickets.note") == "group" and _is_of_groups(ticket)


def answers_for_desk(actor, ticket):
    """Whether an actor who may reply does so as an agent."""
    scope = actor.scope("tickets.reply")
    if scope == "organisation":
        return _is_agent_of(actor, ticket)
    return scope == "all" or (scope == "group" and _is_of_groups(ticket))


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
    # The lists of agents and supervisors outlive the role that they go with.
    serves = actor.serves if may_answer_for_tickets(actor.roles) else frozenset()
    supervises = actor.supervises if may_supervise(actor.roles) else frozenset()
    return usergroup_id in actor.members | serves | supervises


def may_open_at(actor, organisation_id):
    """Whether an actor may open a ticket for a place of an organisation; a client only for their own's."""
    return actor.scope("tickets.open") != "organisation" or organisation_id == actor.organisation_id
