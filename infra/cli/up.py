"""Starts the desk: database, services, gateway and mail, and keeps them running until Ctrl-C.

Without AMQP_URI and --broker, services and gateway run in one process on a bus of their own. With either,
every service is a process on RabbitMQ, and --scale says how many.
"""

import argparse
import os
import shutil

from infra.installation import Installation
from infra.local.detaching import detach
from infra.local.leftovers import end_leftovers
from infra.local.running import RunningDesk
from infra.local.state import State
from infra.processes import BROKER, processes_of
from infra.refusal import Refusal
from infra.terminal import mention, say

#: What `--fresh` removes of VAR_DIR: all that a desk keeps there, and nothing else that may lie in it.
WRITTEN = ("postgres", "rabbitmq", "files", "outgoing-mail", "log", "secrets.env", "demo")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--no-demo", action="store_true", help="an empty desk: no demo people, sites and tickets")
    parser.add_argument("--broker", action="store_true", help="start a private RabbitMQ; every service is a process")
    parser.add_argument(
        "--scale",
        nargs="+",
        action="extend",
        default=[],
        metavar="SERVICE=N",
        help="so many processes of a service, such as tickets=3",
    )
    parser.add_argument("--detach", action="store_true", help="come back when ready; ./desk down ends it")
    parser.add_argument("--fresh", action="store_true", help="remove this installation's data first, for good")
    parser.add_argument("--http-port", metavar="N", help="instead of HTTP_PORT (8000)")
    parser.add_argument("--smtp-port", metavar="N", help="instead of SMTP_PORT (2525)")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Runs the desk until a signal ends it; returns 0 after a clean end."""
    ports = {"HTTP_PORT": args.http_port, "SMTP_PORT": args.smtp_port}
    installation = Installation.from_environment(
        BROKER if args.broker else None, **{name: port for name, port in ports.items() if port}
    )
    if args.broker and installation.setting("AMQP_URI"):
        raise Refusal("--broker starts a RabbitMQ of its own, but AMQP_URI names one: leave one of them out.")
    replicas = _replicas(args.scale, installation)
    if args.detach:
        return detach(args)
    installation.make_var_dir()
    state = State(installation.var_dir)
    with state.held():
        if args.fresh:
            _remove_data(installation)
        desk = RunningDesk(installation, state, replicas, wants_demo=not args.no_demo)
        return desk.run(is_ready=_tell_parent)


def _replicas(scale: list[str], installation: Installation) -> dict[str, int]:
    """How many of each process; a Refusal where --scale asks for what cannot be."""
    processes = {process.name: process for process in processes_of(installation.mode)}
    replicas = {name: process.replicas for name, process in processes.items()}
    for wish in scale:
        name, _, count = wish.partition("=")
        if installation.mode != BROKER:
            raise Refusal("--scale needs every service in a process of its own: add --broker or set AMQP_URI.")
        if name not in processes or processes[name].port:
            several = ", ".join(name for name, process in processes.items() if not process.port)
            raise Refusal(f"--scale {wish}: one of {several} is needed before the sign =.")
        if not (count.isascii() and count.isdigit() and 0 < int(count) <= 100):
            raise Refusal(f"--scale {wish}: a number from 1 to 100 is needed after the sign =.")
        replicas[name] = int(count)
    return replicas


def _remove_data(installation: Installation) -> None:
    if installation.setting("DATABASE_URL"):
        raise Refusal("--fresh removes only data of this folder; with DATABASE_URL, drop the databases yourself.")
    end_leftovers(installation)
    say(f"removing the data in {installation.var_dir} ...")
    for name in WRITTEN:
        path = installation.var_dir / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _tell_parent() -> None:
    """Tells the `./desk up --detach` that started us, if one did."""
    pipe = os.environ.pop("DESK_READY_PIPE", None)
    if pipe:
        os.write(int(pipe), b"ready")
        os.close(int(pipe))
    else:
        mention("Ctrl-C ends it.", say)
