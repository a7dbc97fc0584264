"""`python -m infra.cli COMMAND ...`: finds the command's module and hands its arguments over.

Each other module of this folder is a command, with `add_arguments(parser)` and `run(args) -> exit code`; its
name with dashes is the command's, the first line of its docstring what `./desk help` says. One with
`PASSES_ARGUMENTS_ON = True` gets them unparsed, as `args.arguments`.
"""

import argparse
import os
import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from infra import cli
from infra.local.ending import sigterm_as_ctrl_c
from infra.refusal import Refusal
from infra.terminal import is_text, warn

#: The order in which people meet them; commands that are not named here follow in alphabetical order.
FIRST = ("up", "down", "status", "test", "migrate", "create-admin", "mails", "dead-letters", "bench", "chaos")


def commands() -> dict[str, ModuleType]:
    """Every command by name."""
    names = [module.name for module in pkgutil.iter_modules(cli.__path__) if module.name != "__main__"]
    found = {name.replace("_", "-"): import_module(f"infra.cli.{name}") for name in names}
    order = {name: place for place, name in enumerate(FIRST)}
    return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


def print_help() -> int:
    """Lists the commands with one line each."""
    print("usage: ./desk COMMAND [ARGUMENTS]\n")
    for name, module in commands().items():
        print(f"  {name:<14}{_summary(module)}")
    print(f"  {'help':<14}Lists the commands; ./desk COMMAND --help tells more.")
    return 0


def main(arguments: list[str]) -> int:
    """Runs one command; returns its exit code. A refusal is one sentence on stderr and exit code 1."""
    if not is_text("".join(arguments)):
        warn("desk: The arguments are not text in UTF-8.")
        return 1
    if not arguments or arguments[0] in ("help", "--help", "-h"):
        return print_help()
    name, *rest = arguments
    module = _command(name)
    if module is None:
        warn(f"desk: there is no command {name!r}; ./desk help lists them.")
        return 2
    if getattr(module, "PASSES_ARGUMENTS_ON", False):
        return _run(module, lambda: argparse.Namespace(arguments=rest))
    parser = argparse.ArgumentParser(prog=f"./desk {name}", description=module.__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    module.add_arguments(parser)
    return _run(module, lambda: parser.parse_args(rest))


def _run(module: ModuleType, parse: Callable) -> int:
    try:
        with sigterm_as_ctrl_c():
            return module.run(parse())
    except Refusal as refusal:
        warn(f"desk: {refusal}")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _command(name: str) -> ModuleType | None:
    module_name = f"infra.cli.{name.replace('-', '_')}"
    if not name.replace("-", "").isidentifier() or name.startswith("_") or find_spec(module_name) is None:
        return None
    return import_module(module_name)


def _summary(module: ModuleType) -> str:
    return (module.__doc__ or "").strip().splitlines()[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
