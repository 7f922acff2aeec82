"""A process reports its resources on /metrics: pools, queues, caches, and whether Valkey answers."""

import asyncio
from dataclasses import dataclass, replace

import pytest
from prometheus_client import REGISTRY

from menagerie.api.app import operation_turns
from menagerie.api.resource_metrics import ResourceMetrics
from menagerie.api.routes import Routes
from menagerie.cache.connection import Cache
from menagerie.cache.namespace import PLATFORM
from menagerie.database.session import ReadSession
from menagerie.runtime import Runtime
from shop import Shop
from workers import stock


@dataclass
class One:
    one: int


def _value(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(f"menagerie_{name}", labels)
    assert value is not None, (name, labels)
    return value


@pytest.fixture
def metrics(platform: Runtime) -> ResourceMetrics:
    queues = {"transactions": platform.database.turns, "sign-ins": platform.authenticator.turns}
    return ResourceMetrics(platform, queues, Routes(platform, operation_turns(16)).cache_bytes)


async def test_a_running_transaction_takes_a_connection_and_a_turn(
    metrics: ResourceMetrics, platform: Runtime, shop: Shop
) -> None:
    begun, end = asyncio.Event(), asyncio.Event()

    async def work(session: ReadSession) -> None:
        await session.fetch(One, "SELECT 1 AS one")
        begun.set()
        await end.wait()

    metrics.sample()
    taken = _value("queue_turns", queue="transactions")
    task = asyncio.create_task(platform.database.read(shop.store, work))
    await asyncio.wait_for(begun.wait(), 10)
    metrics.sample()
    assert _value("queue_turns", queue="transactions") == taken + 1
    pool = (await platform.database.nodes.pool_of(shop.store)).name
    opened, idle = (_value("pool_connections", pool=pool, state=state) for state in ("open", "idle"))
    assert opened - idle >= 1
    end.set()
    await asyncio.gather(task, return_exceptions=True)
    metrics.sample()
    assert _value("queue_turns", queue="transactions") == taken


async def test_requests_waiting_for_a_turn_are_counted(metrics: ResourceMetrics, platform: Runtime, shop: Shop) -> None:
    turns = platform.authenticator.turns
    taken = [turns.turn(shop.slug) for _ in range(turns.limit_per_store)]
    for turn in taken:
        await turn.__aenter__()
    waiting = asyncio.create_task(turns.take(shop.slug))
    await asyncio.sleep(0)
    metrics.sample()
    assert _value("queue_waiting", queue="sign-ins") == 1
    for turn in taken:
        await turn.__aexit__(None, None, None)
    await waiting
    turns.give_back(shop.slug, 0.001)
    metrics.sample()
    assert _value("queue_waiting", queue="sign-ins") == 0


async def test_answers_are_counted_by_where_they_were_found(
    metrics: ResourceMetrics, platform: Runtime, shop: Shop
) -> None:
    await stock(shop, ["Luna"])
    store, version = shop.store, b"version"
    metrics.sample()
    before = {found: _value("cache_lookups_total", found=found) for found in ("memory", "nowhere")}
    size = _value("cache_bytes", cache="answers")
    assert await platform.answer_cache.get(store, version, "digest") is None
    await platform.answer_cache.put(store, version, "digest", b"x" * 1000)
    assert await platform.answer_cache.get(store, version, "digest") == b"x" * 1000
    metrics.sample()
    after = {found: _value("cache_lookups_total", found=found) for found in ("memory", "nowhere")}
    assert after == {found: count + 1 for found, count in before.items()}
    assert _value("cache_bytes", cache="answers") >= size + 1000


async def test_every_cache_is_within_its_share_of_the_budget(metrics: ResourceMetrics, platform: Runtime) -> None:
    metrics.sample()
    sizes = {name: _value("cache_max_bytes", cache=name) for name in platform.cache_budget._fields}
    assert 0 < sum(sizes.values()) <= platform.settings.cache_bytes
    assert all(_value("cache_bytes", cache=name) <= size for name, size in sizes.items())


async def test_whether_valkey_answers_is_reported(metrics: ResourceMetrics, platform: Runtime) -> None:
    metrics.sample()
    assert _value("valkey_reachable") == 1
    nowhere = Cache("redis://127.0.0.1:1")
    await nowhere.get(PLATFORM.key("anything"))
    without_valkey = ResourceMetrics(replace(platform, cache=nowhere), {}, dict)
    without_valkey.sample()
    assert _value("valkey_reachable") == 0
    await nowhere.close()
    metrics.sample()


async def test_it_samples_periodically_until_stopped(metrics: ResourceMetrics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("menagerie.api.resource_metrics._PERIOD_SECONDS", 0.01)
    samples, enough = 0, asyncio.Event()
    sample = metrics.sample

    def counted() -> None:
        nonlocal samples
        samples += 1
        sample()
        if samples == 3:
            enough.set()

    monkeypatch.setattr(metrics, "sample", counted)
    metrics.start()
    await asyncio.wait_for(enough.wait(), 10)
    metrics.stop()
    seen = samples
    await asyncio.sleep(0.05)
    assert samples == seen
