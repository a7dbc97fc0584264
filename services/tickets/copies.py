"""The tables that hold copies of other services' things, each kept by the version of the fact."""

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.tables import INSTANT, declarative_base

Base = declarative_base()


class Person(Base):
    """Copy of a person."""

    __tablename__ = "people"

    person_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    email = Column(String(254), nullable=False, index=True)
    name = Column(String(200), nullable=False)
    language = Column(String(2), nullable=False)
    roles = Column(ARRAY(Text), nullable=False)
    organisation_id = Column(Uuid, index=True)
    active = Column(Boolean, nullable=False)
    confirmed = Column(Boolean, nullable=False)


class Usergroup(Base):
    """Copy of a usergroup with its three lists, which are empty while it is closed."""

    __tablename__ = "usergroups"

    usergroup_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    name = Column(String(200), nullable=False)
    private_allowed = Column(Boolean, nullable=False)
    members = Column(ARRAY(Uuid), nullable=False)
    supervisors = Column(ARRAY(Uuid), nullable=False)
    agents = Column(ARRAY(Uuid), nullable=False)
    default_category_id = Column(Uuid)
    active = Column(Boolean, nullable=False)


class Site(Base):
    """Copy of a site; `path` holds its ancestors from the root down, and itself."""

    __tablename__ = "sites"

    site_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    name = Column(String(200), nullable=False)
    organisation_id = Column(Uuid)
    path = Column(ARRAY(Uuid), nullable=False)
    active = Column(Boolean, nullable=False)

    __table_args__ = (Index("ix_sites_path", "path", postgresql_using="gin"),)


class WorkOrder(Base):
    """Copy of a work order's state: `open`, or how it ended (`completed`, `validated`, `cancelled`).

    Number and contractor are null where its opening has not been heard, or was heard before these columns were there.
    """

    __tablename__ = "work_orders"

    work_order_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    ticket_id = Column(Uuid, nullable=False, index=True)
    state = Column(String(12), nullable=False)
    number = Column(String(20))
    contractor_id = Column(Uuid)


class Intervention(Base):
    """Copy of an intervention's window and workers, and of whether it is still `planned` or `cancelled`.

    Window and workers are null where no plan has been heard, or only before these columns were there. They have a
    version of their own, `workers_version` of the plan that told them, for that may be heard after the cancellation.
    """

    __tablename__ = "interventions"

    intervention_id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    ticket_id = Column(Uuid, nullable=False, index=True)
    state = Column(String(12), nullable=False)
    starts_at = Column(INSTANT)
    ends_at = Column(INSTANT)
    worker_ids = Column(ARRAY(Uuid))
    workers_version = Column(BigInteger)
