"""Facts on either bus: each has its effect once, and none is ever lost."""

import json
import random
import time
from contextlib import contextmanager
from uuid import uuid4

import pytest

from chassis.bus.rabbit.connecting import connect
from chassis.dead_letters import DROP, LIST, REPLAY, SHOW
from tests.bus.desks import OUTBOX
from tests.bus.replays import mend_and_replay
from tests.bus.services.teller.contract import Teller
from tests.waiting import eventually

_TRIES = "SELECT tries FROM inbox WHERE event_id::text = %(id)s"
_DONE = "SELECT count(*) FROM inbox WHERE state = 'done' AND event_id::text IN %(ids)s"


def tell_raw(desk, payload, name="Said", event_id=None, actor=None, version=1):
    """Put a fact into the teller's outbox past `Work.tell`, as a teller with a bug would; return its id."""
    event_id = event_id or str(uuid4())
    desk.rows("teller", OUTBOX, event_id=event_id, name=name, payload=payload, actor=actor, version=version)
    return event_id


@pytest.mark.timeout(300)
def test_gives_each_of_ten_thousand_facts_its_effect_once_though_a_fifth_fails_first(desk):
    began = time.monotonic()
    told = [desk.say(500, trouble="fails_first") for _ in range(20)]
    numbers = range(told[0].start, told[-1].stop)
    desk.await_effects(numbers, within=240)
    assert time.monotonic() - began <= 60
    unlucky = [number for number in numbers if random.Random(number).random() < 0.2]
    assert 1_900 < len(unlucky) < 2_100, "the seeds must make about a fifth fail"
    tried = "SELECT number, count(*) FROM attempts WHERE number BETWEEN %(first)s AND %(last)s GROUP BY 1"
    failed = dict(desk.rows("hearer", tried, first=numbers.start, last=numbers.stop - 1))
    assert failed == dict.fromkeys(unlucky, 2), "twice each: among others and alone"
    desk.await_quiet()


def test_does_nothing_when_the_same_fact_comes_twice(desk):
    (number,) = desk.numbers(1)
    payload = f'{{"number": {number}, "trouble": "none"}}'
    event_id = tell_raw(desk, payload)
    desk.await_effects(range(number, number + 1))
    tell_raw(desk, payload, event_id=event_id)
    log = "embedded" if desk.kind == "local" else "hearer"
    eventually(lambda: f'"event_id": "{event_id}", "outcome": "duplicate"' in desk.log(log))
    assert desk.effects(range(number, number + 1)) == {number: 1}


def test_handles_in_one_transaction_what_was_told_in_one(desk):
    def share_a_transaction():
        numbers = desk.numbers(5)
        desk.ask(Teller).say(count=5, start=numbers.start)
        desk.await_effects(numbers)
        (found,) = desk.rows(
            "hearer",
            "SELECT count(DISTINCT xmin::text) AS transactions FROM effects WHERE number >= %(first)s",
            first=numbers.start,
        )
        return found[0] == 1

    # What comes over a network may come in two pieces.
    eventually(share_a_transaction)


def test_one_that_fails_does_not_hold_up_those_told_with_it(desk):
    numbers = desk.tell_at_once("none", "fails", "none")
    eventually(lambda: desk.effects(numbers) == {numbers[0]: 1, numbers[2]: 1})
    (row,) = eventually(lambda: [row for row in desk.kept(numbers[1]) if row.state == "dead"])
    mend_and_replay(desk, numbers[1], row.event_id)


def test_does_what_is_left_of_those_told_together(desk):
    event_ids = [uuid4() for _ in range(3)]
    done = desk.tell_at_once("none", event_ids=event_ids[1:2])
    desk.await_effects(done)
    numbers = desk.tell_at_once("none", "none", "none", event_ids=event_ids)
    eventually(lambda: desk.effects(numbers) == {numbers[0]: 1, numbers[2]: 1})
    assert desk.effects(done) == {done[0]: 1}
    desk.await_quiet()


def test_goes_on_where_it_was_when_the_connection_broke_among_those_told_together(desk):
    event_ids = [uuid4() for _ in range(4)]
    numbers = desk.tell_at_once("none", "fails", "cuts", "none", event_ids=event_ids)
    eventually(lambda: desk.effects(numbers) == {numbers[place]: 1 for place in (0, 2, 3)})
    (row,) = eventually(lambda: [row for row in desk.kept(numbers[1]) if row.state == "dead"])
    assert row.tries == 4
    assert desk.value("hearer", _TRIES, id=str(event_ids[2])) == 0, "a database that is away is no failure of the fact"
    mend_and_replay(desk, numbers[1], row.event_id)


def test_passes_over_what_does_not_concern_the_listener(desk):
    (number,) = desk.numbers(1)
    event_id = tell_raw(desk, f'{{"number": {number}, "trouble": "elsewhere"}}')
    log = "embedded" if desk.kind == "local" else "hearer"
    eventually(lambda: f'"event_id": "{event_id}", "outcome": "passed over"' in desk.log(log))
    desk.await_quiet()
    assert desk.effects(range(number, number + 1)) == {}
    assert desk.rows("hearer", "SELECT * FROM inbox WHERE event_id::text = %(event_id)s", event_id=event_id) == []


