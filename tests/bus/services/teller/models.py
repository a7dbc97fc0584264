"""The teller's tables."""

from sqlalchemy import Column, DateTime, Integer, String, text

from chassis.tables import declarative_base

Base = declarative_base()


class Sum(Base):
    """A number that grows."""

    __tablename__ = "sums"

    name = Column(String, primary_key=True)
    total = Column(Integer, nullable=False)


class Tick(Base):
    """One run of the timer."""

    __tablename__ = "ticks"

    id = Column(Integer, primary_key=True)
    process = Column(Integer, nullable=False)
    ran_at = Column(DateTime(timezone=True), nullable=False, server_default=text("now()"))
