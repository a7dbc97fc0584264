"""Interventions, clock-ins and incidents; the default service type and four general reasons are seeded."""

import json
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None

DEFAULT_SERVICE_TYPE = UUID("01937000-0000-7000-8000-000000000001")
DEFAULT_SERVICE_TYPE_TOLD = UUID("01937000-0000-7000-8000-000000000002")
REASONS = {
    UUID("01937000-0000-7000-8000-000000000011"): {
        "en": "Access impossible",
        "fr": "Accès impossible",
        "es": "Acceso imposible",
        "de": "Kein Zugang",
    },
    UUID("01937000-0000-7000-8000-000000000012"): {
        "en": "Client absent",
        "fr": "Client absent",
        "es": "Cliente ausente",
        "de": "Kunde nicht da",
    },
    UUID("01937000-0000-7000-8000-000000000013"): {
        "en": "Material missing",
        "fr": "Matériel manquant",
        "es": "Falta material",
        "de": "Material fehlt",
    },
    UUID("01937000-0000-7000-8000-000000000014"): {
        "en": "Other",
        "fr": "Autre",
        "es": "Otro",
        "de": "Sonstiges",
    },
}


def upgrade():
    """Make the tables and seed the settings."""
    create_chassis_tables(op)
    _make_copies()
    _make_settings()
    _make_interventions()
    _make_clock_ins()
    _make_incidents()
    _seed_default_service_type()
    _seed_reasons()


def _key(name="id"):
    return sa.Column(name, sa.Uuid(), primary_key=True)


def _uuid(name, *constraints, nullable=False, **options):
    return sa.Column(name, sa.Uuid(), *constraints, nullable=nullable, **options)


def _instant(name, nullable=False):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _word(name, longest, nullable=False):
    return sa.Column(name, sa.String(longest), nullable=nullable)


def _text(name, **options):
    return sa.Column(name, sa.Text(), nullable=False, **options)


def _flag(name, **options):
    return sa.Column(name, sa.Boolean(), nullable=False, **options)


def _number(name, nullable=False):
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _version(name="version"):
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _document(name, nullable=False):
    return sa.Column(name, JSONB(), nullable=nullable)


def _flags():
    return sa.Column("flags", ARRAY(sa.String(20)), nullable=False)


def _among(table, column, *words):
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def _of(table, owner, owners=None):
    owners = owners or f"{owner}s"
    return sa.ForeignKey(f"{owners}.id", name=f"fk_{table}_{owner}_id_{owners}")


def _make_copies():
    op.create_table("people", _key(), _word("name", 300), _version())
    op.create_table("usergroups", _key(), _word("name", 300), _version())
    op.create_table("tickets", _key(), _uuid("usergroup_id", nullable=True), _version())
    op.create_table("ticket_privacies", _key(), _flag("private"), _version())
    op.create_table(
        "sites",
        _key(),
        _word("name", 300),
        _uuid("organisation_id", nullable=True),
        sa.Column("path", ARRAY(sa.Uuid()), nullable=False),
        _document("position", nullable=True),
        _version(),
    )


def _make_settings():
    op.create_table(
        "service_types",
        _key(),
        _word("name", 120),
        _flag("is_default", server_default=sa.text("false")),
        _word("clock_ins", 5),
        *map(_flag, ("incidents", "validation", "not_before_start", "shared_with_client")),
        _number("allowed_delay_minutes", nullable=True),
        _number("allowed_distance_m", nullable=True),
        _word("rounding", 7),
        _number("rounding_minutes", nullable=True),
        *map(_number, ("incident_hours_before", "incident_hours_after", "version")),
        _among("service_types", "clock_ins", "none", "start", "end", "both"),
        _among("service_types", "rounding", "none", "down", "nearest", "up"),
    )
    default = {"unique": True, "postgresql_where": sa.text("is_default")}
    op.create_index("uq_service_types_default", "service_types", ["is_default"], **default)
    op.create_table(
        "incident_reasons",
        _key(),
        _uuid("service_type_id", _of("incident_reasons", "service_type"), nullable=True, index=True),
        _word("name", 120),
        _document("names"),
        _word("at", 5),
        _among("incident_reasons", "at", "start", "end", "both"),
    )


