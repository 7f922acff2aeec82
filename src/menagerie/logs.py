"""Structured logs: JSON for machines, readable lines for people. No personal data goes in: ids, never names."""

import logging
import sys
from typing import Literal

import structlog


def _for_people() -> structlog.dev.ConsoleRenderer:
    # Plain tracebacks: the usual ones show local variables, and with them names, addresses and passwords.
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def configure_logs(form: Literal["json", "text"], level: str) -> None:
    """Send everything that is logged, by libraries too, to standard error in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer() if form == "json" else _for_people()
    faults: list[structlog.typing.Processor] = [structlog.processors.format_exc_info] if form == "json" else []
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *faults, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Strawberry logs the text of a failing operation, and with it whatever literals it held; ours logs a reference.
    logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL)
    logging.getLogger("PIL").setLevel(logging.WARNING)
