"""Copies, rules, deadlines, work orders and interventions; the default SLA policy and calendar are seeded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None

DEFAULT_POLICY = "01890000-0000-7000-8000-000000000001"
#: Business minutes to the first response and to the resolution.
DEFAULT_TARGETS = {"low": (960, 4800), "normal": (480, 2400), "high": (240, 960), "urgent": (60, 480)}
DEFAULT_HOURS = {
    weekday: [{"opens": "08:00", "closes": "18:00"}]
    for weekday in ("monday", "tuesday", "wednesday", "thursday", "friday")
}


def upgrade():
    """Make the tables and seed what deadlines need."""
    create_chassis_tables(op)
    _make_copies()
    _make_tickets()
    _make_deadlines()
    _make_rules()
    _make_work_orders()
    _seed()


def _id(name="id", **options):
    return sa.Column(name, sa.Uuid(), primary_key=True, **options)


def _uuid(name, *constraints, **options):
    return sa.Column(name, sa.Uuid(), *constraints, **options)


def _uuids(name):
    return sa.Column(name, sa.ARRAY(sa.Uuid()), nullable=False)


def _text(name, longest, **options):
    return sa.Column(name, sa.String(longest), nullable=False, **options)


def _flag(name, **options):
    return sa.Column(name, sa.Boolean(), nullable=False, **options)


def _version(name="version"):
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _count(name, **options):
    return sa.Column(name, sa.Integer(), nullable=False, **options)


def _instant(name, nullable=False):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _make_copies():
    op.create_table(
        "people",
        _id("person_id"),
        _version(),
        _text("name", 300),
        sa.Column("roles", sa.ARRAY(sa.String(80)), nullable=False),
        _uuid("organisation_id"),
        _flag("active"),
        _instant("last_assigned_at", nullable=True),
    )
    op.create_table(
        "usergroups",
        _id("usergroup_id"),
        _version(),
        _text("name", 300),
        _uuids("agents"),
        _uuid("default_category_id"),
        _flag("active"),
    )
    op.create_table(
        "sites",
        _id("site_id"),
        _version(),
        _uuid("organisation_id"),
        _uuid("usergroup_id"),
        _uuids("path"),
        _flag("active"),
    )
    op.create_table("categories", _id("category_id"), _version(), _uuid("usergroup_id"), _flag("active"))
    op.create_table("mailboxes", _id("mailbox_id"), _version(), _flag("active"))
    op.create_table("service_types", _id("service_type_id"), _version())


def _make_tickets():
    op.create_table(
        "tickets",
        _id(),
        _instant("opened_at"),
        _uuid("site_id"),
        _version("site_version"),
        _flag("private"),
        _version("private_version"),
        _uuids("participants"),
        _version("participants_version"),
        _text("status", 11),
        _text("priority", 6),
        _version("priority_version"),
        _uuid("usergroup_id"),
        _version("usergroup_version"),
        _uuid("assignee_id"),
        _version("assignee_version"),
        sa.Column("assigned_by", sa.String(7)),
        _instant("answered_at", nullable=True),
        sa.Column("routing_reason", sa.String(8)),
        _uuid("routing_rule_id"),
        _count("decisions", server_default=sa.text("0")),
    )
    op.create_index(
        "ix_tickets_load",
        "tickets",
        ["assignee_id"],
        postgresql_where=sa.text("assignee_id IS NOT NULL AND status NOT IN ('resolved', 'closed')"),
    )
    op.create_index("ix_tickets_usergroup", "tickets", ["usergroup_id"])


def _make_deadlines():
    op.create_table(
        "ticket_moves",
        _id("ticket_id"),
        sa.Column("version", sa.BigInteger(), primary_key=True),
        sa.Column("status", sa.String(11), primary_key=True),
        _text("came_from", 11),
        _instant("at"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_moves_ticket_id_tickets"),
    )
    clocks = [
        column
        for which in ("first_response", "resolution")
        for column in (
            _instant(f"{which}_due_at"),
            _instant(f"{which}_stopped_at", nullable=True),
            _instant(f"{which}_missed_at", nullable=True),
        )
    ]
    op.create_table(
        "deadlines",
        _id("ticket_id"),
        _count("version"),
        _text("policy_name", 120),
        *clocks,
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_deadlines_ticket_id_tickets"),
    )
    for which in ("first_response", "resolution"):
        running = sa.text(f"{which}_stopped_at IS NULL AND {which}_missed_at IS NULL")
        op.create_index(f"ix_deadlines_{which}", "deadlines", [f"{which}_due_at"], postgresql_where=running)


def _make_rules():
    op.create_table(
        "routing_rules",
        _id(),
        _text("name", 120),
        _count("position"),
        sa.Column("conditions", JSONB(), nullable=False),
        sa.Column("then", JSONB(), nullable=False),
        _flag("active"),
        _count("version"),
    )
    op.create_index("ix_routing_rules_order", "routing_rules", ["position", "id"])
    op.create_table(
        "sla_policies",
        _id(),
        _text("name", 120),
        _uuid("usergroup_id"),
        sa.Column("targets", JSONB(), nullable=False),
        _count("version"),
        sa.UniqueConstraint("usergroup_id", name="uq_sla_policies_usergroup_id", postgresql_nulls_not_distinct=True),
    )
    op.create_table(
        "business_calendar",
        sa.Column("id", sa.SmallInteger(), primary_key=True, autoincrement=False),
        _text("time_zone", 60),
        sa.Column("hours", JSONB(), nullable=False),
        sa.Column("holidays_country", sa.String(2)),
        _count("version"),
        sa.CheckConstraint("id = 1", name="only_one"),
    )


def _make_work_orders():
    op.execute("CREATE SEQUENCE work_order_numbers")
    op.create_table(
        "work_orders",
        _id(),
        _text("number", 20),
        _uuid("ticket_id", nullable=False),
        _text("title", 300),
        sa.Column("description", sa.Text(), nullable=False),
        _text("status", 6),
        sa.Column("outcome", sa.String(9)),
        _uuid("site_id"),
        _uuid("contractor_id"),
        _uuid("opened_by"),
        _instant("opened_at"),
        _instant("closed_at", nullable=True),
        _count("version"),
        sa.UniqueConstraint("number", name="uq_work_orders_number"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_work_orders_ticket_id_tickets"),
        sa.ForeignKeyConstraint(["contractor_id"], ["people.person_id"], name="fk_work_orders_contractor_id_people"),
        sa.CheckConstraint(
            "(status = 'closed') = (outcome IS NOT NULL AND closed_at IS NOT NULL)",
            name="closed",
        ),
    )
    op.create_index("ix_work_orders_ticket_id", "work_orders", ["ticket_id"])
    op.create_index("ix_work_orders_contractor_id", "work_orders", ["contractor_id"])
    _make_interventions()


def _make_interventions():
    op.create_table(
        "interventions",
        _id(),
        _uuid("work_order_id", nullable=False),
        _uuid("service_type_id"),
        _instant("starts_at"),
        _instant("ends_at"),
        _text("status", 9),
        _flag("validation_needed", server_default=sa.text("true")),
        sa.Column("cancel_reason", sa.Text()),
        _instant("planned_at"),
        _uuid("planned_by"),
        _count("version"),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_orders.id"], name="fk_interventions_work_order_id_work_orders"
        ),
        sa.CheckConstraint("ends_at > starts_at", name="window"),
    )
    op.create_index("ix_interventions_work_order_id", "interventions", ["work_order_id"])
    op.create_table(
        "intervention_workers",
        _id("intervention_id"),
        _id("person_id"),
        sa.ForeignKeyConstraint(
            ["intervention_id"],
            ["interventions.id"],
            name="fk_intervention_workers_intervention_id_interventions",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_intervention_workers_person_id_people"),
    )
    op.create_index("ix_intervention_workers_person_id", "intervention_workers", ["person_id"])


def _seed():
    targets = {
        priority: {"first_response_minutes": first, "resolution_minutes": last}
        for priority, (first, last) in DEFAULT_TARGETS.items()
    }
    policies = sa.table(
        "sla_policies",
        sa.column("id", sa.Uuid),
        sa.column("name"),
        sa.column("targets", JSONB),
        sa.column("version"),
    )
    op.bulk_insert(policies, [{"id": DEFAULT_POLICY, "name": "Standard", "targets": targets, "version": 1}])
    calendars = sa.table(
        "business_calendar",
        sa.column("id"),
        sa.column("time_zone"),
        sa.column("hours", JSONB),
        sa.column("version"),
    )
    op.bulk_insert(calendars, [{"id": 1, "time_zone": "Europe/Paris", "hours": DEFAULT_HOURS, "version": 1}])
