"""The written table of what each role may ask."""

from pathlib import Path

from services.identity.domain import ROLES

TABLE = Path(__file__).parent / "expected" / "roles.txt"
MAY, MAY_NOT = "x", "-"


def written_table():
    """Return `{(method, role): whether}` as the table says it; `method` with its service."""
    header, *rows = (line.split() for line in TABLE.read_text().splitlines())
    return {(row[0], role): mark == MAY for row in rows for role, mark in zip(header[1:], row[1:], strict=True)}


def shown(found):
    """Return a table as it is written."""
    methods = list(dict.fromkeys(method for method, _ in found))
    width = max(map(len, methods))
    lines = [f"{'method':{width}} {' '.join(ROLES)}"]
    for method in methods:
        marks = (f"{MAY if found[method, role] else MAY_NOT:^{len(role)}}" for role in ROLES)
        lines.append(f"{method:{width}} {' '.join(marks)}".rstrip())
    return "\n".join(lines) + "\n"
