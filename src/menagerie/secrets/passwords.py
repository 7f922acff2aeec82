"""Slow password hashes: argon2id through passlib's interface, computed in a small bounded pool of threads.

The parameters are one of the equivalent choices in OWASP's Password Storage Cheat Sheet (7 MiB, 5 passes, 1 lane): the
one with the least memory, which leaves more of the CPU cache to concurrent requests.
"""

import asyncio
import os
import secrets
import sys
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, cast

from passlib.hash import argon2

from menagerie.errors import DomainError

TOKEN_PREFIX = "mng_"  # noqa: S105  not a password
"""Access tokens begin with this, and passwords don't."""
MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 128

_argon2 = cast("Any", argon2)  # its methods have no types
# Set on import, not at the first password: passlib's lazy loading fails if two threads trigger it at once.
_argon2.set_backend("argon2_cffi")
_argon2id = _argon2.using(type="ID", memory_cost=7 * 1024, rounds=5, parallelism=1)
_THREADS = max(1, (os.cpu_count() or 1) // 2)
"""Half the CPUs: other server processes hash too, and answering requests also needs CPU time."""
_NICENESS = 4
"""The niceness of hashing relative to answering requests."""


def _lower_priority() -> None:
    if sys.platform == "linux":  # elsewhere a priority applies to the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS)


_pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="passwords", initializer=_lower_priority)


class PasswordInvalidError(DomainError):
    """The new password is not acceptable; the message says what to choose instead."""


def problem_with(password: str) -> str | None:
    """A sentence about what is wrong with a new password, or None (NIST SP 800-63B: length, not composition)."""
    if len(password) < MINIMUM_LENGTH:
        return f"Choose a password of at least {MINIMUM_LENGTH} characters."
    if len(password) > MAXIMUM_LENGTH:
        return f"Choose a password of at most {MAXIMUM_LENGTH} characters."
    if len(set(password)) < 3:  # noqa: PLR2004  "aaaaaaaaaa" is long but no password
        return "Choose a password with more different characters."
    if password.startswith(TOKEN_PREFIX):
        return f"Choose a password that doesn't begin with {TOKEN_PREFIX}, as access tokens do."
    if not password.isprintable():
        return "A password cannot contain control characters."
    return None


async def new_password_hash(password: str) -> str:
    """Check and hash a new password, before opening a transaction.

    Raises:
        PasswordInvalidError: if it is not acceptable.
    """
    if problem := problem_with(password):
        raise PasswordInvalidError(problem)
    return await hash_password(password)


async def hash_password(password: str) -> str:
    """The password's hash, in the PHC string format."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _argon2id.hash, _normal(password))


async def verify_password(password: str, hashed: str | None) -> bool:
    """Whether the password matches the hash; without a hash it takes just as long and is False."""
    loop = asyncio.get_running_loop()
    matches = await loop.run_in_executor(_pool, _verify, _normal(password), hashed)
    return matches and hashed is not None


def _verify(password: str, hashed: str | None) -> bool:
    if len(password) > MAXIMUM_LENGTH:
        password = password[:MAXIMUM_LENGTH] + "\0"
    return bool(_argon2id.verify(password, hashed or _decoy()))


def _normal(password: str) -> str:
    """Normalise as RFC 7617 section 2.1 asks, so that an ä is the same from every keyboard."""
    return unicodedata.normalize("NFC", password)


@cache
def _decoy() -> str:
    return str(_argon2id.hash(secrets.token_urlsafe()))
