"""The broker behind TLS: calls and facts go through, and nobody is trusted who should not be."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.bus.client import RpcClient
from chassis.errors import Invalid, Unavailable
from chassis.testing import an_actor
from infra.local.running import require_broker
from infra.refusal import Refusal
from tests.bus.services.teller.contract import Teller
from tests.bus.tls import TLSDoor
from tests.certificates import certificates


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    """The files of an authority's certificate and of the door's own."""
    return certificates(tmp_path_factory.mktemp("certificates"), "127.0.0.1")


@pytest.fixture(scope="module")
def door(broker, pem):
    """A door with TLS before the broker."""
    door = TLSDoor(pem[1], broker.node["port"])
    yield door
    door.close()


@pytest.fixture
def trusting(pem, monkeypatch):
    """Have this process trust the authority, as a system does that knows it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(pem[0]))


@pytest.fixture(scope="module")
def desk_behind_tls(rabbit_desk, broker, door, pem):
    """The suite's desk, all of whose processes reach the broker through the door, and trust the authority."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(pem[0]))
        with rabbit_desk.reaching_broker_at(behind(door, broker), SSL_CERT_FILE=str(pem[0])):
            yield rabbit_desk


def behind(door, broker, host="127.0.0.1"):
    """Return the broker's address behind the door."""
    return broker.uri.replace("amqp://", "amqps://").replace(f"127.0.0.1:{broker.node['port']}", f"{host}:{door.port}")


@pytest.mark.usefixtures("trusting")
def test_calls_and_facts_of_all_sizes_go_through_side_by_side(desk_behind_tls):
    """Threads that write while one reads: OpenSSL itself would not keep them apart."""
    desk = desk_behind_tls
    large = "x" * 300_000

    def ask_again_and_again(number):
        asking = desk.ask(Teller, an_actor(name=f"Ada {number}", rights={}))
        for _ in range(8):
            assert asking.whoami() == {"name": f"Ada {number}"}
            with pytest.raises(Invalid) as refused:
                asking.wait(seconds=large)
            assert refused.value.code == "input_invalid"

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(ask_again_and_again, range(16)))
    numbers = desk.numbers(2_000)
    for start in range(numbers.start, numbers.stop, 500):
        desk.ask(Teller).say(count=500, start=start)
    desk.await_effects(numbers)


@pytest.mark.usefixtures("trusting")
def test_a_connection_that_is_cut_is_opened_again(desk_behind_tls, door):
    desk = desk_behind_tls
    for _ in range(3):
        door.cut()
        desk.await_effects(desk.say(count=10))
    desk.await_quiet()


@pytest.mark.parametrize(
    ("wrong", "why"), [("authority", "unable to get local issuer certificate"), ("name", "Hostname mismatch")]
)
def test_a_broker_that_is_not_trusted_is_told_nothing(broker, door, pem, monkeypatch, wrong, why):
    """Neither one whose authority the system does not know, nor one that shows another's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(pem[0]))
    if wrong == "authority":
        monkeypatch.delenv("SSL_CERT_FILE")
    uri = behind(door, broker, host="localhost" if wrong == "name" else "127.0.0.1")
    with pytest.raises(Refusal, match=rf"is not to be trusted: {why}.*valid, for the name in AMQP_URI"):
        require_broker(uri)
    client = RpcClient.connect(uri)
    with pytest.raises(Unavailable) as refused:
        client.of(Teller).ping()
    client.close()
    assert refused.value.code == "broker_away"


@pytest.mark.usefixtures("trusting")
def test_the_command_knows_whether_a_broker_speaks_behind_tls(broker, door):
    require_broker(behind(door, broker))
    with pytest.raises(Refusal, match="nothing speaks AMQP over TLS at 127.0.0.1"):
        require_broker(broker.uri.replace("amqp://", "amqps://"))
    with pytest.raises(Refusal, match="nothing speaks AMQP at 127.0.0.1"):
        require_broker(behind(door, broker).replace("amqps://", "amqp://"))
