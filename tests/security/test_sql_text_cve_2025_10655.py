"""CVE-2025-10655 (Frappe Helpdesk): the dashboard put a filter's value into the text of its SQL.

Here texts of SQL are made when a module is loaded, of constants; while the desk works they only get values. The few
functions that choose among constants by name are known, and what each is given cannot come from a caller.
"""

import ast
import re

from tests.contracts.house import ROOT

#: Functions that put a statement together, and of what: names that stand in the code, never what somebody sent.
BUILDERS = {
    "chassis/prepared.py:__init__": "a constant with its parameters numbered",
    "chassis/rows.py:insert_into": "names and types of a model's columns",
    "chassis/site_tree.py:nearest": "columns and names of rows that services name in their code",
    "chassis/uploads.py:__init__": "columns that a service names, when the module is loaded",
    "services/tickets/access.py:_visible": "constants, when the module is loaded",
    "services/tickets/locked.py:_aside_of": "columns that actions set by keyword",
    "services/tickets/locked.py:_locking": "constants, when the module is loaded",
    "services/tickets/locked.py:_update_of": "columns that actions set by keyword",
    "services/tickets/queries.py:_list_statement": "constants chosen by the names of the contract's filters",
    "services/tickets/queries.py:_page_of": "the constant texts that give the ids of a page",
    "services/tickets/rarity.py:_counts_statement": "a constant with the place of a word",
    "services/tickets/shapes.py:attachments_where": "constants, when the module is loaded",
    "services/tickets/shapes.py:_named": "constants, when the module is loaded",
}
_SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|VALUES|ORDER BY|JOIN|SET|AND|OR|EXECUTE|PREPARE)\b")


def statements_made_in_functions():
    """Return `{file:function}` of all in which a text of SQL is put together."""
    found = set()
    for folder in ("chassis", "services", "gateway"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text()
            if "migrations" not in path.parts and _SQL.search(text):
                found |= {f"{path.relative_to(ROOT)}:{name}" for name in makers_in(text)}
    return found


def makers_in(source):
    """Return the names of the functions of a module that put SQL together."""
    return {
        function.name
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef) and any(map(_is_made_sql, ast.walk(function)))
    }


def _is_made_sql(node):
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        return len(parts) < len(node.values) and _SQL.search(" ".join(parts)) is not None
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mod, ast.Add)):
        return any(_is_sql_text(side) for side in (node.left, node.right))
    return (
        isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") in ("format", "join", "replace")
        and (_is_sql_text(node.func.value))
    )


def _is_sql_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.search(node.value) is not None


def test_statements_are_constants():
    """None is made of values: the list of those that make any is complete."""
    assert statements_made_in_functions() == BUILDERS.keys()


def test_what_a_planted_one_looks_like():
    """All ways of putting a text together are seen, constants are not."""
    planted = "def f(x):\n    return {}\n"
    for made in ('f"SELECT {x}"', '"SELECT a WHERE b = %s" % x', '"SELECT " + x', '"SELECT {}".format(x)',
                 '" AND ".join(x)'):  # fmt: skip
        assert makers_in(planted.format(made)) == {"f"}, made
    assert makers_in(planted.format('load("SELECT a WHERE b = %(b)s", b=x)')) == set()
