"""`python -m tests.chaos.sabotage.up PROCESS MODULE up ...`: `./desk up` with one process replaced.

PROCESS is a name in the process table; MODULE runs in place of its own, with the same settings.
"""

import sys
from dataclasses import replace

from infra import processes
from infra.cli.__main__ import main


def table_with(name, module):
    """Return the process table in which `module` runs as the process of that name."""
    argv = ("-m", module)
    return tuple(replace(one, argv=argv) if one.name == name else one for one in processes.PROCESSES)


if __name__ == "__main__":
    processes.PROCESSES = table_with(*sys.argv[1:3])
    sys.exit(main(sys.argv[3:]))
