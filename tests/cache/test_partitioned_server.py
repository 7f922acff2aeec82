"""A server that alone is cut off from Valkey: what it commits is true at the others within two seconds."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from cache.conftest import Pair, looking_for_overdue_versions, two_workers
from citus import Citus
from menagerie.database.migrate import migrate
from menagerie.local.valkey import EmbeddedValkey
from menagerie.settings import Settings
from plain_postgres import DatabaseServer
from shop import PASSWORD, Shop
from workers import at, counted_statements, process, stock, worker

# Two, and one more for a slow machine.
BOUND_SECONDS = 3.0
LIST = "{ pets { nodes { name } } }"


@dataclass
class Link:
    """A way to Valkey that can be cut: what is sent over it then arrives nowhere, and nobody hears of that."""

    target: str
    path: str
    whole: asyncio.Event = field(default_factory=asyncio.Event)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        self.whole.clear()

    def mend(self) -> None:
        self.whole.set()
        for writer in self.writers:  # as a connection that was cut for so long ends
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_valkey, to_valkey = await asyncio.open_unix_connection(self.target)
        self.writers |= {writer, to_valkey}

        async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while data := await source.read(65536):
                    await self.whole.wait()
                    target.write(data)
                target.close()

        await asyncio.gather(pass_on(reader, to_valkey), pass_on(from_valkey, writer))
        self.writers -= {writer, to_valkey}


@dataclass
class Parted:
    """A store at three workers; two of them have links of their own to Valkey."""

    near: Shop
    far: Shop
    link: Link
    other_far: Shop
    other_link: Link


@pytest.fixture(scope="module")
def own_settings(
    database_server: DatabaseServer, settings: Settings, valkey: EmbeddedValkey, citus: Citus | None
) -> Iterator[Settings]:
    """With a database of their own: servers of other tests would replace overdue versions in another Valkey."""
    if citus is not None:
        pytest.skip("These tests need a database of their own, which stores on Citus cannot have.")
    name = f"parted_{uuid4().hex[:8]}"
    database_server.prepare(name)
    addresses = database_server.settings(name) | {"redis_url": valkey.address}
    made = settings.model_copy(update={name: SecretStr(address) for name, address in addresses.items()})
    assert made.owner_database_url
    migrate(made.owner_database_url.get_secret_value())
    yield made
    database_server.drop(name)


@pytest.fixture(scope="module")
async def workers(own_settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with two_workers(own_settings) as made:
        yield made


@asynccontextmanager
async def _linked(pair: Pair) -> AsyncIterator[tuple[Shop, Link]]:
    directory = Path(tempfile.mkdtemp(prefix="link-"))
    link = Link(unquote(urlsplit(pair.valkey.address).path), str(directory / "valkey.sock"))
    link.mend()
    server = await asyncio.start_unix_server(link.serve, link.path)
    settings = pair.settings.model_copy(update={"redis_url": SecretStr(f"unix://{quote(link.path)}")})
    async with AsyncExitStack() as stack:
        with looking_for_overdue_versions():
            client = await stack.enter_async_context(worker(settings))
        yield at(pair.first, client), link
        link.mend()
    server.close()
    shutil.rmtree(directory)


@pytest.fixture
async def parted(pair: Pair) -> AsyncIterator[Parted]:
    async with _linked(pair) as (far, link), _linked(pair) as (other_far, other_link):
        yield Parted(pair.first, far, link, other_far, other_link)


async def _seconds_until(condition: Callable[[], Awaitable[bool]]) -> float:
    begun = time.monotonic()
    while not await condition():
        assert time.monotonic() - begun < 20, "it did not happen in time"
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def _uses_cache(shop: Shop) -> bool:
    await shop.storefront(LIST)
    with counted_statements() as statements:
        await shop.storefront(LIST)
    return not statements.texts


async def test_a_sale_at_a_server_without_valkey_shows_at_the_others(parted: Parted) -> None:
    luna, _ = await stock(parted.near, ["Luna", "Kermit"])
    assert await _uses_cache(parted.near)
    parted.link.cut()
    assert (await parted.far.buy(luna))["__typename"] == "Purchase"

    async def is_gone() -> bool:
        return set(await parted.near.shelf_names()) == {"Kermit"}

    assert await _seconds_until(is_gone) < BOUND_SECONDS
    assert set(await parted.far.shelf_names()) == {"Kermit"}


async def test_a_store_suspended_without_valkey_closes_at_the_others(parted: Parted) -> None:
    await stock(parted.near, ["Luna"])
    assert await _uses_cache(parted.near)
    parted.link.cut()
    await process(parted.far).stores.suspend(parted.near.store)

    async def is_refused() -> bool:
        answer = await parted.near.post("storefront", LIST, f"{parted.near.slug}/ada@example.com")
        return answer.status_code == 403

    assert await _seconds_until(is_refused) < BOUND_SECONDS


async def test_a_session_ended_without_valkey_ends_at_the_others(parted: Parted) -> None:
    user = f"{parted.near.slug}/ada@example.com"
    token = (await parted.near.storefront("mutation { signIn { token } }"))["signIn"]["token"]
    assert (await parted.near.post("storefront", "{ me { name } }", user, password=token)).status_code == 200
    parted.link.cut()
    await parted.far.post("storefront", "mutation { signOut }", user, password=token)

    async def is_refused() -> bool:
        return (await parted.near.post("storefront", "{ me { name } }", user, password=token)).status_code == 401

    assert await _seconds_until(is_refused) < BOUND_SECONDS
    assert (await parted.near.post("storefront", "{ me { name } }", user, password=PASSWORD)).status_code == 200


async def test_open_pages_at_the_others_reconnect(parted: Parted) -> None:
    [luna] = await stock(parted.near, ["Luna"])

    async def listen() -> None:
        async for _ in process(parted.near).live.news(parted.near.store.id):
            pass

    page = asyncio.create_task(listen())
    await asyncio.sleep(0)
    parted.link.cut()
    await parted.far.buy(luna)
    await asyncio.wait_for(page, BOUND_SECONDS)


async def test_a_server_that_reaches_valkey_again_shows_nothing_that_was_sold_meanwhile(parted: Parted) -> None:
    """Not even if it is back before the one that sold, and asks before anybody else has replaced the version."""
    luna, _ = await stock(parted.near, ["Luna", "Kermit"])
    assert set(await parted.far.shelf_names()) == {"Luna", "Kermit"}
    parted.link.cut()
    parted.other_link.cut()
    await parted.far.shelf_names()
    await parted.other_far.buy(luna)
    parted.link.mend()
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        assert set(await parted.far.shelf_names()) == {"Kermit"}


async def test_nothing_is_left_behind(parted: Parted) -> None:
    [luna] = await stock(parted.near, ["Luna"])
    parted.link.cut()
    await parted.far.buy(luna)

    async def is_empty() -> bool:
        rows = await parted.near.runtime.database.read_platform(
            lambda session: session.fetch(_Row, "SELECT id::text AS id FROM platform.overdue_version")
        )
        return not rows

    assert await _seconds_until(is_empty) < BOUND_SECONDS


@dataclass
class _Row:
    id: str
