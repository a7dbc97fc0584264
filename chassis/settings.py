"""Settings: read once from the environment into a frozen object; all that is wrong is told together."""

import hashlib
import logging
import math
import os
import re
from base64 import urlsafe_b64decode
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from chassis.links import Links
from chassis.mail_relay import MailRelay

#: Seconds before a failed listener is tried again; after the last one the fact is a dead letter.
RETRY_DELAYS = (1.0, 5.0, 30.0, 120.0, 600.0)
LONGEST_DELAY = 7 * 24 * 3600.0
HIGHEST_PORT = 65535
#: Connections of a process at the most.
LARGEST_POOL = 1000
#: Proxies before the gateway at the most.
MOST_PROXIES = 10
#: What holds where a setting is not given, or empty.
DEFAULTS = {
    "LOG_LEVEL": "INFO", "MAIL_DOMAIN": "demo.fielddesk.example",
    "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "8000", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "2525",
}  # fmt: skip
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)


class SettingsError(Exception):
    """Settings are missing or wrong; the message names every one of them."""


@dataclass(frozen=True)
class Settings:
    """All that a process is told by its environment.

    :param environment: the variables; names are upper-case, see `.env.example`.
    :param required: names that must be there and not empty.
    """

    environment: dict
    required: tuple = ()

    def __post_init__(self):
        problems = [f"{name} is missing" for name in self.required if not self.environment.get(name)]
        for name, kind in KINDS.items():
            value = self.environment.get(name)
            if value:
                try:
                    kind(value)
                except ValueError as error:
                    problems.append(f"{name} is wrong ({error})")
        if problems:
            raise SettingsError("; ".join(problems) + ". See .env.example.")

    @classmethod
    def from_environment(cls, *required, environment=None):
        """Read the process's own environment.

        :raises SettingsError: names every missing or wrong setting at once.
        """
        return cls(dict(os.environ if environment is None else environment), required)

    def get(self, name, default=""):
        """Return one setting as text."""
        return self.environment.get(name) or default or DEFAULTS.get(name, "")

    def database_url(self, service):
        """Return the service's own database URL, normalised to psycopg2.

        SQLAlchemy 2.1 reads `postgresql://` as psycopg 3, which freezes eventlet's hub.
        """
        return normalised(self.get(f"{service.upper()}_DATABASE_URL"))

    def amqp_uri(self, process):
        """Return the broker URI under which a service or the gateway connects."""
        return self.get(f"{process.upper()}_AMQP_URI", self.get("AMQP_URI"))

    @cached_property
    def var_dir(self):
        """Return the folder of databases, files, logs and outgoing mail."""
        return Path(self.get("VAR_DIR", "var")).absolute()

    @property
    def log_level(self):
        """Return from which level on the process logs."""
        return self.get("LOG_LEVEL")

    @property
    def http_address(self):
        """Return interface and port on which the gateway listens."""
        return self.get("HTTP_HOST"), int(self.get("HTTP_PORT"))

    @property
    def smtp_address(self):
        """Return interface and port on which mail is taken."""
        return self.get("SMTP_HOST"), int(self.get("SMTP_PORT"))

    @property
    def health_port(self):
        """Return the port of health and metrics; 0 is any that is free."""
        return int(self.get("HEALTH_PORT", "0"))

    @cached_property
    def pool_size(self):
        """Return connections per process at the most."""
        return int(self.get("DB_POOL_SIZE", "8"))

    @cached_property
    def retry_delays(self):
        """Return the seconds between the tries of a failing listener."""
        return _seconds(self.get("RETRY_DELAYS")) if self.get("RETRY_DELAYS") else RETRY_DELAYS

    @cached_property
    def public_url(self):
        """Return the address under which people reach the desk; never taken from a request."""
        return self.get("PUBLIC_URL", f"http://localhost:{self.get('HTTP_PORT')}").rstrip("/")

    @cached_property
    def trusted_proxies(self):
        """Return how many proxies stand before the gateway."""
        return int(self.get("TRUSTED_PROXIES", "0"))

    @cached_property
    def mail_domain(self):
        """Return the domain of our own addresses and Message-IDs."""
        return self.get("MAIL_DOMAIN").lower()

    @cached_property
    def links(self):
        """Return the signer of links and reply addresses."""
        return Links(decode_key(self.get("LINK_KEY")))

    @cached_property
    def tokens(self):
        """Return the verifier of actors' tokens."""
        # Late: SMTP and the commands verify no tokens, and start a tenth of a second sooner without their cryptography.
        from chassis.actors import TokenVerifier

        return TokenVerifier(decode_key(self.get("TOKEN_PUBLIC_KEY")))

    @cached_property
    def signing_key(self):
        """Return the key that signs actors' tokens; only identity's processes are given its private half."""
        # Late, as above.
        from chassis.actors import private_key

        return private_key(decode_key(self.get("TOKEN_PRIVATE_KEY")), decode_key(self.get("TOKEN_PUBLIC_KEY")))

    @cached_property
    def installation_id(self):
        """Return the name by which the processes of one installation know each other, and nobody can sign anything."""
        return hashlib.sha256(decode_key(self.get("TOKEN_PUBLIC_KEY"))).hexdigest()[:16]


