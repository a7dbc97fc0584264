"""Tables of fieldwork: settings, the execution of interventions, and copies of what other services own."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import relationship

from chassis.tables import INSTANT, declarative_base
from services.fieldwork.domain import MOVES, OVERTAKEN, require_move

Base = declarative_base()


def _among(column, *words):
    return CheckConstraint("{} IN ({})".format(column, ", ".join(f"'{word}'" for word in words)), name=column)


class ServiceType(Base):
    """A kind of work; interventions without one follow the default."""

    __tablename__ = "service_types"

    id = Column(Uuid, primary_key=True)
    name = Column(String(120), nullable=False)
    is_default = Column(Boolean, nullable=False, server_default=text("false"))
    clock_ins = Column(String(5), nullable=False)
    incidents = Column(Boolean, nullable=False)
    validation = Column(Boolean, nullable=False)
    allowed_delay_minutes = Column(Integer)
    not_before_start = Column(Boolean, nullable=False)
    allowed_distance_m = Column(Integer)
    rounding = Column(String(7), nullable=False)
    rounding_minutes = Column(Integer)
    shared_with_client = Column(Boolean, nullable=False)
    incident_hours_before = Column(Integer, nullable=False)
    incident_hours_after = Column(Integer, nullable=False)
    version = Column(Integer, nullable=False)

    __table_args__ = (
        _among("clock_ins", "none", "start", "end", "both"),
        _among("rounding", "none", "down", "nearest", "up"),
        Index("uq_service_types_default", "is_default", unique=True, postgresql_where=text("is_default")),
    )


class IncidentReason(Base):
    """What may be wrong; without a service type it is offered for all."""

    __tablename__ = "incident_reasons"

    id = Column(Uuid, primary_key=True)
    service_type_id = Column(Uuid, ForeignKey("service_types.id"), index=True)
    name = Column(String(120), nullable=False)
    names = Column(JSONB, nullable=False)
    at = Column(String(5), nullable=False)

    __table_args__ = (_among("at", "start", "end", "both"),)

    def name_in(self, language):
        """Return the name in a language, or the one it was given first."""
        return self.names.get(language, self.name)


class Person(Base):
    """Copy: the name that a person has now."""

    __tablename__ = "people"

    id = Column(Uuid, primary_key=True)
    name = Column(String(300), nullable=False)
    version = Column(BigInteger, nullable=False)


class Site(Base):
    """Copy of a site; `path` holds its ancestors from the root down, and itself.

    The address is its own, empty where it has none.
    """

    __tablename__ = "sites"

    id = Column(Uuid, primary_key=True)
    name = Column(String(300), nullable=False)
    organisation_id = Column(Uuid)
    path = Column(ARRAY(Uuid), nullable=False)
    address = Column(Text, nullable=False, server_default="")
    position = Column(JSONB(none_as_null=True))
    version = Column(BigInteger, nullable=False)


class Usergroup(Base):
    """Copy of a usergroup's name."""

    __tablename__ = "usergroups"

    id = Column(Uuid, primary_key=True)
    name = Column(String(300), nullable=False)
    version = Column(BigInteger, nullable=False)


class Ticket(Base):
    """Copy of the usergroup that a ticket has now; there is none until it changes for the first time."""

    __tablename__ = "tickets"

    id = Column(Uuid, primary_key=True)
    usergroup_id = Column(Uuid)
    version = Column(BigInteger, nullable=False)


class TicketPrivacy(Base):
    """Copy of whether a ticket is private now; there is none until that changes for the first time."""

    __tablename__ = "ticket_privacies"

    id = Column(Uuid, primary_key=True)
    private = Column(Boolean, nullable=False)
    version = Column(BigInteger, nullable=False)


class Intervention(Base):
    """One intervention: its plan, a copy kept by `plan_version`, and its execution, our own, kept by `version`."""

    __tablename__ = "interventions"

    id = Column(Uuid, primary_key=True)
    work_order_id = Column(Uuid, nullable=False, index=True)
    ticket_id = Column(Uuid, nullable=False, index=True)
    site_id = Column(Uuid, index=True)
    service_type_id = Column(Uuid)
    usergroup_id = Column(Uuid)
    private = Column(Boolean, nullable=False)
    starts_at = Column(INSTANT, nullable=False)
    ends_at = Column(INSTANT, nullable=False)
    planned_at = Column(INSTANT, nullable=False)
    work_order_title = Column(Text)
    work_order_description = Column(Text)
    ticket_number = Column(String(40))
    ticket_subject = Column(Text)
    plan_version = Column(BigInteger, nullable=False)
    status = Column(String(9), nullable=False)
    report = Column(Text, nullable=False, server_default="")
    completed_at = Column(INSTANT)
    completed_by = Column(JSONB(none_as_null=True))
    validated_at = Column(INSTANT)
    validated_by = Column(JSONB(none_as_null=True))
    cancelled_at = Column(INSTANT)
    cancel_reason = Column(Text, nullable=False, server_default="")
    version = Column(BigInteger, nullable=False)

    workers = relationship("InterventionWorker", order_by="InterventionWorker.name")
    former_workers = relationship("FormerWorker", viewonly=True)
    plans = relationship("InterventionPlan", viewonly=True, order_by="InterventionPlan.version")
    clock_ins = relationship("ClockIn", order_by="ClockIn.occurred_at, ClockIn.id")
    incidents = relationship("Incident", back_populates="intervention")

    __table_args__ = (
        _among("status", *MOVES),
        Index("ix_interventions_window", "starts_at", "id"),
        Index("ix_interventions_usergroup", "usergroup_id", "starts_at"),
    )

    def move(self, to):
        """Change the status by the table of moves.

        :raises Conflict: the table does not have this move.
        """
        require_move(self.status, to)
        self.status = to
        self.version += 1

    def worker(self, person_id):
        """Return the row of somebody who is sent, or `None`."""
        return next((worker for worker in self.workers if worker.person_id == person_id), None)

    def name_of_worker(self, person_id):
        """Return the name of somebody who is sent or has clocked in or out here, or `None`."""
        sent = {worker.person_id: worker.name for worker in self.workers}
        return {**{row.worker_id: row.worker_name for row in self.clock_ins}, **sent}.get(person_id)

    def name_of_former_worker(self, person_id, at):
        """Return the name of somebody who was still sent at an instant and is not any more, or `None`."""
        left = (former for former in self.former_workers if former.person_id == person_id and former.left_at >= at)
        return next((former.name for former in left), None)

    def expects(self, person_id):
        """Whether somebody is sent, or was when their first clock-in arrived."""
        return self.worker(person_id) is not None or person_id in self.recorded(in_time=True)

    def recorded(self, *, in_time=False):
        """Return `{worker id: {event: occurred_at}}` of all clock-ins.

        :param in_time: without those that were overtaken, on which nothing waits.
        """
        found = {}
        for clock_in in self.clock_ins:
            if not (in_time and OVERTAKEN in clock_in.flags):
                found.setdefault(clock_in.worker_id, {})[clock_in.event] = clock_in.occurred_at
        return found


