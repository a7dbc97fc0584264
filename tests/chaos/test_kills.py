"""A small chaos run on RabbitMQ, by the command itself: every kind of process is killed once."""

import re
import subprocess
import sys

import pytest

from infra.processes import BROKER, processes_of
from infra.trial import ROOT

INPUTS = 20


@pytest.mark.timeout(420)
def test_nothing_is_lost_or_doubled_when_every_kind_of_process_is_killed_under_load():
    command = [sys.executable, "-m", "infra.cli", "chaos", "--inputs", str(INPUTS), "--kills", "1"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    *_, counts, last = ran.stdout.splitlines()
    killed = set(re.findall(r"^kill \d+/\d+: (\w+) with [1-9]", ran.stdout, re.MULTILINE))
    assert killed == {process.name for process in processes_of(BROKER)} | {"rabbitmq"}
    accepted = dict(re.findall(r"(mail|webform|ticket|clock_in) (\d+)", counts))
    assert len(accepted) == 4 and all(int(count) >= INPUTS for count in accepted.values())
    total = sum(map(int, accepted.values()))
    assert last == f"lost: 0 duplicated: 0 kills: {len(killed)} accepted: {total}"
