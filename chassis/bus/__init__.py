"""The bus: `@answer` (calls), `@on(Event)` (facts) and `@every(seconds)`, on RabbitMQ or in one process.

Words of this folder:

- A *call* is an RPC request; only the gateway makes any (`client`).
- A *fact* is an event. A service, its *teller*, publishes it, and *listeners*, methods of other services, handle it.
  A *letter* is a fact as it travels, not yet decoded (`facts`).
- A *member* is a service that runs in this process (`running.RunningService`). What its workers run are `jobs`.
- A *transport* joins a member to the bus, and its *carrier* takes letters to their listeners: `local` within one
  process, `rabbit` through a broker.
- A *suspect* is a fact or call that was in hand when a process died, and may be the reason why it did.

A call goes from the transport to `calls`, which asks who is calling, whether they may, and whether it was carried out
before (`request_keys`). `places` limit how many are answered at once. One that comes again after a process has died
goes through `refused_calls`.

A fact is committed to the teller's outbox with the change that it tells. The `relay`, run by one process of the service
(`leader`) and slowed by `pace` while people wait, hands it to the carrier. At the listener's end `intake` has it wait
while calls are answered, and `inbox` handles it once, or keeps it for `retries`. Only `GrantsChanged`, which takes
rights away, goes past all of these and straight to `epochs`.
"""

import os
import warnings

# eventlet's own resolver costs every process a third of its start; libpq does not use it either.
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
# eventlet announces at every import that it is only maintained; infra/decisions says why it is used.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from chassis.bus.entrypoints import answer, every, on  # noqa: E402

__all__ = ["answer", "every", "on"]
