"""The security log: refused sign-ins, throttled attempts, what was revoked, and what operators did.

It's apart from the access log, so that it can be kept longer and read by others. Each line is one JSON object. Accounts
are named by their ids. An account that a client only claims to be has a pseudonym: a keyed hash, the same for each
attempt at it, whether it exists or not. Addresses are those of clients, so the log is personal data.
"""

import getpass
import logging
import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import orjson
from prometheus_client import Counter

from menagerie.logs import about_request

_EVENTS = Counter("menagerie_security_events", "What was written to the security log.", ["event"])
_LOGGER: Final = logging.getLogger("menagerie.security")


class SecurityEvent(StrEnum):
    """What is recorded. The values are what the log and the metric say, and stay as they are."""

    PASSWORD_WRONG = "password wrong"  # noqa: S105  not a password
    TOKEN_REFUSED = "token refused"  # noqa: S105  not a token
    ATTEMPT_THROTTLED = "attempt throttled"
    STORE_FORBIDDEN = "store forbidden"
    SIGNED_IN = "signed in"
    SIGNED_UP = "signed up"
    SIGNED_OUT = "signed out"
    SIGNED_OUT_EVERYWHERE = "signed out everywhere"
    PASSWORD_CHANGED = "password changed"  # noqa: S105  not a password
    MERCHANT_CREATED = "merchant created"
    MERCHANT_DISABLED = "merchant disabled"
    MERCHANT_ENABLED = "merchant enabled"
    STORE_SUSPENDED = "store suspended"
    STORE_RESUMED = "store resumed"
    STORE_DELETED = "store deleted"
    KEYS_ROTATED = "keys rotated"
    BACKUP_RESTORED = "backup restored"


def configure_security_log(file: Path | None, *, to_stderr: bool) -> None:
    """Say where the events of this process go.

    Args:
        file: the file to append to, or None. It's opened again for each event, so it can be moved away at any time.
        to_stderr: whether they go to standard error if there is no file; otherwise they're only counted.
    """
    handler: logging.Handler = logging.NullHandler()
    if file is not None:
        handler = _Appender(file)
    elif to_stderr:
        handler = logging.StreamHandler(sys.stderr)
    _LOGGER.handlers[:] = [handler]
    _LOGGER.propagate = False
    _LOGGER.setLevel(logging.INFO)


def record(event: SecurityEvent, **about: object) -> None:
    """Record an event, with the id of the request that it belongs to.

    Args:
        event: what happened.
        about: its `account` and `address`, and whatever else tells it from others; never a secret, and no name.
    """
    _EVENTS.labels(event.value).inc()
    now = datetime.now(UTC)
    said: dict[str, object] = {"log": "security", "event": event.value, **about_request.get({}), **about}
    said["timestamp"] = f"{now:%Y-%m-%dT%H:%M:%S.%fZ}"
    known = {name: value for name, value in said.items() if value is not None}
    _LOGGER.info("%s", orjson.dumps(known, default=str).decode())


def record_of_operator(event: SecurityEvent, **about: object) -> None:
    """Record what an operator did by a command; the operator is the user of the operating system."""
    record(event, operator=_operator(), **about)


def _operator() -> str:
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        return str(os.getuid())


class _Appender(logging.Handler):
    """Appends lines to a file that only its owner may read; several processes append to the same one."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line at once: a process that is killed has written what it recorded."""
        try:
            opened = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(opened, f"{self.format(record)}\n".encode())
            finally:
                os.close(opened)
        except OSError:
            self.handleError(record)
