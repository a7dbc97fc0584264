"""Every command of the compose file gets ready with its environment and nothing else, on loopback."""

import re
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from infra import compose
from infra.local.ports import free_port
from infra.local.programs import is_ready_at
from infra.processes import BROKER, processes_of
from tests.infra.conftest import ROOT
from tests.waiting import eventually

#: What the Dockerfile sets.
IMAGE = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
#: Says what a process opens to write outside its volume and the folder of what is for a moment.
WITNESS = """
import os, sys
ALLOWED = (os.environ["VAR_DIR"] + "/", os.environ["TMPDIR"], os.devnull)
def look(event, arguments):
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and isinstance(arguments[0], str):
        path = os.path.abspath(arguments[0])
        if not path.startswith(ALLOWED):
            os.write(2, f"WRITTEN: {path}\\n".encode())
sys.addaudithook(look)
"""
#: What Docker adds for a machine that reaches the world through a proxy, which knows nothing of a container's inside.
PROXIED = {**IMAGE, "http_proxy": "http://127.0.0.1:9"}
README = ROOT / "README.md"
ASKED = re.compile(r"\$\{(\w+):([-?])([^}]*)\}")
PORTS = ("HTTP_PORT", "SMTP_PORT", "HEALTH_PORT")


@pytest.fixture
def secrets():
    """An .env as the README has people make it."""
    made = dict(line.split("=", 1) for line in compose.secrets_text().splitlines())
    return {**made, "MAIL_DOMAIN": "desk.example", "PUBLIC_URL": "https://desk.example"}


@pytest.fixture
def on_loopback(secrets, server_url, broker, tmp_path):
    """Gives a function from a compose service's environment to one where containers are this machine."""
    server = urlsplit(server_url).netloc.rpartition("@")[2]

    def local(environment):
        values = {}
        for name, value in environment.items():
            text = ASKED.sub(lambda found: _filled(secrets, *found.groups()), value)
            text = re.sub(r"^amqp://.*@rabbitmq:5672/.*$", broker.uri, text)
            text = server_url if name == "DATABASE_URL" else text.replace("@postgres:5432", f"@{server}")
            text = text.replace(compose.FOLDER, str(tmp_path)).replace("0.0.0.0", "127.0.0.1")
            values[name] = str(free_port()) if name in PORTS else text
        return {**IMAGE, "VAR_DIR": str(tmp_path), **values, **_witnessed(tmp_path)}

    return local


def _witnessed(folder):
    """Settings that have a process tell what it writes elsewhere; modules are compiled where that is possible."""
    for name in ("temporary", "witness"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "witness" / "sitecustomize.py").write_text(WITNESS)
    path = f"{folder / 'witness'}:{ROOT}"
    return {"TMPDIR": str(folder / "temporary"), "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def _filled(secrets, name, sign, rest):
    """What compose puts for `${NAME:?message}` (must be set) or `${NAME:-default}`."""
    return secrets[name] if sign == "?" else secrets.get(name, rest)


def _command(command):
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


def _administrators_command():
    """What the README runs in the container of migrate."""
    return re.search(r" run --rm migrate (.* create-admin .*)$", README.read_text(), re.MULTILINE).group(1).split()


def _local_check(made, environment):
    """The health check's command, asking the port that the process really got."""
    *command, code = _command(["python", *made["healthcheck"]["test"][2:]])
    asked = re.search(r"127\.0\.0\.1:(\d+)/readyz", code).group(1)
    name = next(name for name in PORTS if made["environment"].get(name) == asked)
    return [*command, code.replace(asked, environment[name])], f"http://127.0.0.1:{environment[name]}/readyz"


@pytest.mark.timeout(300)
def test_every_command_gets_ready_and_ends_on_sigterm(on_loopback, tmp_path):
    services = compose.composed()["services"]
    migrate = services["migrate"]
    migrated = subprocess.run(
        _command(migrate["command"]), env=on_loopback(migrate["environment"]), cwd="/", capture_output=True, timeout=60
    )
    assert (migrated.returncode, migrated.stderr) == (0, b"")
    make_admin = subprocess.run(
        _command(_administrators_command()), env=on_loopback(migrate["environment"]), cwd="/", capture_output=True
    )
    assert make_admin.stdout.startswith(b"admin@desk.example is an administrator.\n"), make_admin.stderr
    assert b"WRITTEN: " not in make_admin.stderr
    running = {}
    try:
        for process in processes_of(BROKER):
            made = services[process.name]
            environment = on_loopback(made["environment"])
            with open(tmp_path / f"{process.name}.log", "wb") as log:
                child = subprocess.Popen(_command(made["command"]), env=environment, cwd="/", stdout=log, stderr=log)
            running[process.name] = (child, made, environment)
        for name, (child, made, environment) in running.items():
            check, url = _local_check(made, environment)
            eventually(lambda url=url: is_ready_at(url), within=150, what=f"readiness of {name}")
            assert subprocess.run(check, capture_output=True, env=PROXIED).returncode == 0
            assert child.poll() is None
    finally:
        for child, _, _ in running.values():
            child.send_signal(signal.SIGTERM)
        codes = {name: child.wait(timeout=40) for name, (child, _, _) in running.items()}
    assert codes == dict.fromkeys(running, 0)
    said = [line for name in running for line in (tmp_path / f"{name}.log").read_text().splitlines()]
    assert [line for line in said if line.startswith("WRITTEN: ")] == []
