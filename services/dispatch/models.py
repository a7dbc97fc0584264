"""Tables of dispatch: rules, policies, deadlines, work orders and interventions, and copies of what others own."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import relationship

from chassis.tables import INSTANT, declarative_base
from services.dispatch.contract.words import DEADLINES

Base = declarative_base()
UUIDS = ARRAY(Uuid)

#: Tickets that count as somebody's load.
_LOADS = "assignee_id IS NOT NULL AND status NOT IN ('resolved', 'closed')"
#: What holds of a work order.
_CLOSED_WITH_OUTCOME = "(status = 'closed') = (outcome IS NOT NULL AND closed_at IS NOT NULL)"


class Person(Base):
    """A copy of identity's person, and when routing or a person last gave them a ticket."""

    __tablename__ = "people"

    person_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    name = Column(String(300), nullable=False)
    roles = Column(ARRAY(String(80)), nullable=False)
    organisation_id = Column(Uuid)
    active = Column(Boolean, nullable=False)
    last_assigned_at = Column(INSTANT)


class Usergroup(Base):
    """A copy of identity's usergroup; its row is locked while a ticket is assigned within it."""

    __tablename__ = "usergroups"

    usergroup_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    name = Column(String(300), nullable=False)
    agents = Column(UUIDS, nullable=False)
    default_category_id = Column(Uuid)
    active = Column(Boolean, nullable=False)


class Site(Base):
    """A copy of identity's site; `path` holds its ancestors from the root down, and itself."""

    __tablename__ = "sites"

    site_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    organisation_id = Column(Uuid)
    usergroup_id = Column(Uuid)
    path = Column(UUIDS, nullable=False)
    active = Column(Boolean, nullable=False)


class Category(Base):
    """A copy of tickets' category."""

    __tablename__ = "categories"

    category_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    usergroup_id = Column(Uuid)
    active = Column(Boolean, nullable=False)


class Mailbox(Base):
    """A copy of inbound's mailbox, so that a rule names one that exists."""

    __tablename__ = "mailboxes"

    mailbox_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    active = Column(Boolean, nullable=False)


class ServiceType(Base):
    """A copy of fieldwork's service type, so that an intervention names one that exists."""

    __tablename__ = "service_types"

    service_type_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)


class Ticket(Base):
    """A copy of tickets' ticket, as far as routing, clocks and access need it; each part by its own version.

    What routing decides stands here at once; tickets' own facts confirm or overrule it. `participants` are
    those who are persons. Number and subject are the opening's. `decisions` counts the assignments told; moves
    that no clock feels are not kept.
    """

    __tablename__ = "tickets"

    id = Column(Uuid, primary_key=True)
    number = Column(String(40))
    subject = Column(Text)
    opened_at = Column(INSTANT, nullable=False)
    site_id = Column(Uuid)
    site_version = Column(BigInteger, nullable=False)
    private = Column(Boolean, nullable=False)
    private_version = Column(BigInteger, nullable=False)
    participants = Column(UUIDS, nullable=False)
    participants_version = Column(BigInteger, nullable=False)
    status = Column(String(11), nullable=False)
    priority = Column(String(6), nullable=False)
    priority_version = Column(BigInteger, nullable=False)
    usergroup_id = Column(Uuid)
    usergroup_version = Column(BigInteger, nullable=False)
    assignee_id = Column(Uuid)
    assignee_version = Column(BigInteger, nullable=False)
    assigned_by = Column(String(7))
    answered_at = Column(INSTANT)
    routing_reason = Column(String(8))
    routing_rule_id = Column(Uuid)
    decisions = Column(Integer, nullable=False, server_default=text("0"))

    __table_args__ = (
        Index("ix_tickets_load", "assignee_id", postgresql_where=text(_LOADS)),
        Index("ix_tickets_usergroup", "usergroup_id"),
    )

    @property
    def is_over(self):
        """Whether it is resolved or closed."""
        return self.status in ("resolved", "closed")


class TicketMove(Base):
    """A ticket's status from an instant on; one change of a ticket may move it twice under one version."""

    __tablename__ = "ticket_moves"

    ticket_id = Column(Uuid, ForeignKey("tickets.id"), primary_key=True)
    version = Column(BigInteger, primary_key=True)
    status = Column(String(11), primary_key=True)
    came_from = Column(String(11), nullable=False)
    at = Column(INSTANT, nullable=False)


class TicketDeadlines(Base):
    """The deadlines of a ticket: due, since when the clock stands, and when the miss was told."""

    __tablename__ = "deadlines"

    ticket_id = Column(Uuid, ForeignKey("tickets.id"), primary_key=True)
    version = Column(Integer, nullable=False)
    policy_name = Column(String(120), nullable=False)
    first_response_due_at = Column(INSTANT, nullable=False)
    first_response_stopped_at = Column(INSTANT)
    first_response_missed_at = Column(INSTANT)
    resolution_due_at = Column(INSTANT, nullable=False)
    resolution_stopped_at = Column(INSTANT)
    resolution_missed_at = Column(INSTANT)

    __table_args__ = tuple(
        Index(
            f"ix_deadlines_{which}",
            f"{which}_due_at",
            postgresql_where=text(f"{which}_stopped_at IS NULL AND {which}_missed_at IS NULL"),
        )
        for which in DEADLINES
    )


