"""The bus: `@answer` (RPC), `@on(Event)` (facts) and `@every(seconds)` (timers), on RabbitMQ or in one process."""

import warnings

# eventlet announces its maintenance at every import; the decision to stand on it is recorded in infra/decisions.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from chassis.bus.entrypoints import answer, every, on  # noqa: E402

__all__ = ["answer", "every", "on"]
