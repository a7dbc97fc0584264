"""Sends load, kills every kind of process and the broker with -9, then counts what is lost or doubled.

The last line reads `lost: 0 duplicated: 0 kills: N accepted: N`; the exit code is 0 only then.
"""

import json
import tempfile
import time
from pathlib import Path

from infra.chaos.run import Run
from infra.cli.terminal import say
from infra.trial import TrialDesk

QUICK = {"inputs": 300, "kills": 3}
FULL = {"inputs": 1000, "kills": 10}
SHOWN = 20  # Findings of each sort that are printed.


def add_arguments(parser) -> None:
    """Declares what the command takes."""
    parser.add_argument("--quick", action="store_true", help="300 inputs of each kind, 3 kills of each process")
    parser.add_argument("--inputs", type=int, help="of each kind at least")
    parser.add_argument("--kills", type=int, help="of each kind of process")
    parser.add_argument("--seed", type=int, default=1, help="of the order of kills")
    parser.add_argument("--embedded", action="store_true", help="on the local bus instead of RabbitMQ")
    parser.add_argument("--json", action="store_true", help="one object on stdout instead of sentences")


def run(args) -> int:
    """Runs it on a desk of its own."""
    size = {**(QUICK if args.quick else FULL)}
    size |= {name: value for name in size if (value := getattr(args, name)) is not None}
    tell = (lambda sentence: None) if args.json else say
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fielddesk-chaos-") as folder:
        Path(folder).chmod(0o755)
        desk = TrialDesk(Path(folder) / "var", [] if args.embedded else ["--broker"], {"RETRY_DELAYS": "1,2,5,10,20"})
        desk.start()
        try:
            chaos = Run(desk, size["inputs"], size["kills"], args.seed, tell)
            report = chaos.run()
        finally:
            desk.stop()
    return _show(args, chaos, report, time.monotonic() - began)


def _show(args, chaos, report, seconds):
    kills, accepted = len(chaos.killer.killed), chaos.ledger.total()
    if args.json:
        say(
            json.dumps(
                {
                    "seed": args.seed, "seconds": round(seconds), "attempts": chaos.ledger.attempts,
                    "accepted": {kind: len(marks) for kind, marks in chaos.ledger.accepted.items()},
                    "present": report.present, "lost": report.lost, "duplicated": report.duplicated,
                    "left_over": report.left_over, "kills": chaos.killer.killed,
                }
            )
        )  # fmt: skip
        return 0 if report.is_good else 1
    for sort in ("lost", "duplicated", "left_over"):
        for finding in getattr(report, sort)[:SHOWN]:
            say(f"{sort.replace('_', ' ')}: {finding}")
    by_kind = ", ".join(f"{kind} {len(marks)}" for kind, marks in sorted(chaos.ledger.accepted.items()))
    say(f"attempts: {chaos.ledger.attempts} accepted: {by_kind} present: {report.present} seconds: {seconds:.0f}")
    say(f"lost: {len(report.lost)} duplicated: {len(report.duplicated)} kills: {kills} accepted: {accepted}")
    return 0 if report.is_good else 1
