"""Whoever is refused is told why: no refusal is raised without its sentence."""

import ast
from inspect import Parameter, signature

import pytest

from chassis.errors import ERRORS, DomainError
from tests.contracts.house import ROOT

ROOMS = ("services", "chassis", "gateway", "infra")
KINDS = {*ERRORS, "DomainError"}


def refusals_in(tree):
    """Yield the calls that make a refusal, `TooMany.until(...)` among them."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            made = call.func.value if isinstance(call.func, ast.Attribute) else call.func
            if isinstance(made, ast.Name) and made.id in KINDS:
                yield call


def is_silent(call):
    """Whether a refusal has no sentence, or a blank one; what is not written out is taken for one."""
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return False
    named = [keyword.value for keyword in call.keywords if keyword.arg == "detail"]
    details = [*call.args[1:2], *named]
    return not details or (isinstance(details[0], ast.Constant) and not str(details[0].value or "").strip())


def test_every_refusal_says_why():
    """In services, chassis, gateway and the commands."""
    texts = {path.relative_to(ROOT): path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    found = {
        f"{path}:{call.lineno}": is_silent(call)
        for path, text in texts.items()
        if any(kind in text for kind in KINDS)  # Most make none, and reading a file's syntax takes time.
        for call in refusals_in(ast.parse(text))
    }
    assert [place for place, silent in found.items() if silent] == []
    assert len(found) > 90, "the refusals are made otherwise now: this test sees none of them"


def test_no_refusal_can_be_made_without_a_sentence():
    """Python sees to those that are made of a table, or of what came over the bus."""
    for kind in ERRORS.values():
        assert signature(kind).parameters["detail"].default is Parameter.empty
    with pytest.raises(TypeError):
        DomainError("mailbox_not_found")


@pytest.mark.parametrize(
    ("written", "silent"),
    [
        ('NotFound("x")', True),
        ("NotFound(absent)", True),
        ('NotFound("x", "")', True),
        ('NotFound("x", " ", {"fields": {}})', True),
        ('NotFound("x", None)', True),
        ('NotFound("x", detail="")', True),
        ('TooMany.until("x", "", moment, now)', True),
        ('NotFound("x", "There is no such thing.")', False),
        ('NotFound("x", f"There is no such {thing}.")', False),
        ('NotFound("x", detail=sentence)', False),
        ("Conflict(*TABLE[status])", False),
    ],
)
def test_what_is_silent_is_seen(written, silent):
    """Else the first test would show nothing."""
    (call,) = refusals_in(ast.parse(f"raise {written}"))
    assert is_silent(call) == silent
