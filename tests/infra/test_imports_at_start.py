"""`./desk up` starts with little: what takes long to import is imported where it is needed."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from chassis.settings import normalised
from infra.database_urls import _PLAIN, login_of
from infra.installation import Installation
from infra.keys import NAMES, keys_in, made_keys
from infra.processes import SERVICES
from tests.infra.conftest import ROOT

#: What an installation that is there does before it starts a program.
SECOND_START = """
import sys
from infra.cli import up
from infra.local.running import RunningDesk
from infra.database_urls import login_of
from infra.installation import Installation
from infra.processes import SERVICES

installation = Installation.from_environment()
assert len(installation.id) == 16
for service in SERVICES:
    url = installation.service_url(service, "postgresql://owner:its-password@127.0.0.1:5432/postgres")
    print(login_of(url).role)
print(sorted({"sqlalchemy", "alembic", "cryptography", "joserfc", "flask", "eventlet"} & sys.modules.keys()))
"""


def test_second_start_imports_nothing_that_takes_long(settings, tmp_path):
    Installation({"VAR_DIR": str(tmp_path / "var")}).make_var_dir()
    keys_in(tmp_path / "var" / "secrets.env")
    told = subprocess.run([sys.executable, "-c", SECOND_START], cwd=ROOT, capture_output=True, text=True)
    assert told.stderr == ""
    assert told.stdout.splitlines() == [*(f"fielddesk_{service}" for service in SERVICES), "[]"]


def test_every_secret_that_is_made_is_looked_for():
    assert made_keys().keys() == NAMES


@given(st.from_regex(_PLAIN, fullmatch=True))
def test_plain_url_is_read_as_the_services_read_it(url):
    target, read = make_url(normalised(url)), login_of(url)
    there = target.translate_connect_args(username="user", database="dbname")
    assert (read.role, read.password) == (target.username, target.password)
    assert {**read.parameters, "port": int(read.parameters["port"])} == there


@pytest.mark.parametrize(
    "url",
    [
        "tickets.db",
        "postgresql://u:secret@server:port/name",
        "postgresql://server/name",
        "mysql://u:secret@server/name",
    ],
)
def test_url_that_names_no_role_leads_nowhere(url):
    with pytest.raises(ValueError, match="^a database URL ") as refusal:
        login_of(url)
    assert "secret" not in str(refusal.value)
