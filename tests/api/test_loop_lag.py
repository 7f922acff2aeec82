"""How late the event loop is, smoothed."""

import asyncio
import time

from menagerie.api.loop_lag import LoopLag


async def test_event_loop_lag_is_measured_and_decays() -> None:
    lag = LoopLag()
    lag.start()
    await asyncio.sleep(0.1)
    before = lag.seconds
    time.sleep(0.3)  # noqa: ASYNC251  block the loop
    async with asyncio.timeout(5):
        while lag.seconds <= before:  # noqa: ASYNC110  there is no event for this
            await asyncio.sleep(0.01)
    late = lag.seconds
    for _ in range(200):
        if lag.seconds < late / 4:
            break
        await asyncio.sleep(0.05)
    assert lag.seconds < late / 4
    lag.stop()
    assert lag._timer is not None
    assert lag._timer.cancelled()
