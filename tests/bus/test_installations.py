"""One installation for each virtual host: on another's a process does nothing, and says so."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.bus.client import RpcClient
from chassis.bus.rabbit.connecting import connect
from chassis.bus.rabbit.ownership import MARK, NotOurs, claim
from chassis.errors import Unavailable
from tests.bus.desk_on_rabbit import forget_installation
from tests.bus.desks import PACKAGE, ROOT
from tests.bus.services.teller.contract import Teller

SENTENCE = (
    "Another installation works on the virtual host in AMQP_URI; give each one of its own. If it is this one with a "
    f"new TOKEN_PUBLIC_KEY, delete the queue {MARK} there: rabbitmqctl delete_queue {MARK} --vhost NAME."
)
ANOTHER = {"TOKEN_PUBLIC_KEY": "a" * 43 + "="}
ALONE = {"teller": ["-m", "chassis.bus.run", "teller", "--package", PACKAGE], "gateway": ["-m", "gateway"]}


@pytest.fixture
def nobodys(rabbit_desk):
    """The broker without a mark, before and after; the desk there goes on, and marks it when it connects anew."""
    forget_installation(rabbit_desk.uri)
    yield rabbit_desk.uri
    forget_installation(rabbit_desk.uri)


@pytest.mark.parametrize("name", ALONE)
def test_a_process_of_another_installation_ends_at_the_start(rabbit_desk, name):
    """As under compose, where nobody else would look; it has consumed nothing."""
    told = {**rabbit_desk.environment, **ANOTHER}
    ended = subprocess.run(
        [sys.executable, *ALONE[name]], cwd=ROOT, env=told, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout + ended.stderr) == (1, f"{name}: {SENTENCE}\n")
    connection = connect(rabbit_desk.uri, "fielddesk tests")
    assert connection.channel().queue_declare("rpc-teller", passive=True).consumer_count == 1
    connection.close()


def test_whoever_finds_out_later_does_nothing_there(rabbit_desk):
    """As where the broker was away at the start."""
    client = RpcClient.connect(rabbit_desk.uri, installation_id="another")
    with pytest.raises(Unavailable):
        client.of(Teller).ping()
    assert not client.is_ready()
    client.close()


def test_of_those_who_come_at_once_one_installation_stays(nobodys):
    """All its processes do, and none of the other's."""
    with ThreadPoolExecutor(16) as threads:
        stayed = list(threads.map(lambda name: stays(nobodys, name), ["one", "other"] * 8))
    assert stayed in ([True, False] * 8, [False, True] * 8)


def test_an_installation_with_a_new_key_stays_once_the_queue_is_gone(nobodys):
    """What the sentence says."""
    assert [stays(nobodys, "old"), stays(nobodys, "new")] == [True, False]
    forget_installation(nobodys)
    assert stays(nobodys, "new")


def stays(uri, installation):
    """Whether a process of an installation may work on this broker."""
    connection = connect(uri, "fielddesk tests")
    try:
        claim(connection, installation)
    except NotOurs:
        return False
    finally:
        connection.close()
    return True
