"""Broker and database away: calls fail fast, nothing is lost, and everything goes on by itself."""

import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import amqp
import psutil
import pytest

from chassis.bus.client import RpcClient
from chassis.bus.rabbit import link, topology
from chassis.bus.rabbit.caller import EXCHANGE, RabbitCaller
from chassis.bus.rabbit.connecting import HEARTBEAT_SECONDS, connect
from chassis.bus.rabbit.consumers import Consumers
from chassis.bus.rabbit.topology import UNHEARD, declare_all, is_declared
from chassis.errors import DomainError, TimedOut, Unavailable
from chassis.testing import an_actor
from infra.local.rabbit import SERVER
from tests.bus.desks import PACKAGE
from tests.bus.services.hearer.contract import Hearer
from tests.bus.services.teller.contract import Teller
from tests.bus.supervising import page
from tests.freezing import frozen
from tests.waiting import eventually

#: Seconds for which the broker is away, and within which calls fail meanwhile and work afterwards.
AWAY_SECONDS, FAIL_SECONDS, WORK_SECONDS = 30, 2, 5
#: Seconds within which a process says that its database is frozen.
NOTICED_SECONDS = 3
#: Seconds within which the broker forgets whose network is gone.
FORGOTTEN_SECONDS = 20


class Traffic:
    """Calls and facts under way until it is left; commands are repeated with their key until they succeed."""

    def __init__(self, desk, threads=4):
        self._desk = desk
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]
        self.accepted = []
        self.failures = []
        self.last_success = 0

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self):
        while not self._ended.wait(0.01):
            numbers = self._desk.numbers(1)
            asking = self._desk.ask(Teller, request_id=uuid4().hex)
            while not self._try(asking, numbers.start):
                # Not as fast as calls can fail: the others want the processor, too.
                self._ended.wait(0.05)
            self.accepted.append(numbers.start)

    def _try(self, asking, number):
        began = time.monotonic()
        try:
            asking.say(start=number)
        except (Unavailable, TimedOut) as error:
            self.failures.append((began, time.monotonic() - began, type(error).__name__))
            return False
        self.last_success = time.monotonic()
        return True


def assert_all_heard_once(desk, numbers):
    """Wait until each number had its effect; none had it twice."""
    heard = range(min(numbers), max(numbers) + 1)
    eventually(lambda: desk.effects(heard).keys() >= set(numbers), within=120, what="every effect")
    assert {number: desk.effects(heard)[number] for number in numbers} == dict.fromkeys(numbers, 1)


def leave_message(broker):
    """Have the broker keep a message that nobody takes."""
    with connect(broker.uri, "leaver") as connection:
        channel = connection.channel()
        channel.queue_declare("kept", durable=True, auto_delete=False)
        channel.confirm_select()
        channel.basic_publish_confirm(amqp.Message("still here", delivery_mode=2), "", "kept")
    # RabbitMQ before 4 confirms a message before it has written down which queues there are, up to 2 s later.
    eventually(lambda: any(b"kept" in file.read_bytes() for file in (broker.folder / "queues").rglob("*.LOG")))


def message_left(broker):
    """Return what the broker has kept, which it then keeps no longer."""
    with connect(broker.uri, "finder") as connection:
        channel = connection.channel()
        body = channel.basic_get("kept", no_ack=True).body
        channel.queue_delete("kept")
        return body


@pytest.mark.parametrize("ending, seconds", [("stop", AWAY_SECONDS), ("kill", 0)])
def test_goes_on_after_the_broker_was_away(rabbit_desk, broker, ending, seconds):
    uri = broker.uri
    leave_message(broker)
    with Traffic(rabbit_desk) as traffic:
        eventually(lambda: len(traffic.accepted) > 20)
        getattr(broker, ending)()
        ended = time.monotonic()
        assert not broker.is_running() and not broker.is_ready()
        in_outbox = rabbit_desk.numbers(50)
        for number in in_outbox:
            tell_meanwhile(rabbit_desk, number)
        eventually(lambda: traffic.failures, within=FAIL_SECONDS, what="a call that fails")
        eventually(lambda: time.monotonic() - ended >= seconds, within=seconds + 1)
        returning = time.monotonic()
        assert broker.start() == uri
        started = time.monotonic()
        eventually(lambda: traffic.last_success > started, within=WORK_SECONDS, what="a call that works")
        began = len(traffic.accepted)
        eventually(lambda: len(traffic.accepted) > began + 20)
    # Of calls made while it returns, some wait for services that are still on their way back to it.
    meanwhile = [failure for failure in traffic.failures if failure[0] < returning]
    assert [failure for failure in meanwhile if failure[1] > FAIL_SECONDS] == []
    assert_all_heard_once(rabbit_desk, [*traffic.accepted, *in_outbox])
    assert message_left(broker) == "still here"
    rabbit_desk.await_ready()
    assert [process.poll() for process, _ in rabbit_desk.processes.values()] == [None] * 3


