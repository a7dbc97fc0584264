"""The private RabbitMQ node: the same address at each start, and nothing left at the end.

That messages outlive a kill is shown in tests/bus/test_outages.py and by tests/chaos/test_kills.py.
"""

import signal
import subprocess

import psutil
import pytest

from infra.local import rabbit
from infra.local.ports import free_port
from infra.local.rabbit import Rabbit, speaks_amqp
from infra.refusal import Refusal


@pytest.mark.timeout(120)
def test_node_of_a_killed_parent_is_ended_and_the_next_has_its_address(tmp_path):
    """Its port mapper is ended, too."""
    orphan, after = Rabbit(tmp_path / "rabbitmq"), Rabbit(tmp_path / "rabbitmq")
    orphan.begin()
    pids = [orphan.pid, orphan.port_mapper.pid]
    try:
        assert after.end_leftover() == 2
    finally:
        orphan.process.wait()
        orphan.port_mapper.wait()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert after.end_leftover() == 0
    after.begin()
    after.stop()
    assert (after.uri, after.node) == (orphan.uri, orphan.node)


def test_a_leftover_is_ended_that_makes_way_for_another_program(tmp_path, monkeypatch):
    """Linux shows no environment of a process just then: it is asked again."""
    node = Rabbit(tmp_path)
    answers = iter([{}, {}, {"HOME": str(tmp_path)}])
    monkeypatch.setattr(psutil.Process, "environ", lambda process: next(answers))
    with subprocess.Popen(["sleep", "60"]) as child:
        (tmp_path / "node.pid").write_text(str(child.pid))
        assert node.end_leftover() == 1
        assert child.wait() == -signal.SIGTERM


def test_silence_is_no_broker():
    assert not speaks_amqp("127.0.0.1", free_port())


def test_missing_server_that_may_not_be_installed_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(rabbit, "SERVER", tmp_path / "rabbitmq-server")
    monkeypatch.setattr(rabbit.os, "geteuid", lambda: 1000)
    with pytest.raises(Refusal) as refusal:
        rabbit.require_server()
    assert str(refusal.value) == (
        "RabbitMQ is missing: install it (Debian: apt-get install rabbitmq-server) or set AMQP_URI."
    )
