"""Changing a ticket, each field under its own permission; all that was asked for, or nothing."""

from chassis.actors import require
from chassis.errors import Conflict
from chassis.versions import require_version
from services.tickets.access import PERMISSION_OF_FIELD, may, sight_of
from services.tickets.actions.assigning import assign, candidate, choose_assignee, keeps_assignee
from services.tickets.actions.giving import (
    give_category,
    give_priority,
    give_privacy,
    give_site,
    give_subject,
    give_usergroup,
)
from services.tickets.actions.moving import move
from services.tickets.actions.opening import ORGANISATION_OF_SITE
from services.tickets.domain import SETTLED, may_move
from services.tickets.locked import lock, lock_for_fact
from services.tickets.queries import shown_after_change
from services.tickets.refusals import absent

_CATEGORY = "SELECT id, name FROM categories WHERE id = %(id)s AND active"
_USERGROUP = "SELECT usergroup_id AS id, name, private_allowed FROM usergroups WHERE usergroup_id = %(id)s AND active"
_USERGROUP_OF_CATEGORY = (
    "SELECT g.usergroup_id AS id, g.name, g.private_allowed FROM categories c JOIN usergroups g USING (usergroup_id)"
    " WHERE c.id = %(id)s AND g.active"
)
_SITE = (
    f"SELECT s.site_id AS id, s.name, {ORGANISATION_OF_SITE} AS organisation_id FROM sites s"
    " WHERE s.site_id = %(id)s AND s.active"
)
_OPEN_WORK_ORDERS = (
    "SELECT coalesce(number, work_order_id::text) AS name FROM work_orders"
    " WHERE ticket_id = %(id)s AND state = 'open' ORDER BY name"
)
#: Those of its incidents' interventions as well; locked in id order, as by whoever else locks several.
_INCIDENTS = (
    "WITH RECURSIVE incidents AS ("
    " SELECT other_id FROM ticket_links WHERE ticket_id = %(id)s AND kind = 'incident' UNION"
    " SELECT l.other_id FROM incidents i JOIN ticket_links l ON l.ticket_id = i.other_id AND l.kind = 'incident'"
    ") SELECT other_id FROM incidents ORDER BY other_id"
)


def change_ticket(work, actor, ticket_id, if_version=None, **changes):
    """Change fields of a ticket; return it as `RawJSON`.

    :param if_version: the version that the actor has read.
    :param changes: fields of the contract's `TicketChange`.
    :raises NotFound: `ticket_not_found`, `category_not_found`, `site_not_found`, `usergroup_not_found`.
    :raises Forbidden: `not_allowed`, when one of the fields is not the actor's to change.
    :raises Stale: `version_stale`.
    :raises Conflict: `move_not_allowed`, `work_orders_open`, `private_not_allowed`.
    :raises Invalid: `assignee_cannot_serve`.
    """
    ticket = lock(work, actor, ticket_id)
    for name in changes:
        require(may(actor, PERMISSION_OF_FIELD[name], ticket), f"Your role does not allow changing {name}.")
    require_version(ticket, if_version)
    _require_private_allowed(work, ticket, changes)
    category_id = ticket.category_id
    for name, change in _CHANGES.items():
        if name in changes:
            change(work, ticket, changes[name], actor.as_fact())
    if ticket.category_id != category_id:
        _fill_usergroup(work, ticket, actor.as_fact())
    ticket.write_if_changed()
    work.flush()
    return shown_after_change(work.load, sight_of(actor), ticket)


def _require_private_allowed(work, ticket, changes):
    """Refuse privacy, new or kept, in a usergroup that has none; a ticket that stays as it is may stay."""
    private = changes.get("private", ticket.private)
    usergroup_id = changes.get("usergroup", ticket.usergroup_id)
    if not private or (ticket.private and usergroup_id == ticket.usergroup_id):
        return
    usergroup = work.one(_USERGROUP, id=usergroup_id)
    if usergroup is None and "usergroup" in changes:
        raise absent("usergroup", "usergroup")
    if not (usergroup and usergroup.private_allowed):
        raise Conflict("private_not_allowed", "The ticket's usergroup has no private tickets.")


