"""The load of a visit, in a process of its own: all customers, following a plan from standard input.

It writes the moment at which it begins on a line, and what its customers experienced as JSON once they have left.
"""

import asyncio
import gc
import ssl
import sys
import time
from typing import Any

import orjson
import uvloop

from browser import Visit
from customer import Customer

_HEAD_START_SECONDS = 0.5


async def _run(plan: dict[str, Any]) -> dict[str, Any]:
    begins = time.monotonic() + _HEAD_START_SECONDS
    sys.stdout.write(f"{begins}\n")
    sys.stdout.flush()
    visit = Visit(plan["port"], ssl.create_default_context(cafile=plan["authority"]), begins + plan["seconds"])
    customers = [Customer(visit, number, slug, email) for number, (slug, email) in enumerate(plan["customers"])]
    gc.collect()
    gc.disable()  # nothing here makes cycles, and the customers' state would take long to scan
    pause = plan["ramp"] / max(1, len(customers))
    async with asyncio.TaskGroup() as group:
        for number, customer in enumerate(customers):
            group.create_task(customer.live(begins + number * pause, plan["password"]))
    return visit.tally.summary(begins + plan["ramp"], begins + plan["seconds"])


def main() -> None:
    """Run the plan."""
    plan = orjson.loads(sys.stdin.buffer.read())
    result = uvloop.run(_run(plan))
    sys.stdout.buffer.write(orjson.dumps(result))


if __name__ == "__main__":
    main()
