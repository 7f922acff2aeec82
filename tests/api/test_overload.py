"""Under too much load some are told at once to come back, the more the later the event loop is; by itself it ends."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import httpx
import pytest
from asgi_lifespan import LifespanManager

from api.conftest import refusal, user
from menagerie.api import overload
from menagerie.api.app import Application
from menagerie.api.overload import TARGET_SECONDS, LoadShedder, Overloaded
from menagerie.settings import Settings
from shop import Shop
from workers import at

TRIES = 2_000


@pytest.fixture(autouse=True)
def _same_chances() -> None:
    random.seed(1)


def refused(shedder: LoadShedder) -> float:
    """The share of those who ask that is refused."""
    count = 0
    for _ in range(TRIES):
        try:
            shedder.admit()
        except Overloaded:
            count += 1
    return count / TRIES


@pytest.mark.parametrize("lag", [0.0, TARGET_SECONDS / 2, TARGET_SECONDS])
def test_nobody_is_refused_while_the_event_loop_is_not_later_than_it_may_be(lag: float) -> None:
    shedder = LoadShedder()
    shedder.lag = lag
    assert refused(shedder) == 0


def test_the_share_that_is_refused_grows_with_the_lag_and_never_is_all() -> None:
    shedder, shares = LoadShedder(), []
    for times in (1.1, 1.3, 1.5, 1.7, 1.9):
        shedder.lag = times * TARGET_SECONDS
        shares.append(refused(shedder))
        assert shares[-1] == pytest.approx(times - 1, abs=0.05)
    assert shares == sorted(shares)
    for lag in (2 * TARGET_SECONDS, 3600.0):
        shedder.lag = lag
        assert 0.9 < refused(shedder) < 1


def test_what_is_refused_is_counted() -> None:
    shedder = LoadShedder()
    shedder.lag = 10 * TARGET_SECONDS
    before = overload.SHED._value.get()
    share = refused(shedder)
    assert overload.SHED._value.get() - before == round(share * TRIES)


class Watched(LoadShedder):
    """One that says when it has measured."""

    made: "Watched"
    """The last one."""

    def __init__(self) -> None:
        super().__init__()
        self._measured = asyncio.Event()
        Watched.made = self

    def _measure(self) -> None:
        super()._measure()
        self._measured.set()

    async def until(self, done: Callable[[], bool]) -> None:
        """Let the event loop go on until it is measured to be so."""
        async with asyncio.timeout(30):
            while True:
                self._measured.clear()
                await self._measured.wait()
                if done():
                    return


async def test_it_measures_how_late_the_event_loop_is_and_forgets_it() -> None:
    shedder = Watched()
    shedder.start()
    await shedder.until(lambda: shedder.lag < TARGET_SECONDS)
    block()
    await shedder.until(lambda: shedder.lag > 0)
    assert refused(shedder) == 0, "one stall is no overload"
    while shedder.lag <= TARGET_SECONDS:
        await block_again(shedder)
    await shedder.until(lambda: shedder.lag < TARGET_SECONDS / 10)
    assert refused(shedder) == 0
    shedder.stop()
    assert shedder._timer is not None
    assert shedder._timer.cancelled()


def block(seconds: float = 5 * TARGET_SECONDS) -> None:
    """Do something that does not let anybody else do anything."""
    time.sleep(seconds)


async def block_again(shedder: Watched) -> None:
    """Block, and let it be measured once."""
    before = shedder.lag
    block()
    await shedder.until(lambda: shedder.lag != before)


def chance(monkeypatch: pytest.MonkeyPatch, drawn: float) -> None:
    """What is drawn for everybody who asks from now on."""
    monkeypatch.setattr(overload, "random", SimpleNamespace(random=lambda: drawn))


@pytest.fixture
async def busy(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[httpx.AsyncClient, Watched]]:
    """A server of its own, whose event loop a test may block."""
    monkeypatch.setattr("menagerie.api.app.LoadShedder", Watched)
    application = Application(settings)
    async with LifespanManager(application, startup_timeout=30, shutdown_timeout=30):
        transport = httpx.ASGITransport(application, raise_app_exceptions=False, client=("198.51.100.7", 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost:8443") as client:
            yield client, Watched.made


async def test_a_server_whose_event_loop_is_blocked_refuses_lives_on_and_recovers_by_itself(
    shop: Shop, busy: tuple[httpx.AsyncClient, Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, shedder = busy
    here = at(shop, client)
    assert await here.shelf_names() == []
    chance(monkeypatch, 0.5)
    while shedder.lag <= 2 * TARGET_SECONDS:
        await block_again(shedder)
    for response in (
        await client.post("/graphql/storefront", json={"query": "{ pets { totalCount } }"}, headers=user(shop)),
        await client.get(f"/stores/{shop.slug}"),
        await client.get("/nowhere"),
    ):
        sentence = refusal(response, 503, "OVERLOADED")
        assert sentence == "The store is very busy right now. Please try again in a moment."
        assert response.headers["retry-after"] == "1"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-request-id"]
        assert response.headers["x-content-type-options"] == "nosniff"
    alive = await client.get("/health/live")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (await client.get("/health/ready")).status_code == 200
    await shedder.until(lambda: shedder.lag < TARGET_SECONDS)
    assert await here.shelf_names() == []


async def test_a_purchase_that_is_refused_has_not_begun(
    shop: Shop, busy: tuple[httpx.AsyncClient, Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, shedder = busy
    pet = await shop.list_pet()
    query = "mutation($id: ID!) { purchasePet(petId: $id) { __typename } }"
    operation = {"query": query, "variables": {"id": pet["id"]}}
    chance(monkeypatch, 0.0)
    shedder.lag = 2 * TARGET_SECONDS
    response = await client.post("/graphql/storefront", json=operation, headers=user(shop))
    refusal(response, 503, "OVERLOADED")
    assert await shop.shelf_names() == ["Luna"]
    await shedder.until(lambda: shedder.lag < TARGET_SECONDS)
    bought = await client.post("/graphql/storefront", json=operation, headers=user(shop))
    assert bought.json() == {"data": {"purchasePet": {"__typename": "Purchase"}}}
