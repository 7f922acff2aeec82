"""The live shelf over a real server with two workers: TLS, server-sent events, and how streams end."""

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from menagerie.pets.models import ShelfChanged, ShelfChangeKind
from menagerie.settings import Settings, environment
from menagerie.stores.models import StoreChanges
from shop import Shop, basic
from workers import at, stock

SUBSCRIPTION = {"query": "subscription { shelf { kind pet { id name availability } } }"}
UNSEEN = "Unseen"


@pytest.fixture(scope="session")
async def server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings, tmp_path_factory.mktemp("server") / "log") as client:
        yield client


@asynccontextmanager
async def serving(settings: Settings, log: Path, **changes: object) -> AsyncIterator[httpx.AsyncClient]:
    """Start a server with two workers, and yield a client of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"port": port, "public_url": f"https://localhost:{port}", "metrics_port": 0, "workers": 2}
    chosen = settings.model_copy(update={**own, **changes})
    assert chosen.tls_certificate is not None
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: ASYNC220  it starts at once
            [sys.executable, "-m", "menagerie.cli.main", "serve"], env=environment(chosen), stdout=output, stderr=output
        )
    trusted = ssl.create_default_context(cafile=str(chosen.tls_certificate.parent / "authority.pem"))
    async with httpx.AsyncClient(base_url=f"https://localhost:{port}", verify=trusted, timeout=10) as client:
        try:
            await _until_ready(client, process, log)
            yield client
        finally:
            process.terminate()
            process.wait(15)


async def _until_ready(client: httpx.AsyncClient, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()  # noqa: ASYNC240  the test is over
        try:
            if (await client.get("/health/ready")).status_code == 200:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise AssertionError(log.read_text())  # noqa: ASYNC240  the test is over


async def _unseen_pet(shop: Shop) -> UUID:
    """A removed pet, whose removal can be published as often as needed."""
    pet = await shop.list_pet(UNSEEN)
    await shop.remove_pet(pet["id"])
    return UUID(pet["id"])


@asynccontextmanager
async def _watching(shop: Shop, client: httpx.AsyncClient, password: str | None = None) -> AsyncIterator[asyncio.Queue]:
    """The events of a stream as they arrive; None at its end."""
    unseen = await _unseen_pet(shop)
    events: asyncio.Queue = asyncio.Queue()
    is_listening = asyncio.Event()
    authorization = basic(f"{shop.slug}/ada@example.com", *([password] if password else []))
    headers = {"Accept": "text/event-stream", "Authorization": authorization}
    begun = asyncio.Event()

    async def listen() -> None:
        async with client.stream(
            "POST", "/graphql/storefront", json=SUBSCRIPTION, headers=headers, timeout=60
        ) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            begun.set()
            async for line in response.aiter_lines():
                if line.startswith("data:") and line[5:].strip():
                    change = json.loads(line[5:])["data"]["shelf"]
                    if change["pet"]["name"] == UNSEEN:
                        is_listening.set()
                    else:
                        events.put_nowait((time.monotonic(), change))
        events.put_nowait(None)

    task = asyncio.create_task(listen())
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait({waiting, task}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    assert begun.is_set(), task.exception() if task.done() else "the stream did not begin"
    try:
        # The response begins before its worker listens to Valkey, so publish until a message comes through.
        async with asyncio.timeout(10):
            while not is_listening.is_set():
                await shop.runtime.live.publish(shop.store.id, ShelfChanged(ShelfChangeKind.REMOVED, (unseen,)))
                with suppress(TimeoutError):
                    await asyncio.wait_for(is_listening.wait(), 0.1)
        yield events
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _next(events: asyncio.Queue, since: float) -> tuple[str, str, str]:
    moment, change = await asyncio.wait_for(events.get(), 5)
    assert moment - since < 1
    return change["kind"], change["pet"]["name"], change["pet"]["availability"]


async def test_changes_in_another_worker_arrive_within_a_second(shop: Shop, other: Shop, server) -> None:
    async with _watching(shop, server) as events:
        await stock(other, ["Somebody else's"])
        started = time.monotonic()
        (luna, kermit) = [(await shop.list_pet(name))["id"] for name in ("Luna", "Kermit")]
        assert await _next(events, time.monotonic()) == ("LISTED", "Luna", "AVAILABLE")
        assert await _next(events, time.monotonic()) == ("LISTED", "Kermit", "AVAILABLE")
        started = time.monotonic()
        await shop.buy(luna)
        assert await _next(events, started) == ("SOLD", "Luna", "SOLD")
        started = time.monotonic()
        await shop.remove_pet(kermit)
        assert await _next(events, started) == ("REMOVED", "Kermit", "REMOVED")
        assert events.empty()


async def test_many_pages_in_both_workers_are_notified(shop: Shop, server: httpx.AsyncClient) -> None:
    async with (
        _watching(shop, server) as first,
        _watching(shop, server) as second,
        _watching(shop, server) as third,
        _watching(shop, server) as fourth,
    ):
        started = time.monotonic()
        inside = at(shop, server)
        (pet_id,) = await stock(shop, ["Luna"])
        for events in (first, second, third, fourth):
            assert await _next(events, started) == ("LISTED", "Luna", "AVAILABLE")
        started = time.monotonic()
        await inside.buy(pet_id)
        for events in (first, second, third, fourth):
            assert await _next(events, started) == ("SOLD", "Luna", "SOLD")


async def test_a_stream_ends_when_its_credentials_do(shop: Shop, server: httpx.AsyncClient) -> None:
    token = (await shop.storefront("mutation { signIn { token } }"))["signIn"]["token"]
    async with _watching(shop, server, token) as events:
        await stock(shop, ["Luna"])
        assert await _next(events, time.monotonic()) == ("LISTED", "Luna", "AVAILABLE")
        await shop.post("storefront", "mutation { signOut }", f"{shop.slug}/ada@example.com", password=token)
        await stock(shop, ["Kermit"])
        assert await asyncio.wait_for(events.get(), 5) is None


@pytest.mark.parametrize("ending", ["signOut", "signOutEverywhere"])
async def test_a_stream_ends_at_once_and_other_streams_continue(
    shop: Shop, other: Shop, server: httpx.AsyncClient, ending: str
) -> None:
    token = (await shop.storefront("mutation { signIn { token } }"))["signIn"]["token"]
    async with (
        _watching(shop, server, token) as events,
        _watching(shop, server) as by_password,
        _watching(other, server) as elsewhere,
    ):
        await shop.post("storefront", f"mutation {{ {ending} }}", f"{shop.slug}/ada@example.com", password=token)
        assert await asyncio.wait_for(events.get(), 1) is None
        for each, events_of_others in ((shop, by_password), (other, elsewhere)):
            await stock(each, ["Luna"])
            assert await _next(events_of_others, time.monotonic()) == ("LISTED", "Luna", "AVAILABLE")


async def test_streams_end_when_their_store_changes_so_that_pages_reload_it(
    shop: Shop, other: Shop, server: httpx.AsyncClient
) -> None:
    async with _watching(shop, server) as first, _watching(shop, server) as second, _watching(other, server) as theirs:
        await shop.runtime.stores.change(shop.store, StoreChanges(welcome="Hello."), actor="test")
        for events in (first, second):
            assert await asyncio.wait_for(events.get(), 1) is None
        await stock(other, ["Luna"])
        assert await _next(theirs, time.monotonic()) == ("LISTED", "Luna", "AVAILABLE")


async def test_a_suspended_stores_stream_ends(shop: Shop, server: httpx.AsyncClient) -> None:
    async with _watching(shop, server) as events:
        await shop.runtime.stores.suspend(shop.store)
        await stock(shop, ["Luna"])
        assert await asyncio.wait_for(events.get(), 5) is None


async def test_a_stream_needs_credentials(shop: Shop, server: httpx.AsyncClient) -> None:
    response = await server.post("/graphql/storefront", json=SUBSCRIPTION, headers={"Accept": "text/event-stream"})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Basic realm="menagerie", charset="UTF-8"'


async def test_only_tls_1_2_and_newer_is_accepted(server: httpx.AsyncClient) -> None:
    port = server.base_url.port

    def negotiated(version: ssl.TLSVersion) -> str | None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            return secured.version()

    assert await asyncio.to_thread(negotiated, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert await asyncio.to_thread(negotiated, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises((ssl.SSLError, OSError)):
            await asyncio.to_thread(negotiated, old)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        async with httpx.AsyncClient() as plain_text:
            await plain_text.get(f"http://localhost:{port}/health/live")
