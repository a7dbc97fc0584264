"""The private RabbitMQ node: the same address and messages after a kill, and nothing left at the end."""

from urllib.parse import urlsplit

import amqp
import psutil
import pytest

from infra.cli import rabbit
from infra.cli.ports import free_port
from infra.cli.rabbit import Rabbit, speaks_amqp
from infra.cli.terminal import Refusal
from tests.waiting import eventually


def opened(uri):
    """A connection to the node."""
    parts = urlsplit(uri)
    connection = amqp.Connection(
        f"{parts.hostname}:{parts.port}", parts.username, parts.password, virtual_host=parts.path[1:]
    )
    connection.connect()
    return connection


@pytest.mark.timeout(120)
def test_messages_and_address_outlive_a_kill(broker):
    uri, killed = broker.uri, broker.pid
    with opened(uri) as connection:
        channel = connection.channel()
        channel.queue_declare("kept", durable=True, auto_delete=False)
        channel.confirm_select()
        channel.basic_publish_confirm(amqp.Message("still here", delivery_mode=2), "", "kept")
    # RabbitMQ before 4 confirms a message before it has written down which queues there are, up to 2 s later.
    eventually(lambda: any(b"kept" in file.read_bytes() for file in (broker.folder / "queues").rglob("*.LOG")))
    broker.kill()
    assert not psutil.pid_exists(killed)
    assert not speaks_amqp("127.0.0.1", urlsplit(uri).port)
    assert broker.start() == uri
    with opened(uri) as connection:
        channel = connection.channel()
        assert channel.basic_get("kept", no_ack=True).body == "still here"
        channel.queue_delete("kept")


@pytest.mark.timeout(120)
def test_node_of_a_killed_parent_is_ended_with_its_port_mapper(tmp_path):
    orphan = Rabbit(tmp_path / "rabbitmq")
    orphan.begin()
    pids = [orphan.pid, orphan.port_mapper.pid]
    try:
        assert Rabbit(tmp_path / "rabbitmq").end_leftover() == 2
    finally:
        orphan.process.wait()
        orphan.port_mapper.wait()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert Rabbit(tmp_path / "rabbitmq").end_leftover() == 0


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
