"""What several databases hold of one thing: once everything is heard, they agree.

What has one owner is compared by its version; what two services decide about is compared itself.
"""

from collections import defaultdict

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
_TICKETS = (
    "SELECT id, number, private, priority, site_id, usergroup_id, assignee_id, first_response_due_at, resolution_due_at"
    " FROM tickets"
)
_INTERVENTIONS = (
    "SELECT i.id, starts_at, ends_at, {},"
    " ARRAY(SELECT person_id FROM intervention_workers WHERE intervention_id = i.id ORDER BY person_id)"
    " FROM interventions i"
)
#: `(thing, {service: statement})`, the owner first.
DECIDED = (
    ("ticket", {"tickets": _TICKETS, "dispatch": f"{_TICKETS} LEFT JOIN deadlines ON ticket_id = id"}),
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
        "intervention",
        {
            "dispatch": _INTERVENTIONS.format("CASE status WHEN 'cancelled' THEN status ELSE 'planned' END"),
            "tickets": "SELECT intervention_id, starts_at, ends_at, state, ARRAY(SELECT unnest(worker_ids) ORDER BY 1)"
            " FROM interventions",
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
    """Return a sentence for each thing of which a copy holds something else than its owner.

    :param tables: `Tables` of a desk at rest.
    """
    copied = [
        (table, {service: f"SELECT {key}, version FROM {table}" for service, key in keys.items()})
        for table, keys in COPIED.items()
    ]
    return [sentence for thing, statements in (*copied, *DECIDED) for sentence in _of(tables, thing, statements)]


def _of(tables, thing, statements):
    owner, *copies = statements
    held = {service: _by_id(tables.rows(service, statement)) for service, statement in statements.items()}
    for copy in copies:
        for id_ in sorted(held[owner].keys() | held[copy].keys()):
            there, here = (held[service].get(id_, "nothing") for service in (owner, copy))
            if there != here:
                yield f"{thing} {id_}: {there} in {owner}, {here} in {copy}"


def _by_id(rows):
    """Return `{id: what is held of it}`; of some things there are several rows."""
    held = defaultdict(list)
    for id_, *rest in rows:
        held[str(id_)].append(" ".join(map(str, rest)))
    return {id_: ", ".join(sorted(parts)) for id_, parts in held.items()}
