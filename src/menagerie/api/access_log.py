"""One line per request, written a moment later in batches, so that no request waits for it."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

_DELAY_SECONDS = 0.25
_MAX_LINES = 1_000

Line = dict[str, Any]


class AccessLog:
    """Collects lines and writes them to standard error, in the same format as all other log lines.

    A killed process loses the last quarter of a second of lines; a stopped one writes them.
    """

    def __init__(self, form: Literal["json", "text"], level: str) -> None:
        self._enabled = logging.getLevelNamesMapping()[level] <= logging.INFO
        self._render: Callable[[Line], bytes] = orjson.dumps if form == "json" else _for_people
        self._lines: list[Line] = []
        self._timer: asyncio.TimerHandle | None = None

    def write(self, line: Line) -> None:
        """Queue a line to be written soon."""
        if not self._enabled:
            return
        line["level"], line["timestamp"] = "info", time.time()
        self._lines.append(line)
        if len(self._lines) >= _MAX_LINES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_DELAY_SECONDS, self.flush)

    def flush(self) -> None:
        """Write the queued lines."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        if not lines:
            return
        for line in lines:
            line["timestamp"] = f"{datetime.fromtimestamp(line['timestamp'], UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        sys.stderr.write((b"\n".join(map(self._render, lines)) + b"\n").decode())
        sys.stderr.flush()


def _for_people(line: Line) -> bytes:
    fields = " ".join(
        f"{name}={_on_one_line(str(value))}"
        for name, value in line.items()
        if name not in {"event", "level", "timestamp"}
    )
    return f"{line['timestamp']} [{line['level']:<9}] {line['event']:<30} {fields}".encode()


def _on_one_line(text: str) -> str:
    """Quote text from a client, so that it cannot pass for a field or line of its own."""
    return text if text.isprintable() and not set(text) & set(" ='\"") else repr(text)
