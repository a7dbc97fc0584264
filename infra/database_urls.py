"""Databases' URLs, read as the services read them, and never shown: they hold passwords."""

import re
from typing import NamedTuple

import psycopg2
from psycopg2.extensions import parse_dsn

from chassis.settings import normalised

CONNECT_SECONDS = 10
#: URLs as an installation makes them, which everybody reads alike.
_PLAIN = re.compile(r"postgresql://\w+:[\w-]+@[a-z0-9][a-z0-9.-]*:[1-9][0-9]{0,4}/\w+", re.ASCII)


class Login(NamedTuple):
    """What a database URL says: role and password, and with them where it leads, as libpq's parameters."""

    role: str
    password: str
    parameters: dict


def login_of(url: str) -> Login:
    """A database URL taken apart as the services do it; libpq minds a bare % in a password, and shows the password.

    A ValueError where it cannot be, or names no role: without parameters libpq would enter a server of its own choice.
    """
    if _PLAIN.fullmatch(url):
        parameters = parse_dsn(url)
        return Login(parameters["user"], parameters["password"], parameters)
    # Imported here: it takes as long as everything else of the command line.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    try:
        target = make_url(normalised(url))
    except (SQLAlchemyError, ValueError):
        # Their words would show the password.
        raise ValueError("a database URL that cannot be read") from None
    if target.drivername != "postgresql+psycopg2":
        raise ValueError("a database URL of another kind of server")
    if not target.username:
        raise ValueError("a database URL without a role")
    parameters = {**target.translate_connect_args(username="user", database="dbname"), **target.query}
    return Login(target.username, target.password or "", parameters)


def connected(url: str, **options) -> psycopg2.extensions.connection:
    """An open connection to a service's database.

    options: further arguments of psycopg2. Raises psycopg2.Error where the server is away or refuses.
    """
    return psycopg2.connect(**{"connect_timeout": CONNECT_SECONDS, **login_of(url).parameters, **options})
