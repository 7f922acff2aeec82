"""Structured logs: JSON for machines, readable lines for people. No personal data: ids, never names."""

import logging
import re
import sys
import time
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, Literal, cast

import structlog

# These log the same line on every attempt while a server is unreachable or its disk is full.
_REPETITIVE = (
    "psycopg.pool",
    "menagerie.api.transient",
    "menagerie.api.storage_full",
    "menagerie.api.health",
    "menagerie.cache.connection",
)
_SILENT_SECONDS = 60.0
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters, except the tabs and newlines of tracebacks."""

about_request: ContextVar[Mapping[str, str]] = ContextVar("about_request")
"""Fields added to every line logged while handling a request: its id, its store, the caller's role."""


class Seldom(logging.Filter):
    """Lets at most one line of each kind through per minute."""

    def __init__(self) -> None:
        super().__init__()
        self._next: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the line."""
        message: MutableMapping[str, Any] | str = record.msg
        kind = message if isinstance(message, str) else str(message["event"])
        now = time.monotonic()
        if now < self._next.get(kind, 0.0):
            return False
        self._next[kind] = now + _SILENT_SECONDS
        return True


def _merge_request(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in about_request.get({}).items():
        event.setdefault(name, value)
    return event


def _without_control_characters(_logger: object, _method: str, line: str) -> str:
    """Escape what could move a terminal's cursor or forge its title: a line may contain client input."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", line)


def _for_people() -> structlog.dev.ConsoleRenderer:
    # Plain tracebacks: structlog's default ones show local variables, and with them names, addresses and passwords.
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def configure_logs(form: Literal["json", "text"], level: str) -> None:
    """Send everything that is logged, including by libraries, to standard error in one format."""
    shared: list[structlog.typing.Processor] = [
        _merge_request,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        else [_for_people(), cast("structlog.typing.Processor", _without_control_characters)]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Strawberry logs the text of a failing operation, including its literals; we log a reference instead.
    logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL)
    logging.getLogger("PIL").setLevel(logging.WARNING)
    for name in _REPETITIVE:
        logging.getLogger(name).filters[:] = [Seldom()]
