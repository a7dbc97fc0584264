"""The house as it is: its services, what they answer, tell and hear, in code and in their README files."""

import ast
import inspect
import re
import textwrap
from functools import cache
from importlib import import_module
from pathlib import Path

from chassis.bus.entrypoints import Every, On, entrypoints_of
from chassis.contract import Contract, Event

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("dispatch", "fieldwork", "identity", "inbound", "notifications", "tickets")
#: The whole list of what is answered without a token.
ANONYMOUS = {
    "identity": {"log_in", "token_for", "register", "registration_request", "confirm_registration"},
    "tickets": {"follow_request", "followed_attachment", "satisfaction_request", "give_satisfaction"},
    "inbound": {"public_form", "submit_webform"},
}


def contract_of(service):
    """Return the contract module of a service."""
    return import_module(f"services.{service}.contract")


def contract_class_of(service):
    """Return the one contract class that a service publishes."""
    (published,) = (
        member
        for member in vars(contract_of(service)).values()
        if isinstance(member, type) and issubclass(member, Contract) and member is not Contract
    )
    assert published.service == service
    return published


def methods_of(service):
    """Return `{name: Method}` of what a service answers."""
    return contract_class_of(service).methods()


def events_of(service):
    """Return `{name: Event class}` of the facts that a service declares."""
    return {
        name: member
        for name, member in vars(contract_of(service)).items()
        if isinstance(member, type) and issubclass(member, Event) and member.source == service
    }


@cache
def service_class(service):
    """Return the class with the entrypoints of a service."""
    module = import_module(f"services.{service}.service")
    (found,) = (
        member
        for member in vars(module).values()
        if isinstance(member, type) and hasattr(member, "contract") and member.name == service
    )
    return found


def heard_by(service):
    """Return `{handler name: Event class}` of what a service listens to."""
    return {name: entrypoint.event for name, entrypoint in entrypoints_of(service_class(service), On).items()}


def timers_of(service):
    """Return the names of the handlers that run by the clock."""
    return set(entrypoints_of(service_class(service), Every))


def permissions_of(service):
    """Return a service's permission table."""
    return import_module(f"services.{service}.access").PERMISSIONS


def permissions_asked(service):
    """Return the permissions that a service's table names, `ANYONE` among them."""
    named = permissions_of(service).values()
    return {one for permission in named for one in (permission if isinstance(permission, tuple) else (permission,))}


def hands_actor_on(service, name):
    """Whether a handler passes its actor, whole, to what it calls."""
    source = textwrap.dedent(inspect.getsource(getattr(service_class(service), name)))
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    passed = [value for call in calls for value in (*call.args, *(keyword.value for keyword in call.keywords))]
    return any(isinstance(value, ast.Name) and value.id == "actor" for value in passed)


def actors_unasked(service):
    """Return the functions of a service, but for its handlers, that take an actor and do not look at it."""
    unasked = []
    for path in sorted((ROOT / "services" / service).rglob("*.py")):
        text = path.read_text()
        if path.name != "service.py" and "actor" in text:
            unasked += [f"{path.relative_to(ROOT)}: {name}" for name in _actors_unasked(ast.parse(text))]
    return unasked


def _actors_unasked(tree):
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            taken = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
            if "actor" in taken and not any(getattr(node, "id", None) == "actor" for node in ast.walk(function)):
                yield function.name


def told_by(service):
    """Return the `Event` classes that a service's code tells, and what cannot be followed.

    Read from the source: the first argument of every `.tell(...)`. Where that is a parameter of the function
    around it, the calls of that function in the same module are followed.
    """
    told, lost = set(), []
    for path in sorted((ROOT / "services" / service).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        text = path.read_text()
        if ".tell(" not in text:  # Most do not, and reading a file's syntax takes time.
            continue
        tree, names = ast.parse(text), _globals_of(path)
        for function, name in _told_names(tree):
            candidates = [name] if name in names else _passed(tree, function, name)
            found = [names[candidate] for candidate in candidates if candidate in names]
            told.update(found)
            if not found or len(found) != len(candidates):
                lost.append(f"{path.relative_to(ROOT)}: {name}")
    return told, lost


def _globals_of(path):
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    members = vars(import_module(module.removesuffix(".__init__")))
    return {name: member for name, member in members.items() if isinstance(member, type) and issubclass(member, Event)}


def _told_names(tree):
    """Yield `(function around it, name)` of each first argument of a `.tell(...)`."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", None) == "tell":
                told = call.args[0]
                for part in (told.body, told.orelse) if isinstance(told, ast.IfExp) else (told,):
                    yield function, ast.unparse(part)


def _passed(tree, function, parameter):
    """Return what the calls of a function in a module pass as a parameter."""
    places = [argument.arg for argument in function.args.args]
    if parameter not in places:
        return []
    place = places.index(parameter)
    calls = [
        call
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", None) == function.name
    ]
    return [ast.unparse(call.args[place]) for call in calls if place < len(call.args)]


def readme_list(service, heading):
    """Return the names that a section of a service's README lists."""
    text = (ROOT / "services" / service / "README.md").read_text()
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    return re.findall(r"^- `(\w+)`", sections[heading], re.MULTILINE)
