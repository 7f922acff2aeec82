"""The security log: refused sign-ins, throttled attempts, revocations, and what operators did.

It's separate from the access log, so that it can be kept longer and read by other people. Each line is a JSON object.
Accounts appear by id. An account that a client only claims to be appears by pseudonym: a keyed hash, the same for every
attempt, whether or not the account exists. The log contains client addresses, so it is personal data.
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

_EVENTS = Counter("menagerie_security_events", "Events written to the security log.", ["event"])
_LOGGER: Final = logging.getLogger("menagerie.security")


class SecurityEvent(StrEnum):
    """What is recorded. The values appear in the log and in the metric, so they never change."""

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
    BACKUP_STORAGE_TAKEN_OVER = "backup storage taken over"


def configure_security_log(file: Path | None, *, to_stderr: bool) -> None:
    """Configure where this process writes its events.

    Args:
        file: the file to append to, or None. It's reopened for each event, so it can be rotated at any time.
        to_stderr: whether events go to standard error if there is no file; otherwise they're only counted.
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
        about: its `account`, `address` and any other details; never a secret or a name.
    """
    _EVENTS.labels(event.value).inc()
    now = datetime.now(UTC)
    fields: dict[str, object] = {"log": "security", "event": event.value, **about_request.get({}), **about}
    fields["timestamp"] = f"{now:%Y-%m-%dT%H:%M:%S.%fZ}"
    known = {name: value for name, value in fields.items() if value is not None}
    _LOGGER.info("%s", orjson.dumps(known, default=str).decode())


def record_of_operator(event: SecurityEvent, **about: object) -> None:
    """Record what an operator did with a command; the operator is the operating system's user."""
    record(event, operator=_operator(), **about)


def _operator() -> str:
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        return str(os.getuid())


class _Appender(logging.Handler):
    """Appends lines to a file that only its owner may read; several processes may append to it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line at once, so that a killed process loses nothing it recorded."""
        try:
            opened = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(opened, f"{self.format(record)}\n".encode())
            finally:
                os.close(opened)
        except OSError:
            self.handleError(record)
