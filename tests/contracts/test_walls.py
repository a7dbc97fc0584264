"""The walls: who may import whom, held by import-linter (`.importlinter`), and what pure means."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.house import ROOT, SERVICES

#: What domains and contracts may import beside each other and the quiet part of the standard library.
PURE_LIBRARIES = {"babel", "email_validator", "holidays", "idna", "marshmallow"}
#: What the parsing of mails may import beside that.
PARSERS = {"mailparser_reply", "py3langid"}
PURE_CHASSIS = {
    "chassis.actors",
    "chassis.addresses",
    "chassis.contract",
    "chassis.errors",
    "chassis.file_names",
    "chassis.languages",
    "chassis.networks",
    "chassis.time_zones",
}
#: Doors of the standard library to the world outside; a clock is one.
DOORS = {
    "asyncio", "ctypes", "fcntl", "ftplib", "glob", "http", "imaplib", "io", "logging", "multiprocessing",
    "os", "pathlib", "poplib", "random", "secrets", "select", "shutil", "signal", "smtplib", "socket",
    "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib.request",
}  # fmt: skip
#: What speaks with the world outside, and the rooms whose work that is.
WAYS_OUT = {
    "aiohttp", "ftplib", "http.client", "httpx", "imapclient", "imaplib", "poplib", "requests", "smtplib", "socket",
    "ssl", "urllib.request", "urllib3",
}  # fmt: skip
ROOMS_WITH_A_WAY_OUT = (
    "chassis/bus/rabbit",
    "gateway/hasty_socket.py",
    "services/inbound/parser.py",
    "services/inbound/parsing/__main__.py",
    "services/notifications/senders",
)
#: Where transactions are made, and the edge that opens one for each call and fact and ends it.
ROOMS_OF_TRANSACTIONS = ("chassis/bus", "chassis/database", "chassis/migrations.py")
ENDS_OF_TRANSACTIONS = ("begin_nested", "commit", "rollback")


def test_the_walls_stand():
    """All contracts of `.importlinter` are kept; the report says which import breaks one."""
    # A process of its own: in ours it would silence every logger that is there.
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, "10 kept, 0 broken" in done.stdout) == (0, True), done.stdout


def pure_files(service):
    """Return the files of a service's domain and contract, and of inbound's parsing but for its process."""
    home = ROOT / "services" / service
    for room in ("domain", "contract", "parsing"):
        yield from home.glob(f"{room}.py")
        yield from sorted(path for path in (home / room).rglob("*.py") if path.name != "__main__.py")


def imported_by(path):
    """Return the dotted names of the modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
    return found


def is_pure(module, service, is_parsing=False):
    """Whether domain or contract of a service, or its parsing, may import a module."""
    if module.startswith("services."):
        _, owner, room, *_ = module.split(".")
        return room == "contract" or (owner == service and (room == "domain" or (is_parsing and room == "parsing")))
    if module.startswith("chassis"):
        return module in PURE_CHASSIS
    top = module.split(".")[0]
    if top in sys.stdlib_module_names:
        return top not in DOORS and module not in DOORS
    return top in PURE_LIBRARIES or (is_parsing and top in PARSERS)


@pytest.mark.parametrize("service", SERVICES)
def test_domain_contract_and_parsing_are_pure(service):
    """They import rules, schemas and the quiet part of the standard library, and nothing else."""
    files = list(pure_files(service))
    assert len(files) >= 2
    impure = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files
        for module in imported_by(path)
        if not is_pure(module, service, is_parsing="parsing" in path.parts)
    }
    assert impure == set()


def files_outside(rooms, *folders, saying):
    """Return the files of folders of the house but for some rooms (folders or files).

    :param saying: words of which a file must hold one: most hold none, and reading a file's syntax takes time.
    """
    files = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    others = [path for path in files if not any(path.is_relative_to(ROOT / room) for room in rooms)]
    texts = {path: path.read_text() for path in others}
    return [path for path, text in texts.items() if any(word in text for word in saying)]


