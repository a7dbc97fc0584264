"""The checks of this folder, each against a violation planted into a copy of the house: all must turn red."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.contracts.house import ROOT

COPIED = (
    "chassis",
    "services",
    "gateway",
    "infra",
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/proving.py",
    "tests/contracts",
    "pyproject.toml",
    ".importlinter",
)
CHECKS = ("test_walls.py", "test_entrypoints.py", "test_facts.py")


@dataclass(frozen=True)
class Plant:
    """A change to one file of the copy.

    :param path: of the file.
    :param old: text that is replaced, once; empty appends.
    :param new: what stands there then.
    :param red: test that must fail, or the file in which one must.
    :param says: words that its report must hold.
    """

    path: str
    old: str
    new: str
    red: str
    says: str

    def put(self, root):
        """Change the file in the copy at `root`."""
        path = root / self.path
        text = path.read_text()
        assert text.count(self.old) == 1 or not self.old, f"{self.path} has changed: {self.old}"
        path.write_text(text.replace(self.old, self.new) if self.old else text + self.new)


UNDECLARED_EVENT = '''

class NobodyDeclared(Event, source="fieldwork"):
    """Told by code that no contract knows."""


def surprise(work):
    work.tell(NobodyDeclared)
'''
UNTOLD_EVENT = '''

class NobodyTells(Event, source="inbound"):
    """Declared, and told by no code."""
'''
UNDECLARED_LISTENER = '''

class Unheard(Event, source="dispatch"):
    """Heard, and declared by nobody."""


class FieldworkService(FieldworkService):
    """The same service with one ear more."""

    @on(Unheard)
    def unheard(self, work, fact):
        """Wait for ever."""
'''
IMPORTS_EVENT = "from chassis.contract import Event\n"

PLANTS = {
    "another service's model imported": Plant(
        "services/fieldwork/queries.py",
        "",
        "\nfrom services.identity.models import Person as Stranger\n",
        "test_walls.py",
        "services.fieldwork.queries -> services.identity.models",
    ),
    "another service's model imported within a function": Plant(
        "services/dispatch/access.py",
        "",
        "\n\ndef peep():\n    from services.tickets import models\n\n    return models\n",
        "test_walls.py",
        "services.dispatch.access -> services.tickets.models",
    ),
    "nameko in a domain module": Plant(
        "services/fieldwork/domain.py",
        "",
        "\nimport nameko\n",
        "test_walls.py",
        "services.fieldwork.domain -> nameko",
    ),
    "the database in a contract": Plant(
        "services/fieldwork/contract/answers.py",
        "",
        "\nfrom chassis.files import FileStore\n",
        "test_walls.py",
        "services.fieldwork.contract.answers -> chassis.files",
    ),
    "a door to the outside in a domain module": Plant(
        "services/fieldwork/domain.py",
        "",
        "\nimport socket\n",
        "test_walls.py",
        "services/fieldwork/domain.py imports socket",
    ),
    "a door to the outside in the parsing of mails": Plant(
        "services/inbound/parsing/bodies.py",
        "",
        "\nimport socket\n",
        "test_walls.py",
        "services/inbound/parsing/bodies.py imports socket",
    ),
    "the file store in the parsing of mails": Plant(
        "services/inbound/parsing/attachments.py",
        "",
        "\nfrom chassis.files import FileStore\n",
        "test_walls.py",
        "services.inbound.parsing.attachments -> chassis.files",
    ),
    "a look at the clock in an action": Plant(
        "services/fieldwork/actions/completion.py",
        "",
        "\n\ndef today():\n    from datetime import datetime\n\n    return datetime.now().date()\n",
        "test_walls.py",
        "services/fieldwork/actions/completion.py",
    ),
    "a time that an action is given and does not read": Plant(
        "services/fieldwork/actions/service_types.py",
        "",
        "\n\ndef name_of(service_type, *, now):\n    return service_type.name\n",
        "test_walls.py",
        "services/fieldwork/actions/service_types.py: name_of",
    ),
    "a time that an action is given beside its work's": Plant(
        "services/inbound/actions/copies.py",
        "",
        "\n\ndef keep_until(work, *, now):\n    return now\n",
        "test_walls.py",
        "services/inbound/actions/copies.py: keep_until",
    ),
    "kombu in an action": Plant(
        "services/fieldwork/actions/plans.py",
        "",
        "\nimport kombu\n",
        "test_walls.py",
        "services.fieldwork.actions.plans -> kombu",
    ),
    "eventlet in an entrypoint": Plant(
        "services/fieldwork/service.py",
        "",
        "\nimport eventlet\n",
        "test_walls.py",
        "services.fieldwork.service -> eventlet",
    ),
    "a server of this machine in what an installation is": Plant(
        "infra/keys.py",
        "",
        "\nfrom infra.local.ending import end\n",
        "test_walls.py",
        "infra.keys -> infra.local.ending",
    ),
    "a command in a desk on this machine": Plant(
        "infra/local/ending.py",
        "",
        "\nfrom infra.cli import mails\n",
        "test_walls.py",
        "infra.local.ending -> infra.cli.mails",
    ),
    "a service's queries in the gateway": Plant(
        "gateway/health.py",
        "",
        "\nfrom services.fieldwork import queries\n",
        "test_walls.py",
        "gateway.health -> services.fieldwork.queries",
    ),
    "a service in the chassis": Plant(
        "chassis/clock.py",
        "",
        "\nfrom services.identity import contract\n",
        "test_walls.py",
        "chassis.clock -> services.identity.contract",
    ),
    "a service that asks another": Plant(
        "services/fieldwork/actions/plans.py",
        "",
        "\n\ndef ask(uri):\n    from chassis.bus.client import RpcClient\n\n    return RpcClient.connect(uri)\n",
        "test_walls.py",
        "services.fieldwork.actions.plans -> chassis.bus.client",
    ),
    "the database's driver in the gateway": Plant(
        "gateway/health.py",
        "",
        "\nimport psycopg2\n",
        "test_walls.py",
        "gateway.health -> psycopg2",
    ),
    "a database in the gateway": Plant(
        "gateway/documents.py",
        "",
        "\nfrom chassis.database import Database\n",
        "test_walls.py",
        "gateway.documents -> chassis.database",
    ),
    "a way out in an action": Plant(
        "services/tickets/actions/categories.py",
        "",
        "\n\ndef fetch(url):\n    import urllib.request\n\n    return urllib.request.urlopen(url)\n",
        "test_walls.py",
        "services/tickets/actions/categories.py imports urllib.request",
    ),
    "a way out imported from its package": Plant(
        "gateway/parsing.py",
        "",
        "\nfrom http import client\n",
        "test_walls.py",
        "gateway/parsing.py imports http.client",
    ),
    "a way out in the chassis": Plant(
        "chassis/links.py",
        "",
        "\nimport socket\n",
        "test_walls.py",
        "chassis/links.py imports socket",
    ),
    "a transaction committed by an action that is given it": Plant(
        "services/tickets/actions/categories.py",
        "",
        "\n\ndef hurry(work):\n    work.session.commit()\n",
        "test_walls.py",
        "calls work.session.commit()",
    ),
    "a transaction ended beside one of one's own": Plant(
        "services/fieldwork/actions/incidents.py",
        "",
        "\n\ndef note(work):\n    with work.database.work() as own:\n        own.commit()\n    work.commit()\n",
        "test_walls.py",
        "calls work.commit()",
    ),
    "a transaction rolled back by whoever asks": Plant(
        "services/fieldwork/queries.py",
        "",
        "\n\ndef forget(work):\n    with work.database.work() as own:\n        own.rollback()\n",
        "test_walls.py",
        "calls own.rollback()",
    ),
    "a file of tests imported by another": Plant(
        "tests/contracts/house.py",
        "",
        "\n\ndef linted():\n    from tests.contracts import test_style\n\n    return test_style.said_by_ruff()\n",
        "test_walls.py::test_no_file_of_tests_is_imported",
        "tests/contracts/house.py imports tests.contracts.test_style",
    ),
    "an entrypoint under another name": Plant(
        "services/tickets/service.py",
        "    def create_category(self",
        "    def make_category(self",
        "test_entrypoints.py::test_every_method_is_answered_and_no_other[tickets]",
        "'make_category'",
    ),
    "an entrypoint with another argument": Plant(
        "services/fieldwork/service.py",
        "def validate_intervention(self, work, actor, intervention_id)",
        "def validate_intervention(self, work, actor, work_order_id)",
        "test_entrypoints.py::test_every_handler_takes_what_its_contract_takes[fieldwork]",
        "'work_order_id'",
    ),
    "a method missing in the permission table": Plant(
        "services/fieldwork/access.py",
        '    "validate_intervention": "work.validate",\n',
        "",
        "test_entrypoints.py::test_the_permission_table_covers_exactly_the_methods_that_need_a_token[fieldwork]",
        "-     'validate_intervention'",
    ),
    "a permission that nobody can have": Plant(
        "services/fieldwork/access.py",
        '"complete_intervention": "interventions.read"',
        '"complete_intervention": "interventions.reed"',
        "test_entrypoints.py::test_every_permission_can_be_had[fieldwork]",
        "{'interventions.reed'} == set()",
    ),
    "an action that is not told who asks": Plant(
        "services/inbound/service.py",
        "actions.change_mailbox(work, actor, **arguments",
        "actions.change_mailbox(work, work.actor, **arguments",
        "test_entrypoints.py::test_every_handler_hands_its_actor_on[inbound]",
        "{'change_mailbox'} == set()",
    ),
    "an action that does not look at who asks": Plant(
        "services/tickets/actions/categories.py",
        '    require_all(actor, "categories.write")\n    _require_usergroup(work, usergroup_id)\n',
        "    _require_usergroup(work, usergroup_id)\n",
        "test_entrypoints.py",
        "services/tickets/actions/categories.py: create_category",
    ),
    "one more method without a token": Plant(
        "services/fieldwork/contract/__init__.py",
        "gives=ServiceTypes,",
        "gives=ServiceTypes, anonymous=True,",
        "test_entrypoints.py::test_the_list_of_anonymous_methods_is_short_and_known",
        "{'fieldwork': {'list_service_types'}}",
    ),
    "a listener for an event that nobody declared": Plant(
        "services/fieldwork/service.py",
        "",
        f"\n\n{IMPORTS_EVENT}{UNDECLARED_LISTENER}",
        "test_entrypoints.py",
        "unheard hears Unheard",
    ),
    "a README that has not heard of a method": Plant(
        "services/fieldwork/README.md",
        "- `clock_in`: records",
        "- clock_in: records",
        "test_entrypoints.py::test_the_readme_lists_what_is_answered_told_and_heard[fieldwork]",
        "-         'clock_in'",
    ),
    "an event told that nobody declared": Plant(
        "services/fieldwork/actions/plans.py",
        "",
        f"\n\n{IMPORTS_EVENT}{UNDECLARED_EVENT}",
        "test_facts.py",
        "NobodyDeclared",
    ),
    "an event declared that nobody tells": Plant(
        "services/inbound/contract/__init__.py",
        "",
        f"\n\n{IMPORTS_EVENT}{UNTOLD_EVENT}",
        "test_facts.py::test_what_is_told_is_what_the_contract_declares[inbound]",
        "'NobodyTells'",
    ),
    "a required field that earlier facts lack": Plant(
        "services/fieldwork/contract/facts.py",
        '    """A worker is on site."""\n',
        '    """A worker is on site."""\n\n    tag = fields.String(required=True)\n',
        "test_facts.py::test_the_stored_example_still_loads[fieldwork-ClockedIn]",
        "{'tag': ['Missing data for required field.']}",
    ),
}
#: What tests say that fail besides, of the entrypoint under another name and of the event that nobody tells.
BESIDES = ("'TicketsService' has no attribute 'create_category'", "NobodyTells")


def copy_to(folder):
    """Copy the house into a folder."""
    skip = shutil.ignore_patterns("test_planted.py")
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=skip)
        else:
            shutil.copy(source, target)


def checked(root):
    """Run the checks of a copy against that copy; return the process that ended."""
    command = [sys.executable, "-m", "pytest", "-q", "-W", "ignore", *(f"tests/contracts/{file}" for file in CHECKS)]
    # Under CI pytest names each failure with its whole message, however narrow the terminal.
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    """The failures, with their messages, of a copy with everything planted; in one, because a run takes seconds."""
    root = tmp_path_factory.mktemp("planted")
    copy_to(root)
    for plant in PLANTS.values():
        plant.put(root)
    ended = checked(root)
    assert ended.returncode == 1, ended.stdout
    return re.findall(r"^FAILED .*?(?=^FAILED |\Z)", ended.stdout, re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_a_planted_violation_turns_the_checks_red(failures, plant):
    """And the report names it, beside the others."""
    of_file = [failure for failure in failures if failure.startswith(f"FAILED tests/contracts/{plant.red}")]
    assert any(plant.says in failure for failure in of_file), of_file


@pytest.mark.timeout(180)
def test_what_is_planted_turns_nothing_else_red(failures):
    """Else the copy would lack something, and be red for that: what is red here is so for what is planted."""
    said = [(f"FAILED tests/contracts/{plant.red}", plant.says) for plant in PLANTS.values()]
    unplanted = [
        failure
        for failure in failures
        if not any(failure.startswith(red) and says in failure for red, says in said)
        and not any(besides in failure for besides in BESIDES)
    ]
    assert unplanted == []