def test_calls_fail_while_the_broker_is_frozen(rabbit_desk, broker):
    """It keeps its connections and says nothing, as one behind a network that is gone; it is not ready either."""
    caller = RabbitCaller(broker.uri)
    eventually(caller.is_ready, what="a caller that is ready")
    with Traffic(rabbit_desk) as traffic:
        eventually(lambda: len(traffic.accepted) > 20)
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            eventually(lambda: len(traffic.failures) >= 8, within=4 * FAIL_SECONDS, what="calls that fail")
            eventually(lambda: not caller.is_ready(), within=FAIL_SECONDS, what="a caller that is not ready")
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        thawed = time.monotonic()
        eventually(lambda: traffic.last_success > thawed, within=WORK_SECONDS, what="a call that works")
        eventually(caller.is_ready, what="a caller that is ready again")
    caller.close()
    assert [failure for failure in traffic.failures if failure[1] > FAIL_SECONDS] == []
    assert_all_heard_once(rabbit_desk, traffic.accepted)


@contextmanager
def without_room(broker):
    """Have a broker see less free disk than it wants, until this is left."""

    def want(bytes_free):
        command = [SERVER.with_name("rabbitmqctl"), "set_disk_free_limit", str(bytes_free)]
        subprocess.run(command, env=psutil.Process(broker.pid).environ(), check=True, capture_output=True)

    want(10**18)
    try:
        yield
    finally:
        want(1_000_000)


def test_calls_fail_while_the_broker_has_no_room(rabbit_desk, broker):
    """It keeps its connections and reads nothing: what it would find there later is not to be carried out any more."""
    port = rabbit_desk.processes["teller"][1]
    with Traffic(rabbit_desk) as traffic:
        eventually(lambda: len(traffic.accepted) > 20)
        with without_room(broker):
            blocked = time.monotonic()
            eventually(lambda: not rabbit_desk.client.is_ready(), what="a client that is not ready")
            given_up = rabbit_desk.numbers(20)
            for number in given_up:
                with pytest.raises(Unavailable) as refusal:
                    rabbit_desk.ask(Teller).say(start=number)
                assert refusal.value.code == "broker_away"
            eventually(lambda: page(port, "/readyz") == (503, "the bus is away\n"), what="a teller that is not ready")
            in_outbox = rabbit_desk.numbers(5)
            for number in in_outbox:
                tell_meanwhile(rabbit_desk, number)
        there = time.monotonic()
        eventually(lambda: traffic.last_success > there, within=WORK_SECONDS, what="a call that works")
    # Of calls made before, some wait for answers that the broker does not read any more.
    meanwhile = [failure for failure in traffic.failures if failure[0] > blocked]
    assert [failure for failure in meanwhile if failure[1] > FAIL_SECONDS] == []
    assert_all_heard_once(rabbit_desk, [*traffic.accepted, *in_outbox])
    rabbit_desk.await_quiet()
    assert rabbit_desk.effects(given_up) == {}
    rabbit_desk.await_ready()


def test_a_call_that_was_written_before_it_was_known_is_repeated_with_its_key(rabbit_desk, broker, monkeypatch):
    """It lies there, is refused, and is carried out once there is room: repeating it does not do so again."""
    monkeypatch.setattr(link.Link, "_note_blocked", lambda _link, _is_blocked: None)
    client = RpcClient.connect(broker.uri)
    token = rabbit_desk.keys.token(an_actor(rights={}, epoch=1))
    asking = client.of(Teller, token=token, request_id=uuid4().hex)
    numbers = rabbit_desk.numbers(1)
    eventually(client.is_ready, what="a client that is ready")
    with without_room(broker):
        with pytest.raises(Unavailable) as refusal:
            asking.say(start=numbers.start)
        assert refusal.value.code == "broker_away"
        assert rabbit_desk.effects(numbers) == {}
    eventually(lambda: rabbit_desk.effects(numbers) == {numbers.start: 1}, what="what was refused")
    assert asking.say(start=numbers.start) is None
    client.close()
    rabbit_desk.await_quiet()
    assert rabbit_desk.effects(numbers) == {numbers.start: 1}


