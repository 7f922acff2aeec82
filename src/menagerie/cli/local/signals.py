"""Ctrl-C, SIGTERM and a closed terminal, as an exception that ends the work once and lets it clean up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """Somebody asked the command to stop. Like a KeyboardInterrupt, it passes through asyncio's groups as it is."""


@contextmanager
def stop_signals() -> Iterator[None]:
    """Raise Stopped at the first of these signals; what comes after it would only disturb the stopping."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    before = {each: signal.signal(each, stop) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
