"""The gateway's client: shared by threads, made anew after a fork, safe while others use it."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.bus.client import RpcClient
from chassis.testing import an_actor
from tests.bus.services.teller.contract import Teller


def test_gives_each_of_many_threads_its_own_answer(desk):
    def ask_again_and_again(name):
        asking = desk.ask(Teller, an_actor(name=name, rights={}))
        return {asking.whoami()["name"] for _ in range(40)}

    names = [f"Ada {number}" for number in range(16)]
    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(ask_again_and_again, names)) == [{name} for name in names]


@pytest.mark.filterwarnings("ignore:Using fork")
def test_connects_anew_in_a_forked_process(rabbit_desk):
    client = RpcClient.connect(rabbit_desk.uri)
    assert client.of(Teller).ping() == {"name": ""}
    child = os.fork()
    if child == 0:
        answer = None
        try:
            answer = client.of(Teller).ping()
        finally:
            os._exit(0 if answer == {"name": ""} else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert client.of(Teller).ping() == {"name": ""}, "the parent's connection is its own"
    client.close()
