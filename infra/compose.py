"""`python -m infra.compose` writes docker-compose.yml from the process table; `... secrets` prints an .env.

One image runs every process; settings come from the environment alone. Nothing in the file is a secret: the
names that have no default are asked for in infra/.env.
"""

import secrets
import sys
from pathlib import Path

import yaml

from chassis.settings import DEFAULTS
from infra.installation import POOL_SIZE, POOL_SIZE_OF_SEVERAL
from infra.keys import made_keys, password_name
from infra.local.postgres import TUNING
from infra.processes import (
    BROKER,
    SERVICES,
    Process,
    broker_setting,
    database_setting,
    processes_of,
    shares_database,
)

FILE = Path(__file__).with_name("docker-compose.yml")
HEADER = "# Made from infra/processes.py by `python -m infra.compose`; changes belong there.\n"
#: Inside a container, where nobody else listens.
HTTP_PORT, SMTP_PORT, HEALTH_PORT = DEFAULTS["HTTP_PORT"], DEFAULTS["SMTP_PORT"], "9100"
FOLDER = "/var/lib/fielddesk"
OWNER_URL = "postgresql://fielddesk:{}@postgres:5432/postgres"
#: More than the 30 s that a process may take to finish what it has in hand.
STOP_GRACE = "35s"
#: A container that is not healthy by then, and a minute later, keeps those that wait for it from being started.
START_PERIOD = "300s"
#: Docker gives containers the proxies of its own configuration.
READY = (
    "import urllib.request as http;"
    " http.build_opener(http.ProxyHandler({{}})).open('http://127.0.0.1:{}/readyz', timeout=4)"
)


def composed() -> dict:
    """The whole file as an object."""
    services = {
        "postgres": _postgres(),
        "rabbitmq": _rabbitmq(),
        "migrate": _migrate(),
        **{process.name: _service(process) for process in processes_of(BROKER)},
    }
    return {
        "name": "fielddesk",
        "services": {name: {**service, "logging": _logging()} for name, service in services.items()},
        "volumes": {"files": {}, "postgres": {}, "rabbitmq": {}},
    }


def text() -> str:
    """The file's text."""
    return HEADER + yaml.safe_dump(composed(), sort_keys=False, width=1000)


def secrets_text() -> str:
    """Lines for infra/.env: every secret that the file asks for, made anew."""
    servers = {name: secrets.token_urlsafe(24) for name in ("POSTGRES_PASSWORD", "RABBITMQ_PASSWORD")}
    return "".join(f"{name}={value}\n" for name, value in {**servers, **made_keys()}.items())


def _asked(name: str) -> str:
    return f"${{{name}:?set {name} in infra/.env}}"


def _postgres() -> dict:
    return {
        "image": "postgres:18",
        "command": ["postgres", *(word for name, value in TUNING.items() for word in ("-c", f"{name}={value}"))],
        "environment": {"POSTGRES_USER": "fielddesk", "POSTGRES_PASSWORD": _asked("POSTGRES_PASSWORD")},
        "volumes": ["postgres:/var/lib/postgresql"],
        # By TCP: the server that only fills a new volume answers on its socket, and takes nobody else's connection.
        "healthcheck": _check(["CMD", "pg_isready", "--host", "127.0.0.1", "--username", "fielddesk"]),
        "stop_grace_period": STOP_GRACE,
        "restart": "unless-stopped",
    }


def _rabbitmq() -> dict:
    return {
        "image": "rabbitmq:4-management",
        "hostname": "rabbitmq",  # A node's queues belong to its name.
        "environment": {
            "RABBITMQ_DEFAULT_USER": "fielddesk",
            "RABBITMQ_DEFAULT_PASS": _asked("RABBITMQ_PASSWORD"),
            "RABBITMQ_DEFAULT_VHOST": "fielddesk",
        },
        "volumes": [
            "rabbitmq:/var/lib/rabbitmq",
            "./rabbitmq/fielddesk.conf:/etc/rabbitmq/conf.d/20-fielddesk.conf:ro",
        ],
        "healthcheck": _check(["CMD", "rabbitmq-diagnostics", "--quiet", "check_port_connectivity"]),
        "stop_grace_period": STOP_GRACE,
        "restart": "unless-stopped",
    }


