"""A process with a database that waits green, or freezes it: `python -m tests.bus.checked_hub green|freezing`."""

import sys
import time

import eventlet

from chassis.bus import run

#: The first is eventlet's, since the import above.
WAITS = {"green": time.sleep, "freezing": eventlet.patcher.original("time").sleep}


class Database:
    """Takes a tenth of a second for whatever it is asked."""

    def read(self, _statement):
        """Wait."""
        WAITS[sys.argv[1]](0.1)


if __name__ == "__main__":
    run.check_hub(Database())