@pytest.mark.parametrize("is_up", [False, True], ids=["who comes", "who rests"])
def test_is_told_by_a_broker_that_it_has_no_room(broker, is_up):
    """The broker says so only to who publishes: the first call would lie there, and be carried out much later."""
    resting = link.Link(broker.uri, "resting", lambda connection: None)
    if is_up:
        resting.start()
        eventually(resting.is_ready, what="a link that is ready")
    with without_room(broker):
        if not is_up:
            resting.start()
        eventually(lambda: resting.is_blocked, what="a link that knows")
        assert resting.up.is_set() and not resting.is_ready()
    eventually(resting.is_ready, what="a link that is ready again")
    resting.close()


def test_the_broker_forgets_soon_whose_network_is_gone(broker):
    """Until then it hands them calls and facts, which wait. It looks two or three times, a heartbeat apart."""
    with connect(broker.uri, "consumer", HEARTBEAT_SECONDS) as connection:
        assert 3 * connection.heartbeat < FORGOTTEN_SECONDS


def test_keeps_its_connection_while_a_child_declares_everything(broker, monkeypatch):
    """On a busy machine that takes longer than the broker waits for a sign of life, and would begin anew each time."""
    monkeypatch.setattr(topology, "SIGN_SECONDS", 0.3)
    with connect(broker.uri, "relay", heartbeat=1) as connection, subprocess.Popen(["sleep", "4"]) as child:
        topology._await(connection, child)
        connection.channel().queue_delete("nothing")
    assert child.returncode == 0


def test_goes_on_after_the_database_was_frozen(rabbit_desk, server_url):
    """It keeps its connections and says nothing: each process says soon that it is not ready."""
    ports = [port for _, port in rabbit_desk.processes.values()]
    with Traffic(rabbit_desk) as traffic:
        eventually(lambda: len(traffic.accepted) > 20)
        with frozen(server_url), ThreadPoolExecutor() as asking:
            began = time.monotonic()
            pages = list(asking.map(lambda port: page(port, "/readyz"), ports))
            assert time.monotonic() - began < NOTICED_SECONDS
            assert pages == [(503, "the database does not answer\n")] * len(ports)
        thawed = time.monotonic()
        eventually(lambda: traffic.last_success > thawed, within=WORK_SECONDS, what="a call that works")
        rabbit_desk.await_ready(within=WORK_SECONDS)
    assert traffic.failures == []
    assert_all_heard_once(rabbit_desk, traffic.accepted)
    assert [process.poll() for process, _ in rabbit_desk.processes.values()] == [None] * 3


def tell_meanwhile(desk, number):
    """Commit a fact while the broker is away, as the SMTP process does."""
    desk.rows(
        "teller",
        "INSERT INTO outbox (event_id, name, payload, version, correlation_id, occurred_at) "
        "VALUES (%(event_id)s, 'Said', %(payload)s, 1, 'meanwhile', now())",
        event_id=str(uuid4()),
        payload=f'{{"number": {number}, "trouble": "none"}}',
    )


def test_declares_everything_again_when_the_queues_were_deleted(rabbit_desk, broker):
    connection = connect(broker.uri, "vandal")
    for queue in ("events-hearer", "grants-hearer", "rpc-teller"):
        connection.channel().queue_delete(queue)
    connection.close()
    eventually(lambda: rabbit_desk.await_ready() is None and works(rabbit_desk), within=WORK_SECONDS)
    rabbit_desk.await_effects(rabbit_desk.say(10))


def test_misses_the_exchange_of_a_service_as_much_as_the_mark_of_the_release(rabbit_desk):
    """With a deleted exchange go the bindings of all queues: all is declared anew before the next fact is published."""
    with connect(rabbit_desk.uri, "relay") as connection:
        assert is_declared(connection, PACKAGE, "teller")
        connection.channel().exchange_delete("teller.events")
        assert not is_declared(connection, PACKAGE, "teller")
        declare_all(connection, PACKAGE)
        assert is_declared(connection, PACKAGE, "teller")
    rabbit_desk.await_effects(rabbit_desk.say(3))


def test_unbinds_what_a_service_hears_no_more(rabbit_desk):
    """An earlier release did: each fact would be a dead letter of a service that does not listen to it any more."""
    with connect(rabbit_desk.uri, "relay") as connection:
        channel = connection.channel()
        channel.queue_bind("events-identity", "teller.events", "Unheard")
        declare_all(connection, PACKAGE)
        channel.queue_unbind(UNHEARD, "teller.events", "Unheard")
        assert is_returned(channel, "teller.events", "Unheard")
        declare_all(connection, PACKAGE)
        assert not is_returned(channel, "teller.events", "Unheard")