class RoutingRule(Base):
    """A routing rule; only conditions and results that were given stand in it, ids as texts."""

    __tablename__ = "routing_rules"

    id = Column(Uuid, primary_key=True)
    name = Column(String(120), nullable=False)
    position = Column(Integer, nullable=False)
    conditions = Column(JSONB, nullable=False)
    then = Column(JSONB, nullable=False)
    active = Column(Boolean, nullable=False)
    version = Column(Integer, nullable=False)

    __table_args__ = (Index("ix_routing_rules_order", "position", "id"),)


class SLAPolicy(Base):
    """Targets by priority, of one usergroup; the one without serves all the others."""

    __tablename__ = "sla_policies"

    id = Column(Uuid, primary_key=True)
    name = Column(String(120), nullable=False)
    usergroup_id = Column(Uuid)
    targets = Column(JSONB, nullable=False)
    version = Column(Integer, nullable=False)

    __table_args__ = (UniqueConstraint("usergroup_id", postgresql_nulls_not_distinct=True),)


class BusinessCalendar(Base):
    """The one calendar in whose hours deadlines are counted."""

    __tablename__ = "business_calendar"

    id = Column(SmallInteger, primary_key=True, autoincrement=False)
    time_zone = Column(String(60), nullable=False)
    hours = Column(JSONB, nullable=False)
    holidays_country = Column(String(2))
    version = Column(Integer, nullable=False)

    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)


class WorkOrder(Base):
    """Authorises work on site for a ticket; the firm it is given to is the contractor's when it is opened.

    `cancel_reason` is null unless it was called off, and where it was before reasons were kept.
    """

    __tablename__ = "work_orders"

    id = Column(Uuid, primary_key=True)
    number = Column(String(20), nullable=False, unique=True)
    ticket_id = Column(Uuid, ForeignKey("tickets.id"), nullable=False, index=True)
    title = Column(String(300), nullable=False)
    description = Column(Text, nullable=False)
    status = Column(String(6), nullable=False)
    outcome = Column(String(9))
    site_id = Column(Uuid)
    contractor_id = Column(Uuid, ForeignKey("people.person_id"), index=True)
    contractor_organisation_id = Column(Uuid)
    opened_by = Column(Uuid)
    opened_at = Column(INSTANT, nullable=False)
    closed_at = Column(INSTANT)
    cancel_reason = Column(Text)
    version = Column(Integer, nullable=False)

    ticket = relationship("Ticket")
    contractor = relationship("Person")
    interventions = relationship(
        "Intervention", back_populates="work_order", order_by="(Intervention.starts_at, Intervention.id)"
    )

    __table_args__ = (CheckConstraint(_CLOSED_WITH_OUTCOME, name="closed"),)


intervention_workers = Table(
    "intervention_workers",
    Base.metadata,
    Column("intervention_id", Uuid, ForeignKey("interventions.id"), primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.person_id"), primary_key=True, index=True),
)


class Intervention(Base):
    """The plan of one intervention; `validation_needed` is known once it is completed.

    `clocked_in` are the ids of those who have been there, sent or not: what happened outlives the plan.
    """

    __tablename__ = "interventions"

    id = Column(Uuid, primary_key=True)
    work_order_id = Column(Uuid, ForeignKey("work_orders.id"), nullable=False, index=True)
    service_type_id = Column(Uuid)
    starts_at = Column(INSTANT, nullable=False)
    ends_at = Column(INSTANT, nullable=False)
    status = Column(String(9), nullable=False)
    clocked_in = Column(UUIDS, nullable=False, server_default=text("'{}'"))
    validation_needed = Column(Boolean, nullable=False, server_default=text("true"))
    cancel_reason = Column(Text)
    planned_at = Column(INSTANT, nullable=False)
    planned_by = Column(Uuid)
    version = Column(Integer, nullable=False)

    work_order = relationship("WorkOrder", back_populates="interventions")
    workers = relationship(Person, secondary=intervention_workers, order_by=(Person.name, Person.person_id))

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="window"),
        # The interventions ahead are looked through every few seconds; most of all are over.
        Index("ix_interventions_planned", "ends_at", postgresql_where=text("status = 'planned'")),
    )

    @property
    def ticket_id(self):
        """The ticket that its work order belongs to."""
        return self.work_order.ticket_id

    @property
    def is_under_way(self):
        """Whether somebody has been there and it is not over."""
        return self.status == "planned" and bool(self.clocked_in)

    @property
    def site_id(self):
        """Where it takes place."""
        return self.work_order.site_id