def _change_subject(work, ticket, subject, doer):
    subject = subject.strip()
    if subject != ticket.subject:
        give_subject(work, ticket, subject, doer)


def _change_category(work, ticket, category_id, doer):
    ticket.set(category_chosen_at=work.now)
    # What it has may stay, though it is closed by now: whoever sends all fields back changes something else.
    if category_id != ticket.category_id:
        give_category(work, ticket, _named(work, _CATEGORY, "category", category_id), doer)


def _fill_usergroup(work, ticket, doer):
    """Give an open ticket without a usergroup that of its new category, as routing would have at its opening.

    Like routing it takes no ticket from whom a person chose.
    """
    if ticket.usergroup_id or ticket.status in SETTLED:
        return
    usergroup = work.one(_USERGROUP_OF_CATEGORY, id=ticket.category_id)
    is_allowed = usergroup and (usergroup.private_allowed or not ticket.private)
    if is_allowed and keeps_assignee(work, ticket, usergroup.id):
        give_usergroup(work, ticket, usergroup, doer, chosen=False)


def _change_site(work, ticket, site_id, doer):
    if site_id != ticket.site_id:
        give_site(work, ticket, _named(work, _SITE, "site", site_id), doer)


def _change_usergroup(work, ticket, usergroup_id, doer):
    usergroup = _named(work, _USERGROUP, "usergroup", usergroup_id)
    if usergroup_id == ticket.usergroup_id:
        ticket.set(usergroup_chosen_at=work.now)
        return
    give_usergroup(work, ticket, usergroup, doer, chosen=True)
    if ticket.assignee_id and candidate(work, ticket, ticket.assignee_id) is None:
        assign(work, ticket, None, "person", doer)
    if ticket.assignee_id is None:
        # Nobody chose that it has no assignee here: the new group's may be found by routing.
        ticket.set(assignee_chosen_at=None)


def _change_private(work, ticket, private, doer):
    if private == ticket.private:
        return
    give_privacy(work, ticket, private, doer)
    if private:
        _hide_incidents(work, ticket, doer)


def _hide_incidents(work, parent, doer):
    # Its incidents tell of what is hidden now; as nobody knows why each was hidden, none is shown again by itself.
    for row in work.load(_INCIDENTS, id=parent.id):
        incident = lock_for_fact(work, row.other_id)
        if not incident.private:
            give_privacy(work, incident, True, doer)
            incident.write()


def _change_priority(work, ticket, priority, doer):
    ticket.set(priority_chosen_at=work.now)
    if priority != ticket.priority:
        give_priority(work, ticket, priority, doer)


def _change_status(work, ticket, status, doer):
    if status == ticket.status:
        return
    if not may_move(ticket.status, status):
        raise Conflict(
            "move_not_allowed",
            f"A ticket that is {ticket.status} cannot become {status}.",
            {"status": ticket.status},
        )
    if status in SETTLED:
        _require_work_done(work, ticket)
    move(work, ticket, status, "person", doer)


def _require_work_done(work, ticket):
    # Somebody would still come to a place where nothing is wrong any more.
    names = [row.name for row in work.load(_OPEN_WORK_ORDERS, id=ticket.id)]
    if names:
        raise Conflict(
            "work_orders_open",
            f"Work orders are open on this ticket ({', '.join(names)}): close or cancel them first.",
            {"fields": {"status": [f"{name} is open." for name in names]}},
        )


#: In the order in which they are made: the usergroup before the assignee, who has to be able to serve it, the status
#: last, since it tells those who take part by then.
_CHANGES = {
    "subject": _change_subject,
    "category": _change_category,
    "site": _change_site,
    "usergroup": _change_usergroup,
    "private": _change_private,
    "priority": _change_priority,
    "assignee": choose_assignee,
    "status": _change_status,
}


def _named(work, statement, name, thing_id):
    if thing_id is None:
        return None
    row = work.one(statement, id=thing_id)
    if row is None:
        raise absent(name, name)
    return row
