"""The hearer's tables; nothing in them keeps an effect from being there twice."""

from sqlalchemy import BigInteger, Column, Identity, Integer, String, Uuid

from chassis.tables import declarative_base

Base = declarative_base()


class Effect(Base):
    """What hearing a fact has done."""

    __tablename__ = "effects"

    id = Column(BigInteger, Identity(), primary_key=True)
    number = Column(Integer, nullable=False, index=True)


class Thing(Base):
    """A copy of the teller's thing."""

    __tablename__ = "things"

    id = Column(Uuid, primary_key=True)
    version = Column(BigInteger, nullable=False)
    name = Column(String, nullable=False)


class Attempt(Base):
    """One try at a fact that ends its process, written down outside the transaction."""

    __tablename__ = "attempts"

    id = Column(BigInteger, Identity(), primary_key=True)
    number = Column(Integer, nullable=False, index=True)


class Fix(Base):
    """Says that the trouble with a number has been mended."""

    __tablename__ = "fixes"

    number = Column(Integer, primary_key=True)
