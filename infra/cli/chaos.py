"""Sends load, kills every kind of process, the broker and PostgreSQL with -9, then counts what is lost or doubled.

The last line reads `lost: 0 duplicated: 0 kills: N accepted: N`; the exit code is 0 only then, and only if the desk
ends well afterwards.
"""

import dataclasses
import json
import shutil
import tempfile
import time
from pathlib import Path

from infra.chaos.run import Run
from infra.numbers import whole
from infra.terminal import say, warn
from infra.trial import TrialDesk

QUICK = {"inputs": 300, "kills": 3}
FULL = {"inputs": 1000, "kills": 10}
#: Retries that come sooner than in production, so that a run has an end.
SETTINGS = {"RETRY_DELAYS": "1,2,5,10,20"}
SHOWN = 20  # Findings of each sort that are printed.


def add_arguments(parser) -> None:
    """Declares what the command takes."""
    parser.add_argument("--quick", action="store_true", help="300 inputs and 3 kills of each kind")
    parser.add_argument("--inputs", type=whole(1), help="of each kind at least")
    parser.add_argument("--kills", type=whole(0), help="of each kind of process; 0 kills nothing")
    parser.add_argument("--seed", type=int, default=1, help="of the order of kills")
    parser.add_argument("--embedded", action="store_true", help="on the local bus instead of RabbitMQ")
    parser.add_argument("--json", action="store_true", help="one object on stdout instead of sentences")


def run(args) -> int:
    """Runs it on a desk of its own."""
    size = {**(QUICK if args.quick else FULL)}
    size |= {name: value for name in size if (value := getattr(args, name)) is not None}
    began = time.monotonic()
    chaos, report, ended = _run_on_a_desk(args, **size)
    seconds = round(time.monotonic() - began)
    if args.json:
        say(json.dumps(_as_json(args.seed, chaos, report, seconds)))
    else:
        _say_findings(report)
        _say_result(chaos, report, seconds)
    return 0 if report.is_good and ended == 0 else 1


def _run_on_a_desk(args, inputs, kills):
    folder = Path(tempfile.mkdtemp(prefix="fielddesk-chaos-"))
    folder.chmod(0o755)
    desk = TrialDesk(folder / "var", [] if args.embedded else ["--broker"], SETTINGS)
    report = ended = None
    try:
        desk.start()
        chaos = Run(desk, inputs, kills, args.seed, (lambda sentence: None) if args.json else say)
        report = chaos.run()
    finally:
        ended = desk.stop()
        _tidy(folder, report, ended)
    return chaos, report, ended


def _tidy(folder, report, ended):
    """Removes what the desk has written, unless it is wanted to find out what went wrong."""
    if ended:
        warn(f"desk: the desk of this run ended with code {ended}.")
    if report and report.is_good and ended == 0:
        shutil.rmtree(folder)
    else:
        warn(f"desk: the databases and logs of this run are kept in {folder}.")


def _as_json(seed, chaos, report, seconds):
    ledger = chaos.ledger
    return {
        "seed": seed, "seconds": seconds, "kills": chaos.killer.killed, "attempts": ledger.attempts,
        "accepted": {kind: len(marks) for kind, marks in ledger.accepted.items()},
        **dataclasses.asdict(report),
    }  # fmt: skip


def _say_findings(report):
    for sort in ("lost", "duplicated", "left_over"):
        for finding in getattr(report, sort)[:SHOWN]:
            say(f"{sort.replace('_', ' ')}: {finding}")


def _say_result(chaos, report, seconds):
    ledger = chaos.ledger
    by_kind = ", ".join(f"{kind} {len(marks)}" for kind, marks in sorted(ledger.accepted.items()))
    say(f"attempts: {ledger.attempts} accepted: {by_kind} present: {report.present} seconds: {seconds}")
    if report.left_over:
        say(f"left over: {len(report.left_over)}")
    say(
        f"lost: {len(report.lost)} duplicated: {len(report.duplicated)} "
        f"kills: {len(chaos.killer.killed)} accepted: {ledger.total()}"
    )
