"""People, roles, sessions, usergroups, organisations and sites; the nine roles are seeded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.migrations import create_chassis_tables
from services.identity.domain import ROLES

revision = "0001"
down_revision = None


def upgrade():
    """Make the tables and seed the roles."""
    create_chassis_tables(op)
    _make_organisations_and_people()
    _make_roles()
    _make_logins()
    _make_usergroups()
    _make_sites()


def _key():
    return sa.Column("id", sa.Uuid(), primary_key=True)


def _instant(name):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _life():
    return (
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")),
        _instant("created_at"),
    )


def _name():
    return sa.Column("name", sa.String(200), nullable=False)


def _link(name, target, **options):
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(target), **options)


def _make_organisations_and_people():
    op.create_table("organisations", _key(), _name(), *_life())
    op.create_index("uq_organisations_name", "organisations", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "people",
        _key(),
        sa.Column("email", sa.String(254), nullable=False, unique=True),
        _name(),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=sa.false()),
        _link("organisation_id", "organisations.id", index=True),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("epoch", sa.BigInteger(), nullable=False, server_default=sa.text("1")),
        *_life(),
    )
    op.create_index("ix_people_by_name", "people", [sa.text("lower(name)"), "id"])


def _make_roles():
    roles = op.create_table(
        "roles",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("permissions", JSONB(), nullable=False),
    )
    op.bulk_insert(roles, [{"name": name, "permissions": permissions} for name, permissions in ROLES.items()])
    op.create_table(
        "people_roles",
        _link("person_id", "people.id", primary_key=True),
        sa.Column("role", sa.String(40), sa.ForeignKey("roles.name"), primary_key=True, index=True),
    )


def _make_logins():
    op.create_table(
        "sessions",
        _key(),
        _link("person_id", "people.id", nullable=False, index=True),
        sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
        _instant("created_at"),
        _instant("last_used_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "registrations",
        _key(),
        sa.Column("email", sa.String(254), nullable=False, index=True),
        _name(),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "attempts",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("tries", sa.Integer(), nullable=False),
    )


def _make_usergroups():
    op.create_table(
        "usergroups",
        _key(),
        _name(),
        sa.Column("private_allowed", sa.Boolean(), nullable=False),
        sa.Column("default_category_id", sa.Uuid()),
        sa.Column("custom_fields", JSONB(), nullable=False),
        *_life(),
    )
    op.create_index("uq_usergroups_name", "usergroups", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "usergroups_people",
        _link("usergroup_id", "usergroups.id", primary_key=True),
        sa.Column("list", sa.String(12), primary_key=True),
        _link("person_id", "people.id", primary_key=True, index=True),
        sa.CheckConstraint("list IN ('members', 'supervisors', 'agents')", name="list"),
    )


def _make_sites():
    op.create_table(
        "sites",
        _key(),
        _name(),
        sa.Column("kind", sa.String(10), nullable=False),
        _link("parent_id", "sites.id", index=True),
        _link("organisation_id", "organisations.id", index=True),
        _link("usergroup_id", "usergroups.id"),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("position", JSONB()),
        sa.Column("path", ARRAY(sa.Uuid()), nullable=False),
        *_life(),
        sa.CheckConstraint("kind IN ('property', 'building', 'unit')", name="kind"),
    )
    op.create_index("ix_sites_by_name", "sites", [sa.text("lower(name)"), "id"])