def test_gives_listeners_what_goes_with_a_fact(desk):
    (number,) = desk.numbers(1)
    desk.ask(Teller, correlation_id="from-http-to-the-last-listener").say(start=number)
    desk.await_effects(range(number, number + 1))

    def is_logged():
        lines = desk.log("embedded" if desk.kind == "local" else "hearer").splitlines()
        wanted = ("from-http-to-the-last-listener", '"listener": "hearer.said"', '"outcome": "done"')
        return any(all(words in line for words in wanted) for line in lines)

    eventually(is_logged, what="the listener's line")


def test_tries_a_failing_fact_again_and_keeps_it_when_it_is_dead(desk):
    (number,) = desk.say(trouble="fails")
    dead = eventually(lambda: [row for row in desk.kept(number) if row.state == "dead"], what="a dead letter")
    (row,) = dead
    assert row.tries == 4, "one try and as many as there are retry delays"
    assert json.loads(row.headers["actor"])["name"] == "Ada Agent"
    assert "nobody has mended this" in row.error
    assert desk.effects(range(number, number + 1)) == {}
    assert len(desk.rows("hearer", "SELECT 1 FROM attempts WHERE number = %(number)s", number=number)) == 4


def test_replays_a_dead_letter_once(desk):
    (number,) = desk.say(trouble="fails")
    (row,) = eventually(lambda: [row for row in desk.kept(number) if row.state == "dead"])
    fact = str(row.event_id)
    assert fact in [row.id for row in desk.rows("hearer", LIST)]
    (shown,) = desk.rows("hearer", SHOW, id=fact)
    assert bytes(shown.body) == f'{{"number":{number},"trouble":"fails"}}'.encode()
    desk.rows("hearer", "INSERT INTO fixes VALUES (%(number)s)", number=number)
    assert [row.listener for row in desk.rows("hearer", REPLAY, id=fact)] == ["said"]
    desk.await_effects(range(number, number + 1))
    assert desk.rows("hearer", REPLAY, id=fact) == []
    assert desk.rows("hearer", SHOW, id=fact) == []


def test_drops_a_dead_letter(desk):
    (number,) = desk.say(trouble="fails")
    (row,) = eventually(lambda: [row for row in desk.kept(number) if row.state == "dead"])
    assert [row.listener for row in desk.rows("hearer", DROP, id=str(row.event_id))] == ["said"]
    assert desk.kept(number) == []


def test_waits_for_an_earlier_fact_instead_of_failing(desk):
    (number,) = desk.say(trouble="not_yet")
    eventually(lambda: [row for row in desk.kept(number) if row.state == "retry" and row.tries == 0])
    desk.ask(Teller).rename(thing_id=uuid4(), name=str(number), version=1)
    desk.await_effects(range(number, number + 1))


@pytest.mark.parametrize("comes_again", [False, True])
def test_keeps_a_fact_of_a_newer_version_for_a_process_that_hears_it(rabbit_desk, comes_again):
    """While a desk is updated both versions take from one queue; the row is renamed as the newer one knows the fact."""
    (number,) = numbers = rabbit_desk.numbers(1)
    payload, kept = f'{{"number": {number}, "trouble": "none"}}', "SELECT state FROM inbox WHERE event_id = %(id)s"
    with connect(rabbit_desk.uri, "newer version") as connection:
        channel = connection.channel()
        channel.queue_bind("events-hearer", "teller.events", "SaidAnew")
        event_id = tell_raw(rabbit_desk, payload, "SaidAnew")
        eventually(lambda: rabbit_desk.rows("hearer", kept, id=event_id) == [("retry",)])
        channel.queue_unbind("events-hearer", "teller.events", "SaidAnew")
    if comes_again:
        tell_raw(rabbit_desk, payload, event_id=event_id)
        rabbit_desk.await_effects(numbers)
    rabbit_desk.rows("hearer", "UPDATE inbox SET name = 'Said' WHERE event_id = %(id)s", id=event_id)
    eventually(lambda: rabbit_desk.rows("hearer", kept, id=event_id) == [("done",)] * 2)
    assert rabbit_desk.effects(numbers) == {number: 1}


def test_ends_in_the_same_state_whatever_the_order_of_the_facts(desk):
    chance = random.Random(2)
    things = {uuid4(): chance.randint(1, 6) for _ in range(30)}
    facts = [(thing, version) for thing, newest in things.items() for version in range(1, newest + 1)] * 2
    chance.shuffle(facts)
    event_ids = [
        tell_raw(desk, f'{{"thing_id": "{thing}", "name": "name {version}"}}', "Renamed", version=version)
        for thing, version in facts
    ]
    ids = tuple(event_ids)
    eventually(lambda: desk.value("hearer", _DONE, ids=ids) == len(ids), what="every fact being handled")
    kept = {row.id: (row.name, row.version) for row in desk.rows("hearer", "SELECT * FROM things")}
    assert {thing: kept[thing] for thing in things} == {
        thing: (f"name {newest}", newest) for thing, newest in things.items()
    }