def normalised(url):
    """Return a database URL that SQLAlchemy opens with psycopg2."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg2://" + url[len(prefix) :]
    return url


def decode_key(text):
    """Return the raw bytes of a base64 key, padded or not.

    :raises ValueError: it is not base64.
    """
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _seconds(value):
    with suppress(ValueError):
        delays = tuple(float(part) for part in value.split(","))
        if all(math.isfinite(delay) and 0 <= delay <= LONGEST_DELAY for delay in delays):
            return delays
    raise ValueError(f"wants seconds from 0 to {LONGEST_DELAY:.0f}, such as 1,5,30")


def _whole(lowest, highest):
    def check(value):
        if not (value.isascii() and value.isdigit() and len(value) < 10 and lowest <= int(value) <= highest):
            raise ValueError(f"wants a number from {lowest} to {highest}")

    return check


def _broker(value):
    with suppress(ValueError):
        parts = urlsplit(value)
        # A port that is none raises only once it is asked for.
        if parts.scheme in ("amqp", "amqps") and parts.port != 0:
            return
    raise ValueError("wants amqp://user:password@host:port/vhost, or amqps://")


def _server(value):
    # Late: only the commands are told the server's owner.
    from psycopg2 import ProgrammingError
    from psycopg2.extensions import parse_dsn

    plain = value.replace("+psycopg2://", "://", 1)
    with suppress(ProgrammingError, ValueError):
        if urlsplit(plain).scheme in ("postgresql", "postgres") and parse_dsn(plain):
            return
    # Never the parser's own words, which show the password.
    raise ValueError("wants postgresql://user:password@host:port/database, with a % of the password as %25")


def _key(value):
    if len(decode_key(value)) < 32:
        raise ValueError("needs 32 bytes in base64")


def _level(value):
    if not isinstance(logging.getLevelName(value.upper()), int):
        raise ValueError("wants DEBUG, INFO, WARNING or ERROR")


def _web_address(value):
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("wants https://desk.example")


def _domain(value):
    if not _DOMAIN.fullmatch(value):
        raise ValueError("wants a domain such as desk.example")


#: What a setting must be where it is there; each raises `ValueError`.
KINDS = {
    "HTTP_PORT": _whole(1, HIGHEST_PORT), "SMTP_PORT": _whole(1, HIGHEST_PORT), "HEALTH_PORT": _whole(0, HIGHEST_PORT),
    "TRUSTED_PROXIES": _whole(0, MOST_PROXIES), "DB_POOL_SIZE": _whole(1, LARGEST_POOL), "AMQP_URI": _broker,
    "DATABASE_URL": _server,
    "RETRY_DELAYS": _seconds, "LOG_LEVEL": _level, "PUBLIC_URL": _web_address, "MAIL_DOMAIN": _domain,
    "SMTP_URL": MailRelay.from_url, "TOKEN_PUBLIC_KEY": _key, "TOKEN_PRIVATE_KEY": _key, "LINK_KEY": _key,
}  # fmt: skip
