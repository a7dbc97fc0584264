"""Ports chosen now for a server that opens them later."""

import socket

from infra.local import ports


def outgoing(tmp_path, monkeypatch, text):
    """Have the machine say which ports its outgoing connections take."""
    monkeypatch.setattr(ports, "OUTGOING", tmp_path / "range")
    ports.OUTGOING.write_text(text)


def test_no_outgoing_connection_can_take_a_port_that_was_chosen(tmp_path, monkeypatch):
    """Between the choice and the opening a broker's start takes seconds."""
    outgoing(tmp_path, monkeypatch, "32768\t60999\n")
    for _ in range(200):
        port = ports.free_port()
        assert ports.LOWEST <= port < 32_768 or 60_999 < port <= ports.HIGHEST


def test_a_port_in_use_is_not_chosen(tmp_path, monkeypatch):
    """The one that outgoing connections leave is taken; one of theirs is better than none."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports.free_port()))
        taken.listen()
        used = taken.getsockname()[1]
        monkeypatch.setattr(ports, "LOWEST", used)
        outgoing(tmp_path, monkeypatch, f"{used + 1}\t{ports.HIGHEST}\n")
        assert {ports.free_port() for _ in range(20)}.isdisjoint({used})


def test_where_outgoing_connections_take_all_ports_one_of_theirs_is_chosen(tmp_path, monkeypatch):
    """So it is where the system does not say, or nothing that makes sense."""
    for text in ("1024\t65535\n", "", "all of them"):
        outgoing(tmp_path, monkeypatch, text)
        assert ports.is_free(ports.free_port())
    ports.OUTGOING.unlink()
    assert ports.is_free(ports.free_port())