def test_does_not_keep_what_nobody_hears(desk):
    numbers = desk.numbers(3)
    desk.ask(Teller).mumble(count=3, start=numbers.start)
    eventually(lambda: desk.value("teller", "SELECT count(*) FROM outbox") == 0, what="an empty outbox")
    assert desk.value("hearer", "SELECT count(*) FROM inbox WHERE name = 'Unheard'") == 0


def test_lets_nothing_be_held_up_by_what_nobody_takes(rabbit_desk):
    ghost = tell_raw(rabbit_desk, "{}", name="Ghost")
    rabbit_desk.await_effects(rabbit_desk.say(20), within=5)
    metric = 'fielddesk_facts_stuck{service="teller"} 1.0'
    eventually(lambda: metric in rabbit_desk.metrics("teller"), what="the stuck fact being counted")
    await_outbox(rabbit_desk, ghost)


def test_keeps_what_the_broker_refuses_until_it_is_taken(rabbit_desk):
    thing, kept = uuid4(), "SELECT 1 FROM outbox WHERE event_id = %(event_id)s"
    with full_queue(rabbit_desk.uri, "Renamed"):
        event_id = tell_raw(rabbit_desk, f'{{"thing_id": "{thing}", "name": "boiler"}}', "Renamed")
        eventually(lambda: "The broker refused facts of teller" in rabbit_desk.log("teller"), what="the refusal")
        rabbit_desk.await_effects(rabbit_desk.say())
        assert len(rabbit_desk.rows("teller", kept, event_id=event_id)) == 1
    eventually(lambda: rabbit_desk.rows("teller", kept, event_id=event_id) == [], what="the broker taking it")
    named = "SELECT name, version FROM things WHERE id = %(id)s"
    eventually(lambda: rabbit_desk.rows("hearer", named, id=str(thing)) == [("boiler", 1)], what="the new name")
    assert rabbit_desk.value("hearer", _DONE, ids=(event_id,)) == 1


@contextmanager
def full_queue(uri, name):
    """Have one more queue hear a teller's fact, which takes nothing: the broker refuses what must go there."""
    connection = connect(uri, "full queue")
    channel = connection.channel()
    queue, *_ = channel.queue_declare("", exclusive=True, arguments={"x-max-length": 0, "x-overflow": "reject-publish"})
    channel.queue_bind(queue, "teller.events", name)
    yield
    connection.close()


GOOD = '{"number": 1, "trouble": "none"}'
POISON = {
    "missing field": ('{"number": 1}', {}, "not what the contract declares"),
    "wrong type": ('{"number": "one", "trouble": "none"}', {}, "not what the contract declares"),
    "unknown trouble": ('{"number": 1, "trouble": "meteor"}', {}, "not what the contract declares"),
    "a list": ("[1, 2]", {}, "not a JSON object"),
    "a string": ('"said"', {}, "not a JSON object"),
    "nothing": ("null", {}, "not a JSON object"),
    "negative version": (GOOD, {"version": -1}, "no version"),
    "actor who is nobody": (GOOD, {"actor": '{"name": "x"}'}, "actor is not a person"),
    "actor that is a number": (GOOD, {"actor": "7"}, "actor is not a person"),
}


@pytest.mark.parametrize("payload, particulars, reason", POISON.values(), ids=POISON)
def test_keeps_a_fact_that_breaks_its_contract_with_the_reason(desk, payload, particulars, reason):
    event_id = tell_raw(desk, payload, **particulars)
    state = "SELECT state, error FROM inbox WHERE event_id = %(event_id)s"
    (row,) = eventually(lambda: desk.rows("hearer", state, event_id=event_id), what="the fact in the inbox")
    assert row.state == "dead"
    assert row.error.startswith(reason)
    desk.await_effects(desk.say(5))


def test_leaves_what_a_newer_teller_adds_aside(desk):
    (number,) = desk.numbers(1)
    tell_raw(desk, f'{{"number": {number}, "trouble": "none", "colour": "red"}}')
    desk.await_effects(range(number, number + 1))


def test_keeps_a_fact_too_large_to_carry_in_the_outbox(rabbit_desk):
    giant = tell_raw(rabbit_desk, f'{{"number": 1, "trouble": "{"x" * 5_000_000}"}}')
    rabbit_desk.await_effects(rabbit_desk.say(5))
    await_outbox(rabbit_desk, giant)


def await_outbox(desk, event_id):
    """Wait until the outbox holds one fact alone; empty it.

    A fact may have its effect before its teller hears that the broker has it, and forgets it.
    """
    kept = "SELECT event_id::text FROM outbox"
    try:
        eventually(lambda: [row.event_id for row in desk.rows("teller", kept)] == [event_id], what="one fact alone")
    finally:
        desk.rows("teller", "DELETE FROM outbox")
