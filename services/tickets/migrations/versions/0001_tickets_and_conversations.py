"""Categories, tickets, conversations, history, satisfaction, and the copies of other services' things."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None

#: Words without accents and endings, the same in four languages.
TEXT_SEARCH = (
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    "CREATE TEXT SEARCH CONFIGURATION desk (COPY = simple)",
    "ALTER TEXT SEARCH CONFIGURATION desk ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple",
)
APPEND_ONLY = (
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
    " $$BEGIN RAISE EXCEPTION 'history is append-only'; END$$",
    "CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON history"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
)


def upgrade():
    """Make everything."""
    create_chassis_tables(op)
    for statement in TEXT_SEARCH:
        op.execute(statement)
    op.execute(sa.schema.CreateSequence(sa.Sequence("ticket_numbers")))
    _make_categories_and_tickets()
    _make_participants()
    _make_conversations()
    _make_history()
    _make_copies_of_people_and_places()
    _make_copies_of_the_field()
    for statement in APPEND_ONLY:
        op.execute(statement)


def _key(name="id"):
    return sa.Column(name, sa.Uuid(), primary_key=True)


def _id(name, **options):
    return sa.Column(name, sa.Uuid(), **options)


def _instant(name, **options):
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _needed(name, kind):
    return sa.Column(name, kind, nullable=False)


def _flag(name):
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _ticket(**options):
    return sa.Column("ticket_id", sa.Uuid(), sa.ForeignKey("tickets.id"), **options)


def _make_categories_and_tickets():
    op.create_table(
        "categories",
        _key(),
        _needed("name", sa.String(120)),
        sa.Column("slug", sa.String(60), nullable=False, unique=True),
        _id("usergroup_id"),
        sa.Column("priority", sa.String(10)),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        _needed("version", sa.BigInteger()),
        _instant("created_at", nullable=False),
    )
    op.create_table(
        "tickets",
        _key(),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        _needed("subject", sa.String(300)),
        _needed("description", sa.Text()),
        _needed("kind", sa.String(12)),
        sa.Column("nature", sa.String(12)),
        _needed("channel", sa.String(10)),
        _needed("status", sa.String(12)),
        _needed("priority", sa.String(10)),
        _needed("private", sa.Boolean()),
        _needed("language", sa.String(2)),
        *map(
            _id,
            ("category_id", "site_id", "organisation_id", "usergroup_id", "assignee_id", "intervention_id"),
        ),
        _id("requester_participant_id", nullable=False),
        _id("requester_person_id"),
        _needed("requester_name", sa.String(200)),
        sa.Column("requester_email", sa.String(254)),
        *map(
            _instant,
            ("category_chosen_at", "priority_chosen_at", "usergroup_chosen_at", "assignee_chosen_at"),
        ),
        _instant("routed_at"),
        sa.Column("deadlines_version", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        *map(_instant, ("first_response_due_at", "resolution_due_at")),
        *map(_flag, ("first_response_missed", "resolution_missed")),
        _instant("first_response_at"),
        sa.Column("source_message_id", sa.Text()),
        _flag("automatic"),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default=sa.text("1")),
        _instant("opened_at", nullable=False),
        _instant("updated_at", nullable=False),
        _instant("resolved_at"),
        postgresql_with={"fillfactor": "80"},
    )
    for column in ("status", "usergroup_id", "requester_person_id"):
        op.create_index(f"ix_tickets_{column}", "tickets", [column, "id"])
    for column in ("assignee_id", "site_id", "organisation_id"):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_tickets_{column}", "tickets", [column, "id"], postgresql_where=there)


def _make_participants():
    op.create_table(
        "participants",
        _key(),
        _ticket(nullable=False, index=True),
        _id("person_id"),
        sa.Column("email", sa.String(254)),
        _needed("name", sa.String(200)),
        _needed("language", sa.String(2)),
        _needed("role", sa.String(12)),
        _flag("as_assignee"),
        _instant("added_at", nullable=False),
    )
    for name, columns, which in (
        ("uq_participants_person", ["person_id", "ticket_id"], "person_id IS NOT NULL"),
        ("uq_participants_stranger", ["email", "ticket_id"], "person_id IS NULL"),
    ):
        op.create_index(name, "participants", columns, unique=True, postgresql_where=sa.text(which))


def _make_conversations():
    op.create_table(
        "messages",
        _key(),
        _ticket(nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(), nullable=False),
        _needed("body", sa.Text()),
        _needed("internal", sa.Boolean()),
        _id("author_participant_id"),
        _id("author_person_id"),
        _needed("author_name", sa.String(200)),
        sa.Column("author_email", sa.String(254)),
        _needed("author_role", sa.String(12)),
        _needed("channel", sa.String(10)),
        _flag("automatic"),
        _flag("unverified"),
        sa.Column("source_message_id", sa.Text()),
        _instant("written_at", nullable=False),
    )
    op.create_index("ix_messages_ticket_id", "messages", ["ticket_id", "position"])
    op.create_table(
        "search_texts",
        _ticket(primary_key=True),
        _key("text_id"),
        _needed("internal", sa.Boolean()),
        _needed("words", TSVECTOR()),
    )
    op.create_index(
        "ix_search_texts_words",
        "search_texts",
        ["words"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_table(
        "attachments",
        _key(),
        _id("uploader_id"),
        _ticket(index=True),
        sa.Column("message_id", sa.Uuid(), sa.ForeignKey("messages.id")),
        _needed("filename", sa.String(255)),
        _needed("content_type", sa.String(120)),
        _needed("size", sa.BigInteger()),
        sa.Column("sha256", sa.String(64), nullable=False, index=True),
        _instant("created_at", nullable=False),
    )
    unbound = sa.text("ticket_id IS NULL")
    op.create_index("ix_attachments_unbound", "attachments", ["created_at"], postgresql_where=unbound)


def _make_history():
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        _ticket(nullable=False),
        _needed("kind", sa.String(40)),
        _needed("audience", sa.String(12)),
        _id("actor_id"),
        sa.Column("actor_name", sa.String(200)),
        _needed("source", sa.String(20)),
        sa.Column("old", JSONB()),
        sa.Column("new", JSONB()),
        _instant("occurred_at", nullable=False),
    )
    op.create_index("ix_history_ticket_id", "history", ["ticket_id", "occurred_at", "id"])
    op.create_table(
        "ticket_links",
        _ticket(primary_key=True),
        sa.Column("other_id", sa.Uuid(), sa.ForeignKey("tickets.id"), primary_key=True),
        _needed("kind", sa.String(12)),
    )
    op.create_table(
        "satisfactions",
        _key("participant_id"),
        _ticket(nullable=False, index=True),
        _needed("rating", sa.SmallInteger()),
        _needed("comment", sa.Text()),
        _instant("given_at", nullable=False),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    )


def _copy(table, key, *columns):
    op.create_table(table, _key(key), _needed("version", sa.BigInteger()), *columns)


def _make_copies_of_people_and_places():
    _copy(
        "people",
        "person_id",
        sa.Column("email", sa.String(254), nullable=False, index=True),
        _needed("name", sa.String(200)),
        _needed("language", sa.String(2)),
        _needed("roles", ARRAY(sa.Text())),
        _id("organisation_id", index=True),
        _needed("active", sa.Boolean()),
        _needed("confirmed", sa.Boolean()),
    )
    _copy(
        "usergroups",
        "usergroup_id",
        _needed("name", sa.String(200)),
        _needed("private_allowed", sa.Boolean()),
        *(_needed(name, ARRAY(sa.Uuid())) for name in ("members", "supervisors", "agents")),
        _id("default_category_id"),
        _needed("active", sa.Boolean()),
    )
    _copy(
        "sites",
        "site_id",
        _needed("name", sa.String(200)),
        _id("organisation_id"),
        _needed("path", ARRAY(sa.Uuid())),
        _needed("active", sa.Boolean()),
    )
    op.create_index("ix_sites_path", "sites", ["path"], postgresql_using="gin")


def _make_copies_of_the_field():
    for table, key in (("work_orders", "work_order_id"), ("interventions", "intervention_id")):
        _copy(table, key, _id("ticket_id", nullable=False, index=True), _needed("state", sa.String(12)))
