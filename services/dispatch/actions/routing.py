"""A ticket is opened: where it belongs, who works on it and by when, decided once, in one transaction."""

from uuid import UUID

from chassis.errors import NotYet
from chassis.prepared import Prepared
from chassis.site_tree import nearest
from services.dispatch.actions.assignment import assign_ticket
from services.dispatch.actions.deadlines import set_deadlines
from services.dispatch.contract import TicketRouted
from services.dispatch.domain import routing
from services.dispatch.models import Ticket
from services.dispatch.ticket_rows import TicketRow, columns_of

#: Conditions and results that are ids; a rule holds them as texts.
IDS = frozenset({"category", "site", "mailbox", "usergroup_id", "category_id"})

_BEGINNING = Prepared(f"""
SELECT EXISTS (SELECT FROM tickets WHERE id = %(ticket_id)s) AS is_routed,
    (SELECT path FROM sites WHERE site_id = %(site_id)s) AS site_path,
    (SELECT {nearest("usergroup_id", "here")} FROM sites AS here WHERE here.site_id = %(site_id)s) AS of_site,
    (SELECT jsonb_agg(jsonb_build_array(id, version, name, conditions, "then") ORDER BY position, id)
     FROM routing_rules WHERE active) AS rules
""")

_CATEGORIES = Prepared("""
SELECT category_id, usergroup_id, active FROM categories WHERE category_id = ANY (%(named)s::uuid[])
""")

_USERGROUPS = Prepared("""
SELECT g.usergroup_id, g.active, CASE WHEN c.active IS NOT false THEN g.default_category_id END AS default_category_id
FROM usergroups AS g LEFT JOIN categories AS c ON c.category_id = g.default_category_id
WHERE g.usergroup_id = ANY (%(named)s::uuid[])
""")


def route_ticket(work, fact):
    """Keep a new ticket, route it, assign it and set its deadlines; nothing where that has been done.

    :param fact: `TicketOpened`.
    :raises NotYet: nothing has been heard of a site, category or usergroup that it names.
    """
    opened = fact.data
    found = work.one(_BEGINNING, ticket_id=opened["ticket_id"], site_id=opened["site_id"])
    if found.is_routed:
        return
    if opened["site_id"] and found.site_path is None:
        raise NotYet(f"Nothing has been heard of site {opened['site_id']}.")
    report = _report_of(opened, found.site_path or ())
    rule = routing.first_rule([_rule_of(*row) for row in found.rules or ()], report)
    outcome = routing.outcome(report, rule, _defaults_of(work, report, rule, found.of_site))
    ticket = _ticket_of(fact, outcome)
    _tell(work, ticket, outcome)
    assign_ticket(work, ticket)
    work.add(Ticket(**columns_of(ticket)))
    set_deadlines(work, ticket)


def persons_among(participants):
    """Return the ids of the participants who are persons of ours, each once."""
    return sorted({one["person_id"] for one in participants if one["person_id"] is not None})


def _rule_of(rule_id, version, name, conditions, result):
    return routing.Rule(UUID(rule_id), version, name, _with_ids(conditions), _with_ids(result))


def _with_ids(texts):
    return {name: UUID(value) if name in IDS else value for name, value in texts.items()}


def _report_of(opened, site_path):
    source = opened["source"]
    has_chosen_group = opened["usergroup_chosen"] or opened["kind"] == "incident"
    return routing.Report(
        subject=opened["subject"],
        description=opened["description"],
        channel=opened["channel"],
        priority=opened["priority"],
        language=opened["language"],
        usergroup=opened["usergroup_id"] if has_chosen_group else None,
        category=opened["category_id"],
        priority_chosen=opened["priority_chosen"],
        site_path=frozenset(site_path),
        mailbox=source["mailbox_id"],
        intake="webform" if source["webform_id"] else "mailbox",
        suggested_usergroup=source["suggested_usergroup_id"] or opened["usergroup_id"],
        suggested_category=source["suggested_category_id"],
    )


def _defaults_of(work, report, rule, of_site):
    result = rule.result if rule else {}
    given = {report.category, result.get("category_id"), report.suggested_category}
    categories = _known(work, "categories", _CATEGORIES, given)
    of_category = {category.category_id: category.usergroup_id for category in categories}
    named = {report.usergroup, result.get("usergroup_id"), report.suggested_usergroup, of_site, *of_category.values()}
    usergroups = _known(work, "usergroups", _USERGROUPS, named)
    return routing.Defaults(
        usable=frozenset(group.usergroup_id for group in usergroups if group.active),
        closed=frozenset(category.category_id for category in categories if not category.active),
        of_category=of_category,
        of_site=of_site,
        categories={group.usergroup_id: group.default_category_id for group in usergroups},
    )


def _known(work, things, statement, ids):
    named = sorted(ids - {None})
    found = work.load(statement, named=named) if named else []
    if len(found) < len(named):
        raise NotYet(f"Nothing has been heard of one of the {things} {named}.")
    return found


def _ticket_of(fact, outcome):
    opened = fact.data
    parts = ("site", "private", "participants", "priority", "usergroup", "assignee")
    return TicketRow(
        id=opened["ticket_id"],
        number=opened["number"],
        subject=opened["subject"],
        opened_at=opened["opened_at"],
        site_id=opened["site_id"],
        private=opened["private"],
        participants=persons_among(opened["participants"]),
        status="new",
        priority=outcome.priority,
        usergroup_id=outcome.usergroup,
        assignee_id=None,
        assigned_by=None,
        answered_at=None,
        routing_reason=outcome.reason,
        routing_rule_id=outcome.rule.id if outcome.rule else None,
        decisions=0,
        moves=[],
        **{f"{part}_version": fact.version for part in parts},
    )


def _tell(work, ticket, outcome):
    work.tell(
        TicketRouted,
        ticket_id=ticket.id,
        usergroup_id=outcome.usergroup,
        category_id=outcome.category,
        priority=outcome.priority,
        rule_id=outcome.rule.id if outcome.rule else None,
        rule_name=outcome.rule.name if outcome.rule else None,
        rule_version=outcome.rule.version if outcome.rule else None,
        reason=outcome.reason,
        routed_at=work.now,
    )
