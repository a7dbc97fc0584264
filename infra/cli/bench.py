"""Measures the hot paths on RabbitMQ, with the machine's own floors in the same run.

10,000 tickets with three messages each are made through the actions; the actor is an agent in 3 of 20 groups.
Each operation is measured three times, right behind its floors and by turns with them, with outboxes drained before.
Compare figures within one run only: the machine moves them by up to 2x. Where `memory` is slow, neighbours use the
cache that cores share; the ratios of what is measured alone grow with it, those by turns do not (decision 13).
"""

import json
import tempfile
import time
from pathlib import Path

from infra.bench.judgement import judge
from infra.numbers import positive, whole
from infra.refusal import Refusal
from infra.terminal import say
from infra.trial import TrialDesk

DRAINED_WITHIN = 600  # Seconds.


def add_arguments(parser) -> None:
    """Declares what the command takes."""
    parser.add_argument("--tickets", type=whole(1), default=10_000)
    parser.add_argument("--seconds", type=positive, default=2.5, help="of each window")
    parser.add_argument("--mails", type=whole(1), default=1_000)
    parser.add_argument("--json", action="store_true", help="one object on stdout instead of a table")


def run(args) -> int:
    """Measures on a desk of its own; the exit code is 0 whatever the figures are."""
    tell = (lambda sentence: None) if args.json else say
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fielddesk-bench-") as folder:
        Path(folder).chmod(0o755)
        desk = TrialDesk(Path(folder) / "var", ["--broker"], {"LOG_LEVEL": "WARNING"})
        tell("starting a desk on RabbitMQ")
        desk.start()
        try:
            figures = _measure(desk, args, tell)
        finally:
            desk.stop()
    figures["seconds"] = round(time.monotonic() - began)
    say(json.dumps(figures) if args.json else _table(figures))
    return 0


def _measure(desk, args, tell):
    from chassis.bus.client import RpcClient
    from infra.bench import floors, operations
    from infra.bench.beside import probe_and_gateway
    from infra.bench.place import make_place
    from infra.bench.rounds import measure, medians
    from infra.bench.services.probe.contract import Probe
    from infra.chaos.tables import Tables
    from services.identity.contract import Identity

    record = desk.record()
    server = record["owner_url"].rsplit("/", 1)[0]
    tables = Tables(lambda service: f"{server}/fielddesk_{service}")
    place = make_place(desk, f"{server}/fielddesk_tickets", args.tickets, tell)
    with probe_and_gateway(desk) as port, floors.echo_server(record["amqp_uri"]):
        client = RpcClient.connect(record["amqp_uri"])

        def token():
            return client.of(Identity).token_for(session=place.token)["token"]

        measured = {
            **{name: operation(port, place) for name, operation in operations.OPERATIONS.items()},
            "commit": floors.commits(f"{server}/fielddesk_probe"),
            "memory": floors.walks(),
            "echo": floors.calls(client, floors.Echo, "echo"),
            "call": floors.calls(client, Probe, "nothing", token=token),
        }
        rounds = measure(measured, args.seconds, lambda: _drain(tables), tell)
        client.close()
    _drain(tables)
    before = tables.rows("tickets", "SELECT count(*) FROM tickets WHERE channel = 'mail'")[0][0]
    mails = operations.mails(
        desk, place, args.mails,
        lambda: tables.rows("tickets", "SELECT count(*) FROM tickets WHERE channel = 'mail'")[0][0] - before,
    )  # fmt: skip
    return {
        "tickets": args.tickets, "seconds_of_a_window": args.seconds, "medians": medians(rounds), "rounds": rounds,
        "mails": mails, "wanted": judge(rounds, mails),
    }  # fmt: skip


def _drain(tables):
    """Wait until everything that was told has been heard.

    :raises Refusal: it never is; a desk still at work cannot be measured.
    """
    left = tables.wait_for_rest(within=DRAINED_WITHIN, steady=2.0)
    if left:
        raise Refusal(f"After {DRAINED_WITHIN} seconds there is still under way: {left}.")


def _table(figures):
    lines = [f"{'':<16}{'ops/s':>10}{'p50 ms':>10}{'p99 ms':>10}{'failed':>8}"]
    for name, one in figures["medians"].items():
        lines.append(f"{name:<16}{one['per_second']:>10}{one['p50_ms']:>10}{one['p99_ms']:>10}{one['failed']:>8}")
    lines.append(f"mails: {figures['mails']}")
    lines += [f"{'met' if one['met'] else 'NOT MET':<8}{one['what']}: {one['is']} (wanted {one['wanted']})"
              f" {one['rounds']}" for one in figures["wanted"]]  # fmt: skip
    lines.append(f"{figures['tickets']} tickets, {figures['seconds']} s in all")
    return "\n".join(lines)
