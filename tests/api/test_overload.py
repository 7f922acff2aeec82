"""Under too much load some are told at once to come back, the more the later the event loop is; by itself it ends."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import httpx
import pytest
from asgi_lifespan import LifespanManager
from starlette.types import Message

from api.conftest import refusal, user
from menagerie.api import overload
from menagerie.api.app import Application
from menagerie.api.messages import Request
from menagerie.api.overload import TARGET_SECONDS, LoadShedder, named_store
from menagerie.errors import Overloaded
from menagerie.settings import Settings
from shop import Shop, basic
from workers import at

TRIES = 2_000


@pytest.fixture(autouse=True)
def _same_chances() -> None:
    random.seed(1)


STORES = {"pawsome", "ribbit", "whiskers"}


def shedder_at(lag: float) -> LoadShedder:
    shedder = LoadShedder(STORES.__contains__)
    shedder.lag = lag
    return shedder


def asking(store: str) -> Request:
    """A request of one of the store's customers."""
    return request("/graphql/storefront", basic(f"{store}/ada@example.com"))


def request(path: str, authorization: str) -> Request:
    async def receive() -> Message:
        raise AssertionError("Nobody reads on.")

    headers = [(b"authorization", authorization.encode())] if authorization else []
    return Request({"method": "POST", "path": path, "headers": headers}, receive)


def is_refused(shedder: LoadShedder, request: Request) -> bool:
    try:
        shedder.admit(request)
    except Overloaded:
        return True
    return False


def refused(shedder: LoadShedder) -> float:
    """The share of those who ask that is refused."""
    return sum(is_refused(shedder, asking("pawsome")) for _ in range(TRIES)) / TRIES


@pytest.mark.parametrize("lag", [0.0, TARGET_SECONDS / 2, TARGET_SECONDS])
def test_nobody_is_refused_while_the_event_loop_is_not_later_than_it_may_be(lag: float) -> None:
    assert refused(shedder_at(lag)) == 0


def test_the_share_that_is_refused_grows_with_the_lag_and_never_is_all() -> None:
    shedder, shares = shedder_at(0), []
    for times in (1.1, 1.3, 1.5, 1.7, 1.9):
        shedder.lag = times * TARGET_SECONDS
        shares.append(refused(shedder))
        assert shares[-1] == pytest.approx(times - 1, abs=0.05)
    assert shares == sorted(shares)
    for lag in (2 * TARGET_SECONDS, 3600.0):
        shedder.lag = lag
        assert 0.9 < refused(shedder) < 1


def test_what_is_refused_is_counted() -> None:
    shedder = shedder_at(10 * TARGET_SECONDS)
    before = overload.SHED._value.get()
    share = refused(shedder)
    assert overload.SHED._value.get() - before == round(share * TRIES)


@pytest.mark.parametrize("flood", ["pawsome", "no-such-store", "another-each-time"])
def test_who_floods_is_refused_and_not_the_customers_of_another_store(flood: str) -> None:
    shedder = shedder_at(1.8 * TARGET_SECONDS)
    refusals: Counter[str] = Counter()
    for number in range(TRIES):
        refusals["flood"] += is_refused(shedder, asking(f"{flood}-{number}" if "another" in flood else flood))
        if number % 20 == 0:
            refusals["ribbit"] += is_refused(shedder, asking("ribbit"))
    assert refusals["flood"] / TRIES > 0.9
    assert refusals["ribbit"] / (TRIES / 20) < 0.2


def test_stores_that_ask_for_equally_much_are_refused_equally() -> None:
    shedder = shedder_at(1.5 * TARGET_SECONDS)
    counts = Counter[str]()
    for _ in range(TRIES):
        for store in STORES:
            counts[store] += is_refused(shedder, asking(store))
    assert all(count / TRIES == pytest.approx(0.5, abs=0.05) for count in counts.values()), counts


async def test_what_a_store_asked_for_a_while_ago_does_not_count() -> None:
    shedder = Watched()
    shedder.lag = 1.5 * TARGET_SECONDS
    for _ in range(100):
        is_refused(shedder, asking("pawsome"))
    shedder.start()
    await shedder.until(lambda: not shedder._demand)
    shedder.stop()


@pytest.mark.parametrize(
    ("path", "authorization", "store"),
    [
        ("/stores/pawsome/pictures/a/b", "", "pawsome"),
        ("/stores/ribbit", basic("pawsome/ada@example.com"), "ribbit"),
        ("/graphql/merchant", basic("pawsome/merlin"), "pawsome"),
        ("/graphql/platform", basic("merlin"), None),
        ("/graphql/signup", "", ""),
        ("/graphql/storefront", "Basic not-base64!", ""),
        ("/graphql/storefront", "Basic " + "A" * 5_000, None),
        ("/graphql/storefront", "Basic /w==", ""),
    ],
)
def test_the_store_that_a_request_names(path: str, authorization: str, store: str | None) -> None:
    named = named_store(request(path, authorization))
    assert named == store if store is not None else named not in STORES


class Watched(LoadShedder):
    """One that says when it has measured."""

    made: "Watched"
    """The last one."""

    def __init__(self, is_store: Callable[[str], bool] = STORES.__contains__) -> None:
        super().__init__(is_store)
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
async def application(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Application]:
    """A server of its own, whose event loop a test may block."""
    monkeypatch.setattr("menagerie.api.app.LoadShedder", Watched)
    application = Application(settings)
    async with LifespanManager(application, startup_timeout=30, shutdown_timeout=30):
        yield application


@pytest.fixture
async def busy(application: Application) -> AsyncIterator[tuple[httpx.AsyncClient, Watched]]:
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


async def test_what_would_wait_too_long_for_the_database_is_refused_whole_and_not_begun(
    shop: Shop, application: Application, busy: tuple[httpx.AsyncClient, Watched]
) -> None:
    here = at(shop, busy[0])
    pet = await shop.list_pet()
    buy = "mutation($id: ID!) { purchasePet(petId: $id) { __typename } }"
    queries = [(buy, {"id": pet["id"]}), ("{ me { name } cart { availableCount } }", {}), ("{ me { name } }", {})]
    assert (await here.cart())["pets"] == []
    assert application._runtime is not None
    turns = application._runtime.database.turns
    async with turns.turn(shop.store.id):
        line = turns._lines[shop.store.id]
        line.users += 1_000_000  # as if so many were waiting
        for query, variables in queries:
            response = await here.post("storefront", query, f"{shop.slug}/ada@example.com", **variables)
            refusal(response, 503, "OVERLOADED")
            assert response.headers["retry-after"] == "1"
        line.users -= 1_000_000
    assert (await here.buy(pet["id"]))["__typename"] == "Purchase"
