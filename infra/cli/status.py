"""Shows what runs in this VAR_DIR; exit code 0 when everything is ready."""

import argparse
import json

from infra.installation import Installation
from infra.local.programs import is_ready_at
from infra.local.state import State
from infra.terminal import counted, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--json", action="store_true", help="one object on stdout")


def run(args: argparse.Namespace) -> int:
    """Asks every process and prints a line for each."""
    state = State(Installation.from_environment().var_dir)
    is_held = state.is_held()
    record = state.running()
    left = 0 if is_held else len(state.survivors())
    rows = [_looked_at(row) for row in record.get("processes", ())]
    is_ready = bool(rows) and all(row["ready"] for row in rows)
    if args.json:
        shown = {name: record.get(name) for name in ("pid", "mode", "base_url", "http_port", "smtp_port")}
        say(json.dumps({"running": bool(record), "ready": is_ready, "left_behind": left, **shown, "processes": rows}))
    elif left:
        behind = counted(left, "process", "processes")
        say(f"The desk was killed and left {behind} behind: ./desk up starts it anew, ./desk down ends what is left.")
    elif not record:
        say("The desk is just starting." if is_held else "Nothing runs here.")
    else:
        say(f"{record['base_url']}, mail on port {record['smtp_port']}, {record['mode']}, pid {record['pid']}")
        for row in rows:
            words = "ready" if row["ready"] else "not ready"
            restarts = f", {counted(row['restarts'], 'restart', 'restarts')}" if row["restarts"] else ""
            say(f"  {row['name']:<18}{row['pid'] or '-':>8}  {words}{restarts}")
    return 0 if is_ready else 1


def _looked_at(row: dict) -> dict:
    """A row of the record, with readiness as it is now where it can be asked."""
    is_ready = is_ready_at(row["ready_url"]) if row["ready_url"] else row["ready"]
    return {
        **{name: row[name] for name in ("name", "kind", "pid", "restarts", "ready_url")},
        "ready": is_ready,
    }
