"""Health checks for orchestrators: liveness, and readiness to do real work."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import psycopg
import psycopg_pool
import structlog
from redis.exceptions import RedisError
from starlette.types import Send

from menagerie.api.messages import Answer, Request, respond
from menagerie.api.storage_full import was_full
from menagerie.database.revisions import STORES_REVISION
from menagerie.database.session import ReadSession
from menagerie.errors import DomainError
from menagerie.pets.queries import species_counts
from menagerie.runtime import Runtime
from menagerie.secrets.envelope import KeyMismatchError

logger = structlog.get_logger(__name__)

_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


@dataclass(frozen=True, slots=True)
class _Slug:
    slug: str


@dataclass(frozen=True, slots=True)
class _DatabaseHealth:
    database: str
    keys_are_missing: bool = False
    not_migrated: Sequence[str] = ()


_MAX_NAMED = 20
"""The most unmigrated stores to name."""


_ALIVE = Answer(orjson.dumps({"status": "alive"}), _HEADERS)


async def live(_request: Request, send: Send) -> None:
    """Answer `/health/live`."""
    await respond(send, _ALIVE)


async def ready(runtime: Runtime, send: Send) -> None:
    """Answer `/health/ready`."""
    found, cache = await _database(runtime), await _cache(runtime)
    # Without the cache everything is slower but nothing is down.
    ok = found.database == "ok" and not found.keys_are_missing
    content: dict[str, object] = {"status": "ready" if ok else "not ready", "database": found.database, "cache": cache}
    if found.keys_are_missing:
        content["keys"] = "missing"
    if was_full():
        content["disk"] = "full"
    if found.not_migrated:
        content["not_migrated"] = found.not_migrated
    await respond(send, Answer(orjson.dumps(content), _HEADERS, 200 if ok else 503))


async def _database(runtime: Runtime) -> _DatabaseHealth:
    """Run a real query on a store, through its role and schema, and name the stores that are not migrated.

    On Citus only the coordinator is queried: an unreachable worker takes down its own stores, and must not take
    down the server with all the others.
    """
    nodes = runtime.database.nodes

    async def query(session: ReadSession) -> tuple[_Slug | None, list[_Slug]]:
        first = await session.fetch_one(
            _Slug, "SELECT slug FROM platform.store WHERE revision >= %s ORDER BY id LIMIT 1", (STORES_REVISION,)
        )
        behind = await session.fetch(
            _Slug,
            "SELECT slug FROM platform.store WHERE revision < %s ORDER BY slug LIMIT %s",
            (STORES_REVISION, _MAX_NAMED),
        )
        return first, behind

    try:
        first, behind = await runtime.database.read_platform(query)
        store = None if first is None else await runtime.stores.find(first.slug)
        if store is not None and await nodes.pool_of(store) is nodes.coordinator:
            await runtime.database.read(store, species_counts)
    except KeyMismatchError:
        logger.warning("not ready", reason="MENAGERIE_MASTER_KEYS lacks the key that wraps a store's data key")
        return _DatabaseHealth("ok", keys_are_missing=True)
    except (psycopg.Error, psycopg_pool.PoolTimeout, DomainError, OSError) as error:
        logger.warning("not ready", reason=type(error).__name__)
        return _DatabaseHealth("away")
    return _DatabaseHealth("ok", not_migrated=[each.slug for each in behind])


async def _cache(runtime: Runtime) -> str:
    try:
        await runtime.cache.round_trip()
    except (RedisError, OSError, TimeoutError):
        return "away"
    return "ok"
