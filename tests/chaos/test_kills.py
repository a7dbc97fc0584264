"""A small chaos run on RabbitMQ, by the command itself: every kind of process and both servers are killed once."""

import re

import pytest

from infra.cli.__main__ import main
from infra.processes import BROKER, processes_of

INPUTS = 20


@pytest.mark.timeout(420)
def test_nothing_is_lost_or_doubled_when_every_kind_of_process_is_killed_under_load(capsys):
    code = main(["chaos", "--inputs", str(INPUTS), "--kills", "1"])
    said = capsys.readouterr()
    assert (code, said.err) == (0, ""), said.out
    *_, counts, last = said.out.splitlines()
    killed = set(re.findall(r"^kill \d+/\d+: (\w+) with [1-9]", said.out, re.MULTILINE))
    assert killed == {process.name for process in processes_of(BROKER)} | {"rabbitmq", "postgresql"}
    accepted = dict(re.findall(r"(mail|webform|ticket|clock_in) (\d+)", counts))
    assert len(accepted) == 4 and all(int(count) >= INPUTS for count in accepted.values())
    total = sum(map(int, accepted.values()))
    assert last == f"lost: 0 duplicated: 0 kills: {len(killed)} accepted: {total}"
