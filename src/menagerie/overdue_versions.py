"""Versions that a process could not replace in Valkey: it leaves them in PostgreSQL, and one that can replaces them.

A process may be cut off from Valkey while others reach it. Without this, they would serve what they have cached until
its lifetime ends. Every process looks every second, so what was committed is true everywhere within two.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
import structlog
from uuid_utils.compat import uuid7

from menagerie.cache.connection import Cache
from menagerie.cache.namespace import Namespace
from menagerie.cache.version import LIFETIME_SECONDS, Versions
from menagerie.database.session import Database, WriteSession
from menagerie.errors import DomainError

logger = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
TASK = "overdue versions"
"""The name of the task that looks for them."""


@dataclass(frozen=True, slots=True)
class _Overdue:
    id: UUID
    store_id: UUID | None
    subject: str
    expired: bool


class OverdueVersions:
    """Hands versions over to other processes, and replaces those that others handed over."""

    def __init__(
        self, database: Database, cache: Cache, versions: Versions, replaced: Callable[[UUID], Awaitable[None]]
    ) -> None:
        """Connect the parts.

        Args:
            database: where the versions are left.
            cache: the connection to Valkey.
            versions: what replaces them there.
            replaced: called with the id of each store for which something was replaced.
        """
        self._database = database
        self._cache = cache
        self._versions = versions
        self._replaced = replaced
        self._poll_seconds = POLL_SECONDS

    async def hand_over(self, namespace: Namespace, subjects: Sequence[str]) -> None:
        """Leave versions to other processes. What they stand for is committed, so this raises nothing."""

        async def work(session: WriteSession) -> None:
            for subject in subjects:
                await session.execute(
                    "INSERT INTO platform.overdue_version (id, store_id, subject) VALUES (%s, %s, %s)",
                    (uuid7(), namespace.store_id, subject),
                )

        try:
            await self._database.write_platform(work)
        except (psycopg.Error, DomainError) as error:
            logger.warning("version not handed over", reason=type(error).__name__)

    async def watch(self) -> None:
        """Replace what others hand over, until cancelled."""
        while True:
            await asyncio.sleep(self._poll_seconds)
            try:
                await self.replace()
            except (psycopg.Error, DomainError) as error:  # then nothing can be committed either
                logger.debug("overdue versions not read", reason=type(error).__name__)

    async def replace(self) -> None:
        """Replace what others have handed over, and trust Valkey again if it was unreachable before that."""
        failures = self._cache.failures
        overdue = await self._database.read_platform(
            lambda session: session.fetch(
                _Overdue,
                "SELECT id, store_id, subject, created_at < now() - make_interval(secs => %s) AS expired "
                "FROM platform.overdue_version",
                (LIFETIME_SECONDS,),
            )
        )
        done = [each for each in overdue if each.expired]
        for each in overdue:
            if not each.expired and await self._versions.replace_now(Namespace(each.store_id), each.subject):
                done.append(each)
            elif not each.expired:
                break  # Valkey can't be reached from here, and each attempt takes time
        if len(done) == len(overdue) and not self._cache.unreachable:
            self._versions.trust(failures)
        if done:
            await self._database.write_platform(
                lambda session: session.execute(
                    "DELETE FROM platform.overdue_version WHERE id = ANY(%s)", ([each.id for each in done],)
                )
            )
        for store_id in {each.store_id for each in done if each.store_id and not each.expired}:
            await self._replaced(store_id)