class InterventionWorker(Base):
    """Somebody who is sent, with the name that the plan gave."""

    __tablename__ = "intervention_workers"

    intervention_id = Column(Uuid, ForeignKey("interventions.id"), primary_key=True)
    person_id = Column(Uuid, primary_key=True, index=True)
    name = Column(String(300), nullable=False)


class InterventionPlan(Base):
    """An intervention's plan as it was told: when it was made, its window, and `{id: name}` of those whom it sent."""

    __tablename__ = "intervention_plans"

    intervention_id = Column(Uuid, ForeignKey("interventions.id"), primary_key=True)
    version = Column(BigInteger, primary_key=True, autoincrement=False)
    planned_at = Column(INSTANT, nullable=False)
    starts_at = Column(INSTANT, nullable=False)
    ends_at = Column(INSTANT, nullable=False)
    workers = Column(JSONB, nullable=False)


class FormerWorker(Base):
    """Somebody who is not sent any more, and since when: their phone may have kept what it recorded before."""

    __tablename__ = "former_workers"

    intervention_id = Column(Uuid, ForeignKey("interventions.id"), primary_key=True)
    person_id = Column(Uuid, primary_key=True)
    name = Column(String(300), nullable=False)
    left_at = Column(INSTANT, nullable=False)


class ClockIn(Base):
    """The start or the end of a worker's presence, as it was recorded; only the flag `without_start` may go."""

    __tablename__ = "clock_ins"

    id = Column(Uuid, primary_key=True)
    intervention_id = Column(Uuid, ForeignKey("interventions.id"), nullable=False)
    worker_id = Column(Uuid, nullable=False, index=True)
    worker_name = Column(String(300), nullable=False)
    entered_by = Column(JSONB, nullable=False)
    event = Column(String(5), nullable=False)
    method = Column(String(6), nullable=False)
    occurred_at = Column(INSTANT, nullable=False)
    received_at = Column(INSTANT, nullable=False)
    position = Column(JSONB(none_as_null=True))
    flags = Column(ARRAY(String(20)), nullable=False)

    __table_args__ = (
        UniqueConstraint("intervention_id", "worker_id", "event"),
        _among("event", "start", "end"),
        _among("method", "manual", "qr", "nfc"),
    )


class Incident(Base):
    """Something wrong, and the id of the ticket in which it is talked about."""

    __tablename__ = "incidents"

    id = Column(Uuid, primary_key=True)
    ticket_id = Column(Uuid, nullable=False, unique=True)
    intervention_id = Column(Uuid, ForeignKey("interventions.id"), nullable=False, index=True)
    reason_id = Column(Uuid, ForeignKey("incident_reasons.id"), nullable=False)
    at = Column(String(5), nullable=False)
    text = Column(Text, nullable=False)
    declared_by = Column(JSONB, nullable=False)
    occurred_at = Column(INSTANT, nullable=False)
    received_at = Column(INSTANT, nullable=False)
    flags = Column(ARRAY(String(20)), nullable=False)

    intervention = relationship("Intervention", back_populates="incidents")
    reason = relationship("IncidentReason")
    attachments = relationship("Attachment", order_by="Attachment.id")

    __table_args__ = (_among("at", "start", "end"),)


class Attachment(Base):
    """A file in fieldwork's folder of the store; the uploader's own until an incident names it."""

    __tablename__ = "attachments"

    id = Column(Uuid, primary_key=True)
    incident_id = Column(Uuid, ForeignKey("incidents.id"), index=True)
    uploaded_by = Column(Uuid, nullable=False)
    uploaded_at = Column(INSTANT, nullable=False)
    sha256 = Column(String(64), nullable=False)
    filename = Column(String(255), nullable=False)
    content_type = Column(String(120), nullable=False)
    size = Column(BigInteger, nullable=False)
