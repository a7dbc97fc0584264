"""`infra.embedded` without its inbox: no fact is ever refused as heard before, and each tenth comes twice."""

import eventlet

eventlet.monkey_patch()

import sys  # noqa: E402
from collections import Counter  # noqa: E402

from chassis.bus import inbox  # noqa: E402
from chassis.bus.running import RunningService  # noqa: E402
from infra import embedded  # noqa: E402

EVERY = 10

inbox.DONE += " ON CONFLICT DO NOTHING"

_heard = Counter()
_hear = RunningService.hear


def hear(member, letter, done):
    """Hand a fact to a service, the tenth of each service once more."""
    _hear(member, letter, done)
    _heard[member.name] += 1
    if _heard[member.name] % EVERY == 0:
        _hear(member, letter, lambda: None)


RunningService.hear = hear

if __name__ == "__main__":
    sys.exit(embedded.main())
