"""The bus: `@answer` (calls), `@on(Event)` (facts) and `@every(seconds)`, on RabbitMQ or in one process."""

import os
import warnings

# eventlet's own resolver costs every process a third of its start; libpq does not use it either.
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
# eventlet announces at every import that it is only maintained; infra/decisions says why it is used.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from chassis.bus.entrypoints import answer, every, on  # noqa: E402

__all__ = ["answer", "every", "on"]
