"""One installation: its settings, folder and databases' addresses, and what each process is told."""

import os
import socket
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from chassis.settings import DEFAULTS, Settings, SettingsError
from infra.keys import keys_in, password_name
from infra.processes import BROKER, EMBEDDED, SERVICES, SETTINGS, Process, broker_setting, database_setting
from infra.refusal import Refusal

ROOT = Path(__file__).resolve().parents[1]
POOL_SIZE, POOL_SIZE_OF_SEVERAL = 8, 4  # Connections of a process; of each where several share a database.
WILDCARDS = ("", "0.0.0.0", "::")


class Installation:
    """What `./desk` works on.

    environment: the settings as given; names are in `.env.example`.
    mode: `embedded` or `broker`; without it, `broker` where `AMQP_URI` is set.
    """

    def __init__(self, environment: Mapping[str, str], mode: str | None = None):
        self.given = dict(environment)
        self.mode = mode or (BROKER if self.setting("AMQP_URI") else EMBEDDED)
        self.var_dir = Path(self.setting("VAR_DIR", str(ROOT / "var"))).absolute()
        self.settings = self._sensible()
        self.http_host, self.http_port = self.settings.http_address
        self.smtp_host, self.smtp_port = self.settings.smtp_address

    @classmethod
    def from_environment(cls, mode: str | None = None, **overrides: str) -> "Installation":
        """The installation that the environment describes; a Refusal where a setting makes no sense."""
        return cls({**os.environ, **overrides}, mode)

    def setting(self, name: str, default: str = "") -> str:
        """One setting as given; an empty one counts as not given."""
        return self.given.get(name) or default

    @property
    def base_url(self) -> str:
        """Where the gateway answers on this machine."""
        return f"http://{reachable(self.http_host)}:{self.http_port}"

    @cached_property
    def keys(self) -> dict[str, str]:
        """The installation's secrets, made on first use."""
        self.make_var_dir()
        return keys_in(self.var_dir / "secrets.env")

    @property
    def id(self) -> str:
        """By what its processes know each other on a broker."""
        key = self.setting("TOKEN_PUBLIC_KEY") or self.keys["TOKEN_PUBLIC_KEY"]
        return Settings({"TOKEN_PUBLIC_KEY": key}).installation_id

    def make_var_dir(self) -> None:
        """Makes the folder of everything that is written; a Refusal where that is not allowed."""
        try:
            if not self.var_dir.exists():
                self.var_dir.mkdir(parents=True)
                # As root, PostgreSQL's own user has to pass through; nobody may look around.
                self.var_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
            if not os.access(self.var_dir, os.W_OK | os.X_OK):
                raise PermissionError(f"no right to write in {self.var_dir}")
        except OSError as error:
            raise Refusal(f"{self.var_dir} cannot be used ({error}); set VAR_DIR to a folder of yours.") from error

    def service_url(self, service: str, owner_url: str) -> str:
        """A service's own database URL: as given, or its role and database on the owner's server.

        Raises Refusal where it cannot be read.
        """
        given = self.setting(database_setting(service))
        if given:
            return _readable(given, database_setting(service))
        return _readable(self._own_url(service, owner_url), "DATABASE_URL")

    def _own_url(self, service: str, owner_url: str) -> str:
        role = f"fielddesk_{service}"
        server = urlsplit(owner_url)
        place = server.netloc.rpartition("@")[2]
        password = quote(self.keys[password_name(service)], safe="")
        return urlunsplit(server._replace(netloc=f"{role}:{password}@{place}", path=f"/{role}"))

    def environment_of(self, process: Process, owner_url: str, amqp_uri: str, several: bool) -> dict[str, str]:
        """What one process is told: the settings of its row, and whatever of the caller's is none of ours.

        several: whether other processes share its database, so that pools are small.
        """
        values = {
            **self.keys,
            **DEFAULTS,
            "PUBLIC_URL": f"http://localhost:{self.http_port}",
            "DB_POOL_SIZE": str(self.pool_size(several)),
            **{broker_setting(user): amqp_uri for user in (*SERVICES, "gateway") if amqp_uri},
            **{name: value for name, value in self.given.items() if value},
            "VAR_DIR": str(self.var_dir),
            **{database_setting(service): self.service_url(service, owner_url) for service in process.services},
        }
        others = {name: value for name, value in self.given.items() if name not in SETTINGS}
        told = {name: values[name] for name in process.settings if name in values}
        return {**others, **told, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def pool_size(self, several: bool) -> int:
        """Connections that one process may open to one database."""
        return int(self.setting("DB_POOL_SIZE", str(POOL_SIZE_OF_SEVERAL if several else POOL_SIZE)))

    def _sensible(self) -> Settings:
        try:
            return Settings(self.given)
        except SettingsError as error:
            raise Refusal(str(error)) from None


def reachable(host: str) -> str:
    """An address under which a server that listens on this interface is reached from this machine."""
    return "127.0.0.1" if host in WILDCARDS else f"[{host}]" if ":" in host else host


def _readable(url: str, name: str) -> str:
    from infra.database_urls import login_of

    try:
        login_of(url)
    except ValueError:
        raise Refusal(f"{name} cannot be read; it wants postgresql://user:password@host:port/database.") from None
    return url


def overlap(one: str, other: str) -> bool:
    """Whether servers on these two interfaces would be in each other's way on one port."""
    return one in WILDCARDS or other in WILDCARDS or bool(_addresses(one) & _addresses(other))


def _addresses(host: str) -> set[str]:
    try:
        return {found[4][0] for found in socket.getaddrinfo(host, None)}
    except OSError:
        return {host}  # Whoever listens there says what is wrong with it.
