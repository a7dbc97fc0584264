"""A whole desk in one folder: a user's first path, a second desk refused, down, and what a killed one leaves."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from contextlib import closing

import psutil
import psycopg2
import pytest
import requests

from infra import demo
from infra.installation import Installation
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from infra.local.state import State
from tests.infra.conftest import ROOT
from tests.waiting import eventually


@pytest.fixture
def installation(settings, desk):
    """An installation on free ports, whose desk is ended at the end."""
    settings(HTTP_PORT=free_port(), SMTP_PORT=free_port())
    yield Installation.from_environment()
    desk("down")


def pids_of(installation):
    """Process ids of a running desk's children by name."""
    return {row["name"]: row["pid"] for row in State(installation.var_dir).read()["processes"]}


def is_alive(pid):
    """Whether a process does anything still."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def is_ready(started):
    """Whether a desk says that it is ready, and after how long; the bound of that is for a quiet machine."""
    times = [line for line in started.out if re.fullmatch(r"ready in \d+\.\d s", line)]
    return (started.code, started.err, len(times)) == (0, [], 1)


def send_the_mail_of_the_readme(installation):
    """Do what the README asks to be pasted into a terminal."""
    readme = (ROOT / "README.md").read_text()
    script = re.search(r"^python3 - <<'PY'\n(.*?)^PY$", readme, re.DOTALL | re.MULTILINE)[1]
    assert "2525" in script
    script = script.replace("2525", str(installation.smtp_port))
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)


def signed_in(name, installation):
    """Return a function that gives what a page shows to somebody of the demo."""
    api = f"{installation.base_url}/api/v1"
    login = {"email": f"{name}@{demo.DOMAIN}", "password": demo.PASSWORD}
    token = requests.post(f"{api}/session", json=login, timeout=15).json()["access_token"]

    def shown(path):
        page = requests.get(f"{api}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=15).json()
        assert page["next_cursor"] is None
        return page["items"]

    return shown


def tickets_in(shown):
    """Return subject and requester of the tickets; each as often as it is there."""
    return sorted((ticket["subject"], ticket["requester"]["email"]) for ticket in shown("/tickets?limit=50"))


def people_in(shown):
    """Return the addresses of the people; each as often as it is there."""
    return sorted(person["email"] for person in shown("/people?limit=50"))


def tickets_kept(installation):
    """Return how many tickets the database of a desk that has ended holds."""
    server = Postgres(installation.var_dir / "postgres")
    url = server.start().removesuffix("postgres") + "fielddesk_tickets"
    try:
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM tickets")
            return cursor.fetchone()[0]
    finally:
        server.stop()


RESIDENT = f"resident@{demo.DOMAIN}"
PEOPLE = sorted(f"{name}@{demo.DOMAIN}" for name in ("admin", *demo.PEOPLE))
TICKETS = [
    ("Hall pas nettoyé", RESIDENT), ("L'ascenseur s'arrête au 2e", RESIDENT),
    ("Plus de chauffage", "nadia@homes.example"), ("Plus de chauffage", RESIDENT),
]  # fmt: skip


@pytest.mark.timeout(240)
def test_a_desk_from_its_first_start_to_its_end_and_after_a_kill(installation, desk, desk_process, monkeypatch, capsys):
    with monkeypatch.context() as behind_a_proxy:
        behind_a_proxy.setenv("http_proxy", "http://127.0.0.1:9")
        first = desk_process("up", "--detach")
    assert is_ready(first), first
    assert f"  sign in as admin, {', '.join(demo.PEOPLE)} @{demo.DOMAIN}, password {demo.PASSWORD}" in first.out
    send_the_mail_of_the_readme(installation)
    agent, admin = signed_in("agent", installation), signed_in("admin", installation)
    eventually(lambda: tickets_in(agent) == TICKETS, what="the ticket of the README's mail")
    assert people_in(admin) == PEOPLE
    state = State(installation.var_dir)
    assert stat.S_IMODE(state.file.stat().st_mode) == 0o600
    shown = json.loads(desk("status", "--json").out[0])
    assert (shown["running"], shown["ready"], shown["mode"]) == (True, True, "embedded")
    assert {row["name"] for row in shown["processes"]} == {"postgresql", "embedded", "smtp"}
    assert "owner_url" not in shown

    log = (state.folder / "up.log").read_text()
    for how in ([], ["--detach"]):
        second = desk("up", "--no-demo", *how)
        assert (second.code, second.out) == (1, [])
        assert second.err == [
            f"desk: Fielddesk is already running here ({installation.base_url}); ./desk down ends it."
        ]
    assert (state.folder / "up.log").read_text() == log, "its log goes on"
    assert desk("create-admin", "ada@provider.example").code == 0

    before = pids_of(installation)
    os.kill(state.read()["pid"], signal.SIGKILL)
    eventually(lambda: not state.is_held(), what="the lock of the killed desk falls")
    assert all(is_alive(pid) for pid in before.values())
    words = "The desk was killed and left 3 processes behind: ./desk up starts it anew, ./desk down ends what is left."
    assert (desk("status").code, desk("status").out) == (1, [words])
    shown = json.loads(desk("status", "--json").out[0])
    assert (shown["running"], shown["left_behind"]) == (False, 3)
    left = desk("down")
    assert (left.code, left.out) == (0, ["Ended 3 processes that a killed desk had left."])
    assert not any(is_alive(pid) for pid in before.values())

    started = desk_process("up", "--detach")
    assert is_ready(started), started
    assert started.out[0].startswith("ready in "), "nothing is loaded again"
    assert f"  desk  http://localhost:{installation.http_port}" in started.out
    assert tickets_in(signed_in("agent", installation)) == TICKETS
    assert people_in(signed_in("admin", installation)) == sorted([*PEOPLE, "ada@provider.example"])
    with capsys.disabled():
        print("first start and second start:", *(line for line in (*first.out, *started.out) if "ready in" in line))
    after = pids_of(installation)
    assert desk("create-admin", "ada@provider.example").code == 1
    ended = desk("down")
    assert (ended.code, ended.out, ended.err) == (0, ["Ended."], [])
    assert not any(is_alive(pid) for pid in after.values())
    assert not state.file.exists()
    assert tickets_kept(installation) == len(TICKETS)