def _migrate() -> dict:
    """Runs once and ends: owner's rights stay out of every process that goes on.

    It alone builds the image: Docker builds services side by side, and refuses the second image of one name.
    """
    urls = {database_setting(service): _database_url(service) for service in SERVICES}
    return {
        "build": {"context": "..", "dockerfile": "infra/Dockerfile"},
        **_image(),
        "command": ["python", "-m", "infra.cli", "migrate"],
        "environment": {"DATABASE_URL": OWNER_URL.format(_asked("POSTGRES_PASSWORD")), **urls},
        "depends_on": {"postgres": {"condition": "service_healthy"}},
        "restart": "no",
    }


def _service(process: Process) -> dict:
    waits_for = {"rabbitmq": "service_healthy"} if process.broker_user else {}
    if process.services:
        waits_for |= {"postgres": "service_healthy", "migrate": "service_completed_successfully"}
    values = _values(process)
    made = {
        **_image(),
        "pull_policy": "never",
        "command": ["python", *process.argv],
        "environment": {name: values[name] for name in process.settings},
        "volumes": [f"files:{FOLDER}"],
        "depends_on": {name: {"condition": condition} for name, condition in waits_for.items()},
        "healthcheck": _check(["CMD", "python", "-c", READY.format(values[process.health])]),
        "stop_grace_period": STOP_GRACE,
        "restart": "unless-stopped",
    }
    if process.niceness:
        # A step of niceness is a quarter of a share (sched(7)).
        made["cpu_shares"] = round(1024 / 1.25**process.niceness)
    if process.port:
        made["ports"] = [f"${{{process.port}:-{values[process.port]}}}:{values[process.port]}"]
    return made


def _values(process: Process) -> dict[str, str]:
    """What every setting is inside the containers."""
    replicas = {other.name: other.replicas for other in processes_of(BROKER)}
    is_sharing = shares_database(process, replicas, BROKER)
    amqp_uri = f"amqp://fielddesk:{_asked('RABBITMQ_PASSWORD')}@rabbitmq:5672/fielddesk"
    return {
        "LOG_LEVEL": f"${{LOG_LEVEL:-{DEFAULTS['LOG_LEVEL']}}}",
        "VAR_DIR": FOLDER,
        "DB_POOL_SIZE": str(POOL_SIZE_OF_SEVERAL if is_sharing else POOL_SIZE),
        "RETRY_DELAYS": "${RETRY_DELAYS:-}",
        "MAIL_DOMAIN": _asked("MAIL_DOMAIN"),
        "PUBLIC_URL": _asked("PUBLIC_URL"),
        "SMTP_URL": "${SMTP_URL:-}",
        "HTTP_HOST": "0.0.0.0",
        "HTTP_PORT": HTTP_PORT,
        "TRUSTED_PROXIES": "${TRUSTED_PROXIES:-0}",
        "SMTP_HOST": "0.0.0.0",
        "SMTP_PORT": SMTP_PORT,
        "HEALTH_PORT": HEALTH_PORT,
        **{name: _asked(name) for name in ("LINK_KEY", "TOKEN_PUBLIC_KEY", "TOKEN_PRIVATE_KEY")},
        **{database_setting(service): _database_url(service) for service in process.services},
        **({broker_setting(process.broker_user): amqp_uri} if process.broker_user else {}),
    }


def _database_url(service: str) -> str:
    role = f"fielddesk_{service}"
    return f"postgresql://{role}:{_asked(password_name(service))}@postgres:5432/{role}"


def _logging() -> dict:
    """Sets logs aside and deletes the oldest: by default they grow without end."""
    return {"driver": "json-file", "options": {"max-size": "20m", "max-file": "5"}}


def _image() -> dict:
    """What all containers of ours have: they write into their volume and /tmp only, and no program gains rights there.

    Into /tmp the gateway writes an upload, of 25 MB at the most, until it is in the volume, and gunicorn its heartbeat.
    """
    return {
        "image": "fielddesk",
        "init": True,
        "read_only": True,
        "tmpfs": ["/tmp:size=512m"],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }


def _check(command: list[str]) -> dict:
    """Asks until the answer is good, which counts at once: on a busy machine starts take long, and so does asking."""
    return {"test": command, "interval": "5s", "timeout": "30s", "retries": 12, "start_period": START_PERIOD}


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["secrets"]):
        sys.exit(__doc__)
    if sys.argv[1:] == ["secrets"]:
        sys.stdout.write(secrets_text())
    else:
        FILE.write_text(text())
