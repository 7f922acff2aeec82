"""Turn Ctrl-C, SIGTERM and a closed terminal into one exception, which ends the work and lets it clean up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """The command was asked to stop. Like any KeyboardInterrupt, it passes through asyncio's task groups unchanged."""


@contextmanager
def stop_signals() -> Iterator[None]:
    """Raise Stopped at the first of these signals; later ones are ignored, as they would disrupt the cleanup."""

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
