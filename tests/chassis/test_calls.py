"""The edge of a service, without a bus: what becomes of a call that comes again, and what a failure is called."""

from contextlib import closing

import pytest

from chassis import metrics
from chassis.bus.calls import Call, Calls, refusal_of
from chassis.bus.refused_calls import RefusedCalls
from chassis.bus.wire import CORRELATION, REQUEST_KEY, decode
from chassis.contract import Contract, RawJSON, command, query
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.ids import new_id

BODY = b'{"args":[],"kwargs":{}}'
#: Has PostgreSQL refuse with a code of its own.
_RAISE = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{}'; END $$"
_KEPT = "SELECT state, tries FROM inbox WHERE event_id = %(event_id)s"


class Door(Contract):
    """Somebody comes in."""

    service = "door"

    @command(anonymous=True)
    def knock(self):
        """Ask to be let in."""

    @query(anonymous=True)
    def look(self):
        """See who is there."""


class Killed(BaseException):
    """The end of the process."""


class Doorkeeper:
    """Answers at the door."""

    def __init__(self):
        self.knocks = 0
        self.seen = []
        self.is_deadly = False

    def knock(self, _work, _actor):
        """Answer what PostgreSQL might have built."""
        self.knocks += 1
        return RawJSON(b'{"come":\n"in"}', 7)

    def look(self, work, _actor):
        """Keep by which request."""
        if self.is_deadly:
            raise Killed
        self.seen.append(work.correlation_id)


@pytest.fixture
def keeper():
    """Return who answers."""
    return Doorkeeper()


@pytest.fixture
def calls(bare_database):
    """Return the edge."""
    return edge(bare_database)


def edge(database):
    """Return the edge of a door, of whose callers nobody is known."""
    return Calls(Door, {}, database, None, None)


def call_of(method="look", **headers):
    """Return a call without arguments."""
    return Call(method, BODY, headers)


def error_in(reply):
    """Return what a reply says that went wrong."""
    return decode(reply.body)["error"]


def test_a_repeated_request_needs_one_connection(bare_database, keeper):
    """Its own goes back first: as many repetitions at once as there are connections would wait for one another."""
    url = bare_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    knock = call_of("knock", **{REQUEST_KEY: "twice"})
    with closing(Database(url, 1)) as database:
        first, second = (edge(database).answer(keeper, knock) for _ in range(2))
    assert (first.headers, decode(first.body)["result"]) == ({"raw": True, "version": 7}, {"come": "in"})
    assert second == first
    assert keeper.knocks == 2


def test_a_call_has_an_id_for_the_logs(calls, keeper):
    """Its own, where that is one."""
    for given in ("from-http", "x" * 81, None):
        calls.answer(keeper, call_of(**{CORRELATION: given}))
    own, *made = keeper.seen
    assert own == "from-http"
    assert [len(each) for each in made] == [32, 32]


def test_a_method_that_nobody_knows_is_counted_under_one_name(calls, keeper):
    """Whoever calls by ever other names would have a process remember them all."""
    counted = metrics.CALLS.labels("door.unknown", "UnknownMethod")._value
    before, name = counted.get(), new_id().hex
    calls.answer(keeper, call_of(name))
    assert counted.get() == before + 1
    assert not any(name in sample.labels["method"] for metric in metrics.CALLS.collect() for sample in metric.samples)


@pytest.mark.parametrize(
    ("state", "code"),
    [("40001", "busy"), ("40P01", "busy"), ("55P03", "busy")]
    + [(away, "database_away") for away in ("57P01", "57P02", "57P03", "57P05", "53100", "53300", "08006")],
)
def test_what_passes_by_itself_is_unavailable(bare_database, state, code):
    with pytest.raises(Exception) as failure:
        bare_database.read(_RAISE.format(state))
    refusal = refusal_of(failure.value)
    assert (type(refusal), refusal.code) == (Unavailable, code)


def test_what_the_database_says_of_itself_stays_as_it_is(bare_database):
    lost = Unavailable("commit_lost", "Try again.")
    assert refusal_of(lost) is lost


class TestComingAgain:
    """A call that was in hand when a process ended."""

    def test_is_answered_and_forgotten(self, calls, keeper, bare_database):
        refused, call = RefusedCalls(Door, calls, bare_database), call_of()
        letter = refused.letter_of(call, new_id().hex, None)
        for _ in range(2):
            assert error_in(refused.answer_again(keeper, call, letter)) is None
            assert bare_database.read(_KEPT, event_id=letter.event_id) == []
        assert len(keeper.seen) == 2

    def test_is_dead_when_a_second_process_ends(self, calls, keeper, bare_database):
        refused, call = RefusedCalls(Door, calls, bare_database), call_of()
        letter = refused.letter_of(call, new_id().hex, None)
        keeper.is_deadly = True
        with pytest.raises(Killed):
            refused.answer_again(keeper, call, letter)
        assert bare_database.read(_KEPT, event_id=letter.event_id) == [("retry", 1)]
        assert error_in(refused.answer_again(keeper, call, letter))["exc_type"] == "InternalError"
        assert bare_database.read(_KEPT, event_id=letter.event_id) == [("dead", 2)]

    def test_is_told_that_the_database_is_away(self, calls, keeper):
        refused = RefusedCalls(Door, calls, Broken(Unavailable("database_away", "Gone.")))
        letter = refused.letter_of(call_of(), "c", None)
        assert error_in(refused.answer_again(keeper, call_of(), letter))["exc_type"] == "Unavailable"
        assert keeper.seen == []

    def test_is_not_told_of_a_fault(self, calls, keeper):
        """That is for the log, and for whoever has the call carried out."""
        refused = RefusedCalls(Door, calls, Broken(ValueError()))
        with pytest.raises(ValueError):
            refused.answer_again(keeper, call_of(), refused.letter_of(call_of(), "c", None))
        assert keeper.seen == []

    def test_may_have_a_name_that_is_no_unicode(self, calls, bare_database):
        """As py-amqp decodes it from a routing key."""
        letter = RefusedCalls(Door, calls, bare_database).letter_of(call_of("\ud800"), "c", None)
        assert (letter.name, letter.body) == ("\ud800", BODY)


class Broken:
    """A database that answers everything in one way."""

    def __init__(self, failure):
        self._failure = failure

    def read(self, *_statement, **_values):
        """Fail."""
        raise self._failure