def is_returned(channel, exchange, routing_key):
    """Whether a message goes to no queue."""
    outcomes = []
    channel.confirm_select()
    channel.events["basic_return"].add(lambda *_: outcomes.append("returned"))
    channel.events["basic_ack"].add(lambda *_: outcomes.append("taken"))
    channel._basic_publish(amqp.Message(b"{}"), exchange, routing_key, mandatory=True)
    while "taken" not in outcomes:
        channel.connection.drain_events(timeout=10)
    return "returned" in outcomes


class Nobody:
    """A service of which only the calls that come are noted."""

    name, listeners, facts_at_once, calls_at_once = "nobody", {}, 2, 2

    def __init__(self):
        self.asked = []

    def answer(self, call, _done):
        """Note a call."""
        self.asked.append(call.method)


def test_takes_a_queue_of_calls_that_was_declared_otherwise(rabbit_desk):
    """By a stock peer, say; refused by the broker, the service would never answer again."""
    member = Nobody()
    with connect(rabbit_desk.uri, "nobody") as connection:
        connection.channel().queue_declare("rpc-nobody", durable=True, auto_delete=False)
        Consumers(member).open(connection)
        connection.channel().basic_publish(amqp.Message(b"{}", reply_to="nowhere"), EXCHANGE, "nobody.ping")
        while not member.asked:
            connection.drain_events(timeout=10)
    delete_queues_of_nobody(rabbit_desk)
    assert member.asked == ["ping"]


@pytest.fixture
def nobody(rabbit_desk, monkeypatch):
    """A service whose connection ticks twenty times a second."""
    monkeypatch.setattr(link, "TICK_SECONDS", 0.05)
    member = Nobody()
    consumers = Consumers(member)
    kept_up = link.Link(rabbit_desk.uri, "nobody", consumers.open, ticked=consumers.bind_calls_again)
    kept_up.start()
    assert kept_up.up.wait(10)
    yield member
    kept_up.close()
    delete_queues_of_nobody(rabbit_desk)


def delete_queues_of_nobody(desk):
    """Leave nothing behind."""
    with connect(desk.uri, "cleaner") as connection:
        for queue in ("rpc-nobody", "events-nobody", "grants-nobody"):
            connection.channel().queue_delete(queue)


def test_binds_the_queue_of_calls_again_whose_binding_is_gone(rabbit_desk, nobody):
    """With the exchange of calls go its bindings, and a client makes it anew without them."""
    with connect(rabbit_desk.uri, "vandal") as connection:
        channel = connection.channel()
        channel.queue_unbind("rpc-nobody", EXCHANGE, "nobody.*")

        def ask():
            channel.basic_publish(amqp.Message(b"{}", reply_to="nowhere"), EXCHANGE, "nobody.ping")
            return nobody.asked

        assert set(eventually(ask, what="a call")) == {"ping"}


def works(desk):
    """Whether a call is answered."""
    try:
        return desk.ask(Teller).ping() is not None
    except DomainError:
        return False


@pytest.fixture
def hearer_without_database(desk):
    """A desk whose hearer cannot reach its database; give the function that ends this."""
    name = desk.database_name("hearer")
    everyone = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    desk.forget_connections()
    desk.administer(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', everyone)

    def come_back():
        desk.administer(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    yield come_back
    come_back()
    desk.await_ready()


def test_holds_facts_while_the_database_is_away(desk, hearer_without_database):
    process = desk.process_of("hearer")
    numbers = desk.say(60)
    for _ in range(3):
        with pytest.raises(Unavailable) as refusal:
            desk.ask(Hearer).heard()
        assert refusal.value.code == "database_away"
    desk.ask(Teller).ping()
    hearer_without_database()
    desk.await_effects(numbers)
    assert process.poll() is None
    desk.await_ready()


def test_says_that_it_is_not_ready_without_its_database(rabbit_desk, request):
    port = rabbit_desk.processes["hearer"][1]
    assert page(port, "/readyz") == (200, "ready\n")
    name = rabbit_desk.database_name("hearer")
    rabbit_desk.forget_connections()
    request.addfinalizer(rabbit_desk.await_ready)
    request.addfinalizer(lambda: rabbit_desk.administer(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    rabbit_desk.administer(
        f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    eventually(lambda: page(port, "/readyz") == (503, "the database does not answer\n"))
    assert page(port, "/livez") == (200, "alive\n")
