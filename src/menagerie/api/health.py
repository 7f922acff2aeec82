"""Health for orchestrators: alive, and ready to do real work."""

from dataclasses import dataclass

import orjson
import psycopg
import psycopg_pool
import structlog
from fastapi import APIRouter, Response
from redis.exceptions import RedisError

from menagerie.errors import Problem
from menagerie.pets.lists import species_totals
from menagerie.runtime import Runtime

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Slug:
    slug: str


def router(runtime: Runtime) -> APIRouter:
    """The addresses of health."""
    routes = APIRouter()

    @routes.get("/health/live")
    async def live() -> Response:
        return _json({"status": "alive"}, 200)

    @routes.get("/health/ready")
    async def ready() -> Response:
        database, cache = await _database(runtime), await _cache(runtime)
        # Without the cache everything is slower and nothing is down.
        ok = database == "ok"
        content = {"status": "ready" if ok else "not ready", "database": database, "cache": cache}
        return _json(content, 200 if ok else 503)

    return routes


async def _database(runtime: Runtime) -> str:
    """A real query of a store, through its role and schema.

    On Citus the coordinator alone is asked: a worker that is away takes its own stores with it, and must not take the
    server, and with it all others.
    """
    nodes = runtime.database.nodes
    try:
        first = await runtime.database.read_platform(
            lambda session: session.fetch_one(_Slug, "SELECT slug FROM platform.store ORDER BY id LIMIT 1")
        )
        store = None if first is None else await runtime.stores.find(first.slug)
        if store is not None and await nodes.owner(store) is nodes.coordinator:
            await runtime.database.read(store, species_totals)
    except (psycopg.Error, psycopg_pool.PoolTimeout, Problem, OSError) as error:
        logger.warning("not ready", reason=type(error).__name__)
        return "away"
    return "ok"


async def _cache(runtime: Runtime) -> str:
    try:
        await runtime.cache.round_trip()
    except (RedisError, OSError, TimeoutError):
        return "away"
    return "ok"


def _json(content: dict[str, str], status: int) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json", headers={"Cache-Control": "no-store"})
