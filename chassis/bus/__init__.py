"""The bus: `@answer` (RPC), `@on(Event)` (facts) and `@every(seconds)` (timers), on RabbitMQ or in one process."""

from chassis.bus.entrypoints import answer, every, on

__all__ = ["answer", "every", "on"]
