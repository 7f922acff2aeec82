"""The error while the database's disk is full: everything can be read, and nothing can be saved."""

import time

import structlog
from prometheus_client import Counter

from menagerie.errors import HttpError

logger = structlog.get_logger(__name__)

_SECONDS = 60
"""When to retry, and how long the disk counts as full after a failed write."""
_REFUSED = Counter("menagerie_disk_full", "Operations that could not save because the database's disk is full.")


class StorageFullError(HttpError):
    """The database's disk is full; the operator must free some space."""

    status = 503
    code = "STORAGE_FULL"

    def __init__(self) -> None:
        super().__init__(
            "The store can't save anything right now, so nothing was changed. Please try again later.",
            headers={"Retry-After": str(_SECONDS)},
        )


class _Seen:
    at = float("-inf")


def storage_full() -> StorageFullError:
    """Log, count and remember that PostgreSQL ran out of room, and return the error to answer with."""
    logger.error("disk full", advice="free some space on the database's disk")
    _REFUSED.inc()
    _Seen.at = time.monotonic()
    return StorageFullError()


def was_full() -> bool:
    """Whether PostgreSQL ran out of room within the last minute, as far as this process knows."""
    return time.monotonic() - _Seen.at < _SECONDS
