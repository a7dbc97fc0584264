"""What several databases hold of one thing: once everything is heard, they agree.

What has one owner is compared by its version; what two services decide about is compared itself.
"""

from collections import Counter

#: `{table: {service: its key there}}`, the owner first.
COPIED = {
    "people": {
        "identity": "id",
        "tickets": "person_id",
        "dispatch": "person_id",
        "fieldwork": "id",
        "notifications": "person_id",
    },
    "usergroups": {
        "identity": "id",
        "tickets": "usergroup_id",
        "dispatch": "usergroup_id",
        "fieldwork": "id",
        "inbound": "id",
    },
    "sites": {
        "identity": "id",
        "tickets": "site_id",
        "dispatch": "site_id",
        "fieldwork": "id",
        "notifications": "site_id",
        "inbound": "id",
    },
    "categories": {"tickets": "id", "dispatch": "category_id", "inbound": "id"},
    "mailboxes": {"inbound": "id", "dispatch": "mailbox_id", "notifications": "mailbox_id"},
    "service_types": {"fieldwork": "id", "dispatch": "service_type_id"},
}
_TICKETS = "SELECT id, number, private, priority, site_id, usergroup_id, assignee_id FROM tickets"
_INTERVENTIONS = (
    "SELECT i.id, starts_at, ends_at, {},"
    " ARRAY(SELECT person_id FROM intervention_workers WHERE intervention_id = i.id ORDER BY person_id)"
    " FROM interventions i"
)
#: `(thing, {service: statement})`, the owner first.
DECIDED = (
    ("ticket", {"tickets": _TICKETS, "dispatch": _TICKETS}),
    (
        "ticket",
        {
            "tickets": "SELECT id, number, usergroup_id, assignee_id FROM tickets",
            "notifications": "SELECT ticket_id, number, usergroup_id, assignee_id FROM tickets",
        },
    ),
    (
        "work order",
        {
            "dispatch": "SELECT id, number, coalesce(outcome, status), contractor_id FROM work_orders",
            "tickets": "SELECT work_order_id, number, state, contractor_id FROM work_orders",
        },
    ),
    (
        "intervention",
        {
            "dispatch": _INTERVENTIONS.format("status"),
            "fieldwork": _INTERVENTIONS.format("CASE status WHEN 'started' THEN 'planned' ELSE status END"),
        },
    ),
    (
        "presence",
        {
            "fieldwork": "SELECT DISTINCT intervention_id, worker_id FROM clock_ins WHERE 'overtaken' <> ALL (flags)",
            "dispatch": "SELECT id, unnest(clocked_in) FROM interventions",
        },
    ),
)


def disagreements(tables):
    """Return a sentence for each row that a copy lacks, and for each that only the copy has.

    :param tables: `Tables` of a desk at rest.
    """
    copied = [
        (table, {service: f"SELECT {key}, version FROM {table}" for service, key in keys.items()})
        for table, keys in COPIED.items()
    ]
    return [sentence for thing, statements in (*copied, *DECIDED) for sentence in _of(tables, thing, statements)]


def _of(tables, thing, statements):
    rows = {
        service: Counter(" ".join(map(str, row)) for row in tables.rows(service, statement))
        for service, statement in statements.items()
    }
    owner, *copies = rows
    for copy in copies:
        yield from (f"{thing} {row}: in {owner}, not in {copy}" for row in rows[owner] - rows[copy])
        yield from (f"{thing} {row}: in {copy}, not in {owner}" for row in rows[copy] - rows[owner])