def _make_interventions():
    op.create_table(
        "interventions",
        _key(),
        *(_uuid(name, index=True) for name in ("work_order_id", "ticket_id")),
        _uuid("site_id", nullable=True, index=True),
        *(_uuid(name, nullable=True) for name in ("service_type_id", "usergroup_id")),
        _flag("private"),
        *map(_instant, ("starts_at", "ends_at", "planned_at")),
        _version("plan_version"),
        _word("status", 9),
        *(_instant(name, nullable=True) for name in ("completed_at", "validated_at", "cancelled_at")),
        *(_document(name, nullable=True) for name in ("completed_by", "validated_by")),
        *(_text(name, server_default="") for name in ("report", "cancel_reason")),
        _version(),
        _among("interventions", "status", "planned", "started", "completed", "validated", "cancelled"),
    )
    op.create_index("ix_interventions_window", "interventions", ["starts_at", "id"])
    op.create_index("ix_interventions_usergroup", "interventions", ["usergroup_id", "starts_at"])
    op.create_table(
        "intervention_workers",
        _uuid("intervention_id", _of("intervention_workers", "intervention"), primary_key=True),
        _uuid("person_id", primary_key=True, index=True),
        _word("name", 300),
    )


def _make_clock_ins():
    op.create_table(
        "clock_ins",
        _key(),
        _uuid("intervention_id", _of("clock_ins", "intervention")),
        _uuid("worker_id"),
        _word("worker_name", 300),
        _document("entered_by"),
        _word("event", 5),
        _word("method", 6),
        *map(_instant, ("occurred_at", "received_at")),
        _document("position", nullable=True),
        _flags(),
        sa.UniqueConstraint("intervention_id", "worker_id", "event", name="uq_clock_ins_intervention_id"),
        _among("clock_ins", "event", "start", "end"),
        _among("clock_ins", "method", "manual", "qr", "nfc"),
    )


def _make_incidents():
    op.create_table(
        "incidents",
        _key(),
        _uuid("ticket_id"),
        _uuid("intervention_id", _of("incidents", "intervention"), index=True),
        _uuid("reason_id", _of("incidents", "reason", "incident_reasons")),
        _word("at", 5),
        _text("text"),
        _document("declared_by"),
        *map(_instant, ("occurred_at", "received_at")),
        _flags(),
        sa.UniqueConstraint("ticket_id", name="uq_incidents_ticket_id"),
        _among("incidents", "at", "start", "end"),
    )
    op.create_table(
        "attachments",
        _key(),
        _uuid("incident_id", _of("attachments", "incident"), nullable=True, index=True),
        _uuid("uploaded_by"),
        _instant("uploaded_at"),
        _word("sha256", 64),
        _word("filename", 255),
        _word("content_type", 120),
        sa.Column("size", sa.BigInteger(), nullable=False),
    )


def _seed_default_service_type():
    # Told like any other change, so that other services' copies know the default, too.
    op.execute(
        sa.text(
            "INSERT INTO service_types (id, name, is_default, clock_ins, incidents, validation, "
            "not_before_start, rounding, shared_with_client, incident_hours_before, "
            "incident_hours_after, version) "
            "VALUES (:id, 'Standard', true, 'both', true, true, false, 'none', true, 4, 24, 1)"
        ).bindparams(id=DEFAULT_SERVICE_TYPE)
    )
    payload = {"service_type_id": str(DEFAULT_SERVICE_TYPE), "name": "Standard", "validation": True}
    op.execute(
        sa.text(
            "INSERT INTO outbox (event_id, name, payload, actor, version, correlation_id, occurred_at) "
            "VALUES (:event_id, 'ServiceTypeChanged', CAST(:payload AS jsonb), 'null', 1, '', now())"
        ).bindparams(event_id=DEFAULT_SERVICE_TYPE_TOLD, payload=json.dumps(payload))
    )


def _seed_reasons():
    statement = sa.text(
        "INSERT INTO incident_reasons (id, name, names, at) VALUES (:id, :name, CAST(:names AS jsonb), 'both')"
    )
    for id_, names in REASONS.items():
        op.execute(statement.bindparams(id=id_, name=names["en"], names=json.dumps(names)))