def named_by(path):
    """Return what a file imports, as a name in a package, too (`from http import client`)."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    return imported_by(path) | {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}


def ways_out_of(path):
    """Return what a file imports to speak with the outside."""
    return WAYS_OUT & named_by(path)


def test_only_rooms_made_for_it_have_a_way_out():
    """What waits for strangers would hold a transaction or a place meanwhile, and none may name an address for us."""
    packages = {module.split(".")[0] for module in WAYS_OUT}
    imports = {f"{word} {package}" for package in packages for word in ("import", "from")}
    leading_out = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files_outside(ROOMS_WITH_A_WAY_OUT, "chassis", "services", "gateway", saying=imports)
        for module in ways_out_of(path)
    }
    assert leading_out == set()


@pytest.mark.parametrize("room", ROOMS_WITH_A_WAY_OUT)
def test_every_room_with_a_way_out_needs_it(room):
    """One that has no use for it any more is taken off the list."""
    files = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
    assert any(ways_out_of(path) for path in files)


def transactions_ended_by(tree):
    """Return the calls that end or part a transaction which the function around them has not opened itself."""
    ending = {call for call in ast.walk(tree) if isinstance(call, ast.Call) and ends_a_transaction(call)}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            opened = works_opened_by(function)
            ending -= {call for call in ast.walk(function) if call in ending and ast.unparse(call.func) in opened}
    return ending


def ends_a_transaction(call):
    """Whether a call is such as `work.commit()`."""
    return getattr(call.func, "attr", None) in ENDS_OF_TRANSACTIONS


def works_opened_by(function):
    """Return what a function may call: `work.commit` where it says `with database.work() as work`."""
    items = [item for node in ast.walk(function) if isinstance(node, ast.With) for item in node.items]
    return {
        f"{ast.unparse(item.optional_vars)}.commit"
        for item in items
        if getattr(getattr(item.context_expr, "func", None), "attr", None) == "work" and item.optional_vars
    }


def test_whoever_is_given_a_transaction_does_not_end_it():
    """A change and its facts are one: they are committed where the transaction was opened, and there only."""
    ending = {
        f"{path.relative_to(ROOT)}:{call.lineno} calls {ast.unparse(call)}"
        for path in files_outside(
            ROOMS_OF_TRANSACTIONS, "chassis", "services", "gateway", "infra", saying=ENDS_OF_TRANSACTIONS
        )
        for call in transactions_ended_by(ast.parse(path.read_text()))
    }
    assert ending == set()


def ruled_by_a_given_clock(service):
    """Return the files of a service's actions and domain."""
    home = ROOT / "services" / service
    for room in ("actions", "domain"):
        yield from home.glob(f"{room}.py")
        yield from sorted((home / room).rglob("*.py"))


def looks_at_the_clock(node):
    """Whether a piece of code asks what time it is, such as `datetime.now(UTC)` or `time()`.

    How long something takes (`monotonic`) may be measured.
    """
    if isinstance(node, ast.ImportFrom):
        return node.module == "chassis.clock" or (node.module == "time" and "time" in {one.name for one in node.names})
    asks = {"datetime": {"now", "utcnow", "today"}, "date": {"today"}, "time": {"time", "time_ns"}}
    return isinstance(node, ast.Attribute) and node.attr in asks.get(ast.unparse(node.value).split(".")[-1], ())


@pytest.mark.parametrize("service", SERVICES)
def test_actions_and_domain_are_given_the_time(service):
    """One `now` for a whole transaction, which tests choose: the work's, or the argument of that name."""
    looking = {
        f"{path.relative_to(ROOT)}:{node.lineno} looks at the clock"
        for path in ruled_by_a_given_clock(service)
        for node in ast.walk(ast.parse(path.read_text()))
        if looks_at_the_clock(node)
    }
    assert looking == set()


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_sleeps(service):
    """It would hold a transaction, a place or both meanwhile; what is not here yet is waited for at the bus's edge."""
    sleeping = {
        f"{path.relative_to(ROOT)}:{node.lineno} sleeps"
        for path in files_outside((), f"services/{service}", saying=("sleep",))
        for node in ast.walk(ast.parse(path.read_text()))
        if "sleep" in (getattr(node, "attr", None), getattr(node, "id", None), getattr(node, "name", None))
    }
    assert sleeping == set()


def functions_of_actions_and_domain(service):
    """Yield each function with the names of its arguments and how it is called in a report."""
    for path in ruled_by_a_given_clock(service):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                takes = {one.arg for one in function.args.args + function.args.kwonlyargs}
                yield function, takes, f"{path.relative_to(ROOT)}: {function.name}"


@pytest.mark.parametrize("service", SERVICES)
def test_whoever_is_given_the_time_uses_it(service):
    """An argument `now` that nothing reads would promise more than is true."""
    idle = {
        name
        for function, takes, name in functions_of_actions_and_domain(service)
        if "now" in takes and "now" not in {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    }
    assert idle == set()


@pytest.mark.parametrize("service", SERVICES)
def test_whoever_has_a_work_takes_the_time_from_it(service):
    """Two clocks in one action could differ."""
    assert {name for _, takes, name in functions_of_actions_and_domain(service) if takes >= {"work", "now"}} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service):
    """Whoever knows one knows all."""
    home = ROOT / "services" / service
    rooms = ("contract", "service", "actions", "domain", "access", "queries", "models")
    there = {path.stem for path in home.glob("*.py")}
    there |= {path.parent.name for path in home.glob("*/__init__.py")}
    assert set(rooms) - there == set()
    assert (home / "README.md").exists()
    assert sorted((home / "migrations" / "versions").glob("0001_*.py")) != []


def test_no_service_is_forgotten():
    """These tests look at every folder of services/."""
    folders = {path.parent.name for path in (ROOT / "services").glob("*/__init__.py")}
    assert folders == set(SERVICES)


def test_no_file_of_tests_is_imported():
    """It holds tests alone: what several share stands in a file that is named for it."""
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "tests").rglob("test_*.py")}
    packages = {name.rpartition(".")[0] for name in files}
    imported = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files_outside((), "tests", saying={".test_", *(f"from {name} import" for name in packages)})
        for module in named_by(path) & files
    }
    assert imported == set()
