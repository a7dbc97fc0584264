"""Rows that go to PostgreSQL as JSON come back as what they were, and nothing in them is taken for anything else."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import psycopg2
import pytest
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, Float, Identity, String, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from chassis.ids import new_id
from chassis.rows import insert_of
from chassis.tables import declarative_base
from tests.chassis.given import emptied, own_database

Base = declarative_base()
AN_ID = UUID("018f0000-0000-7000-8000-000000000001")
QUARTER = datetime(2026, 11, 16, 12, 0, 0, 123456, tzinfo=UTC)
AWKWARD = [
    "",
    "plain",
    "it's; DROP TABLE rows; --",
    '"quoted" \\ and \\" back\\\\slashed \\u0041 \\n',
    "tab\t, line\nbreak\r\n, bell\x07, delete\x7f, next line\x85, separator\u2028",
    "100 % %s %(name)s $1 $$ ''",
    "Ça brûle à l’étage 🏢 \U0010ffff",
    "\\u0000",
    "\\\\u0000 and \\u0000",
    "null",
    "[]",
]


class Row(Base):
    """A column of each type that our models have, and some that they may come to have."""

    __tablename__ = "rows"
    id = Column(Uuid, primary_key=True, default=new_id)
    place = Column(BigInteger, Identity())
    text = Column(Text)
    short = Column(String(5), default="short")
    truth = Column(Boolean)
    number = Column(BigInteger)
    measure = Column(Float)
    instant = Column(DateTime(timezone=True))
    ids = Column(ARRAY(Uuid))
    words = Column(ARRAY(String(20)))
    extra = Column(JSONB(none_as_null=True))
    made = Column(Text, server_default="by the server")


@pytest.fixture(scope="module")
def made(server_url):
    """A database with the table."""
    with own_database(server_url, "rows") as database:
        Base.metadata.create_all(database.engine)
        yield database


@pytest.fixture
def database(made):
    """The database, with no row in the table."""
    with emptied(made, "rows", connections=1) as database:
        yield database


def kept(database, **values):
    """Insert a row; return it as PostgreSQL has it."""
    with database.work() as work:
        work.add(Row(**values))
        work.commit()
    return database.read("SELECT * FROM rows ORDER BY place DESC LIMIT 1")[0]


def test_each_type_comes_back_as_it_went(database):
    """To the last bit and microsecond."""
    given = {
        "id": AN_ID,
        "text": "a",
        "short": "12345",
        "truth": False,
        "number": 2**63 - 1,
        "measure": 0.1,
        "instant": QUARTER,
        "ids": [AN_ID, AN_ID],
        "words": ["a,b", '{"', "NULL", ""],
        "extra": {"nested": [1, {"deep": None}], "text": "it's"},
    }
    row = kept(database, **given)
    assert {name: getattr(row, name) for name in given} == given


def test_nothing_is_null_and_defaults_are_kept(database):
    """What is not given is the default of the model, else of the table."""
    row = kept(database, text=None, extra=None, ids=[], words=None)
    assert (row.text, row.extra, row.ids, row.words) == (None, None, [], None)
    assert (row.short, row.made, type(row.id)) == ("short", "by the server", UUID)
    (null,) = database.read("SELECT extra IS NULL AS extra FROM rows")
    assert null.extra is True


def test_an_instant_of_another_offset_is_the_same_instant(database):
    """PostgreSQL keeps the moment."""
    there = QUARTER.astimezone(timezone(timedelta(hours=-9, minutes=-30)))
    assert kept(database, instant=there).instant == QUARTER


@pytest.mark.parametrize("text", AWKWARD)
def test_text_is_only_ever_text(database, text):
    """In a column, in an array, as key and value of JSON."""
    row = kept(database, text=text, words=[text[:20]], extra={text: [text]})
    assert (row.text, row.words, row.extra) == (text, [text[:20]], {text: [text]})
    assert database.read("SELECT count(*) AS rows FROM rows")[0].rows == 1


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"short": "longer"}, psycopg2.errors.StringDataRightTruncation),
        ({"number": "seven"}, psycopg2.errors.InvalidTextRepresentation),
        ({"id": "nobody"}, psycopg2.errors.InvalidTextRepresentation),
    ],
)
def test_what_does_not_fit_is_refused_by_the_database(database, values, error):
    """And nothing of the transaction stays."""
    with database.work() as work:
        work.add(Row(text="beside it"))
        work.add(Row(**values))
        with pytest.raises(error):
            work.commit()
    assert database.read("SELECT * FROM rows") == []


@pytest.mark.parametrize("values", [{"text": b"bytes"}, {"text": "half \ud83d"}, {"number": 2**64}, {"extra": {1, 2}}])
def test_what_json_cannot_say_is_refused_before(database, values):
    """Loudly, by whoever adds it: a column of bytes needs a statement of its own."""
    with database.work() as work, pytest.raises(TypeError):
        work.add(Row(**values))
    assert database.read("SELECT * FROM rows") == []


@pytest.mark.parametrize(
    "values", [{"text": "a\x00b"}, {"text": "\\\x00"}, {"words": ["\x00"]}, {"extra": {"a": ["\\u0000", "\x00"]}}]
)
def test_nul_is_refused_before(database, values):
    """PostgreSQL's own error would quote the row."""
    with database.work() as work, pytest.raises(ValueError, match="cannot contain NUL"):
        work.add(Row(**values))
    assert database.read("SELECT * FROM rows") == []


def test_one_text_for_all_rows_of_a_kind():
    """So that it is prepared once."""
    first, _ = insert_of(Row(text="a", truth=True))
    second, values = insert_of(Row(truth=None, text="b"))
    assert first is second
    assert first == (
        'INSERT INTO "rows" ("id", "text", "short", "truth") SELECT "id", "text", "short", "truth"'
        ' FROM json_to_record(%(row)s) AS given ("id" UUID, "text" TEXT, "short" VARCHAR(5), "truth" BOOLEAN)'
    )
    assert list(values) == ["row"]


def test_a_column_that_there_is_not_is_refused():
    """A typing error must not become a row without it."""
    with pytest.raises(TypeError, match="Row has no txet"):
        Row(id=AN_ID, txet="a")


def test_the_session_inserts_and_changes_new_rows_too(database):
    """What is set at once is known to SQLAlchemy as well as what is set later."""
    with database.work() as work:
        row = Row(id=AN_ID, text="first", extra={"a": 1})
        work.session.add(row)
        work.session.flush()
        row.text = "second"
        work.commit()
    (kept_row,) = database.read("SELECT text, short, extra FROM rows")
    assert kept_row == ("second", "short", {"a": 1})
