"""What refusals the code of a method can come to: read from the code, by whatever its functions name.

Whoever is named is taken for called, so that a little too much is found rather than too little.
"""

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

from chassis.errors import ERRORS
from tests.contracts.house import ROOT

#: Rooms of the chassis in which refusals of business are made, beside a service's own.
SHARED = ("chassis.actors", "chassis.cursors", "chassis.files", "chassis.uploads", "chassis.versions")
#: Kinds of refusals as callers are told them, by the name of what is raised.
KINDS = {name: name for name in ERRORS} | {"NotHereYet": "NotFound"}
#: What else is called so is meant: the database is read everywhere, a file by no method.
OTHERS = {"FileStore.read"}


@dataclass
class Room:
    """A module: its functions, tables and methods (`Class.method`) by name, and what its names stand for elsewhere."""

    tree: ast.Module
    parts: dict = field(default_factory=dict)
    imports: dict = field(default_factory=dict)


@cache
def rooms_of(service):
    """Return `{dotted name: Room}` of what a service's methods can come to."""
    home = ROOT / "services" / service
    paths = [path for path in sorted(home.rglob("*.py")) if "contract" not in path.relative_to(home).parts]
    paths += [ROOT / f"{name.replace('.', '/')}.py" for name in SHARED]
    rooms = {}
    for path in paths:
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        rooms[dotted] = _room(ast.parse(path.read_text()))
    return rooms


def _room(tree):
    room = Room(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            room.parts[node.name] = node
        elif isinstance(node, ast.ClassDef):
            room.parts |= {f"{node.name}.{part.name}": part for part in node.body if isinstance(part, ast.FunctionDef)}
        elif isinstance(node, ast.Assign):
            room.parts |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            room.imports |= {name.asname or name.name: (node.module, name.name) for name in node.names}
    return room


def refusals_of(service, name):
    """Return the `(kind, pattern of the code)` that a method can come to; a code is whole where the code spells it.

    :param name: of the method.
    """
    entry = f"services.{service}.service"
    todo = [(entry, part) for part in rooms_of(service)[entry].parts if part.endswith(f".{name}")]
    seen = set(todo)
    found = set()
    while todo:
        made, named = _looked_at(service, *todo.pop())
        found |= made
        new = named - seen
        seen |= new
        todo += new
    return found


@cache  # Most parts belong to many methods.
def _looked_at(service, dotted, part):
    """Return what `made_in` and `_named_in` say of a part."""
    room = rooms_of(service)[dotted]
    return made_in(room, room.parts[part]), _named_in(service, dotted, part)


def _named_in(service, dotted, part):
    """Return the parts, as `(room, name)`, that a part names."""
    rooms, found = rooms_of(service), set()
    for node in ast.walk(rooms[dotted].parts[part]):
        if isinstance(node, ast.Name):
            found |= _resolved(rooms, dotted, node.id)
        elif isinstance(node, ast.Attribute):
            found |= _attribute(service, dotted, node)
    return found


def _resolved(rooms, dotted, name):
    if name in rooms[dotted].parts:
        return {(dotted, name)}
    module, other = rooms[dotted].imports.get(name, (None, None))
    return _resolved(rooms, module, other) if module in rooms else set()


def _attribute(service, dotted, node):
    """Return what `module.name` or, of any thing, `thing.method` may be."""
    rooms = rooms_of(service)
    if isinstance(node.value, ast.Name) and node.value.id in rooms[dotted].imports:
        module = ".".join(rooms[dotted].imports[node.value.id])
        return _resolved(rooms, module, node.attr) if module in rooms else set()
    return _methods_of(service).get(node.attr, set())


@cache
def _methods_of(service):
    """Return `{name: {(room, Class.name)}}` of all methods."""
    methods = defaultdict(set)
    for room, looked_at in rooms_of(service).items():
        for part in looked_at.parts.keys() - OTHERS:
            if "." in part:
                methods[part.rpartition(".")[2]].add((room, part))
    return methods


def made_in(room, part=None):
    """Return the `(kind, pattern of the code)` of the refusals that a room makes, or one part of it."""
    part = part or room.tree
    kinds = KINDS | _chosen_in(part)
    found = set()
    for call in (node for node in ast.walk(part) if isinstance(node, ast.Call) and node.args):
        made = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        if isinstance(made, ast.Name) and made.id in kinds:
            found.add((kinds[made.id], _pattern(room, call.args[0])))
    return found


def _chosen_in(part):
    """Return the names that stand for a kind of refusal, as in `refusal = NotHereYet if may_come else NotFound`."""
    chosen = {}
    for node in (node for node in ast.walk(part) if isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp)):
        among = {KINDS.get(getattr(side, "id", None)) for side in (node.value.body, node.value.orelse)} - {None}
        chosen |= {target.id: kind for target in node.targets for kind in among}
    return chosen


def _pattern(room, argument):
    if isinstance(argument, ast.Constant):
        return argument.value
    if isinstance(argument, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "[a-z_]+" for part in argument.values)
    # A row of a table, as in `Conflict(*REFUSALS[status])`.
    table, row = room.parts[argument.value.value.id].value, argument.value.slice
    if isinstance(row, ast.Constant):
        return ast.literal_eval(table)[row.value][0]
    return "|".join(sorted({code for code, _ in ast.literal_eval(table).values()}))
