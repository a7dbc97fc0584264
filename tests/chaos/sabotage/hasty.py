"""`services.inbound.smtp` that says 250 some 200 ms before file and row are written."""

import asyncio
import sys

from services.inbound import smtp
from services.inbound.reception import Reception

SECONDS = 0.2

_keep = Reception.keep
_later = set()


async def keep(reception, delivery):
    """Return at once, and keep the mail later."""
    task = asyncio.create_task(_keep_later(reception, delivery))
    _later.add(task)
    task.add_done_callback(_later.discard)
    return "0" * 64


async def _keep_later(reception, delivery):
    await asyncio.sleep(SECONDS)
    await _keep(reception, delivery)


Reception.keep = keep

if __name__ == "__main__":
    sys.exit(smtp.main())
