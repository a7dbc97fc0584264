"""The one table of processes. `./desk up` and docker-compose.yml are made from it; nothing else lists them.

A process gets the settings named here and no others of ours: a service never sees another service's database,
and only identity has the private key that signs tokens.
"""

from dataclasses import dataclass

SERVICES = ("identity", "tickets", "dispatch", "fieldwork", "notifications", "inbound")

EMBEDDED = "embedded"  # Services and gateway in one process, on the local bus.
BROKER = "broker"  # Every service a process, on RabbitMQ.

#: Settings of every process, of every service, of those that write addresses and links, and of those that answer HTTP.
_ALL = ("LOG_LEVEL", "VAR_DIR")
_SERVICE = (*_ALL, "DB_POOL_SIZE", "RETRY_DELAYS", "TOKEN_PUBLIC_KEY")
_MAIL = ("MAIL_DOMAIN", "PUBLIC_URL", "LINK_KEY")
_HTTP = ("HTTP_HOST", "HTTP_PORT", "TRUSTED_PROXIES")
#: Of a process that follows up: a thirtieth of the weight of one that answers.
FOLLOWING = 15
_OWN = {
    "identity": ("TOKEN_PRIVATE_KEY", "LINK_KEY"),
    "tickets": _MAIL,
    "dispatch": (),
    "fieldwork": (),
    "notifications": (*_MAIL, "SMTP_URL"),
    "inbound": _MAIL,
}


@dataclass(frozen=True)
class Process:
    """One kind of process.

    :param name: in `./desk status`, logs and compose.
    :param argv: what follows the Python interpreter.
    :param modes: in which it runs, `embedded`, `broker` or both.
    :param settings: names of the environment variables it gets.
    :param services: whose databases it opens.
    :param broker_user: whose `<NAME>_AMQP_URI` it connects with; none on the local bus.
    :param port: setting that names the port it offers to others, if any; such a process runs once.
    :param host: setting that names the interface of that port.
    :param health: setting that names the port of `/livez`, `/readyz` and `/metrics`.
    :param replicas: how many run unless `--scale` says otherwise.
    :param niceness: by how much it gives way to others on a busy machine, from 0 to 19 as in nice(1). Whoever
        answers people goes before whoever mostly hears what has happened and follows it up.
    """

    name: str
    argv: tuple[str, ...]
    modes: tuple[str, ...]
    settings: tuple[str, ...]
    services: tuple[str, ...] = ()
    broker_user: str | None = None
    port: str | None = None
    host: str | None = None
    health: str = "HEALTH_PORT"
    replicas: int = 1
    niceness: int = 0


def database_setting(service: str) -> str:
    """The setting that names a service's own database."""
    return f"{service.upper()}_DATABASE_URL"


def broker_setting(user: str) -> str:
    """The setting that names the broker as one process connects to it."""
    return f"{user.upper()}_AMQP_URI"


def _service(name: str) -> Process:
    return Process(
        name=name,
        argv=("-m", "chassis.bus.run", name),
        modes=(BROKER,),
        settings=(*_SERVICE, *_OWN[name], "HEALTH_PORT", database_setting(name), broker_setting(name)),
        services=(name,),
        broker_user=name,
        niceness=FOLLOWING if name in ("dispatch", "notifications") else 0,
    )


_EMBEDDED = Process(
    name="embedded",
    argv=("-m", "infra.embedded"),
    modes=(EMBEDDED,),
    settings=tuple(
        dict.fromkeys(
            (*_SERVICE, *(own for service in SERVICES for own in _OWN[service]), *_HTTP)
            + tuple(database_setting(service) for service in SERVICES)
        )
    ),
    services=SERVICES,
    port="HTTP_PORT",
    host="HTTP_HOST",
    health="HTTP_PORT",
)
_GATEWAY = Process(
    name="gateway",
    argv=("-m", "gateway"),
    modes=(BROKER,),
    settings=(*_ALL, *_HTTP, "TOKEN_PUBLIC_KEY", broker_setting("gateway")),
    broker_user="gateway",
    port="HTTP_PORT",
    host="HTTP_HOST",
    health="HTTP_PORT",
)
_SMTP = Process(
    name="smtp",
    argv=("-m", "services.inbound.smtp"),
    modes=(EMBEDDED, BROKER),
    settings=(
        *_ALL, "HEALTH_PORT", "SMTP_HOST", "SMTP_PORT", "MAIL_DOMAIN", "LINK_KEY", database_setting("inbound")
    ),
    services=("inbound",),
    port="SMTP_PORT",
    host="SMTP_HOST",
)  # fmt: skip

PROCESSES = (_EMBEDDED, *(_service(name) for name in SERVICES), _GATEWAY, _SMTP)

#: Every setting that some process gets: all of them are kept from a process whose row does not name them.
SETTINGS = frozenset(name for process in PROCESSES for name in process.settings) | {
    "DATABASE_URL",
    "AMQP_URI",
}


def shares_database(process: Process, replicas: dict[str, int], mode: str) -> bool:
    """Whether several processes have a pool on this one's database, so that each gets a smaller one.

    replicas: how many of each process run.
    """
    pooling = [other for other in processes_of(mode) if "DB_POOL_SIZE" in other.settings]
    return sum(replicas[other.name] for other in pooling if set(other.services) & set(process.services)) > 1


def processes_of(mode: str) -> tuple[Process, ...]:
    """The processes of one mode, in the order in which they are started."""
    return tuple(process for process in PROCESSES if mode in process.modes)
