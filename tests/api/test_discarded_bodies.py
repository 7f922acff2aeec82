"""How much of a body is still read before a refusal is sent."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message, Receive

from api import test_live_shelf
from api.conftest import own_server, refusal, user
from menagerie.api import messages
from menagerie.api.messages import Request
from menagerie.settings import Settings
from shop import Shop

server = test_live_shelf.server

MEGABYTE = 1_000_000


def _request(receive: Receive, **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "http_version": "1.1", "headers": named}, receive)


async def test_no_more_than_the_limit_is_read() -> None:
    chunk, read = bytes(MEGABYTE), 0

    async def receive() -> Message:
        nonlocal read
        read += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": True}

    await _request(receive, transfer_encoding="chunked").discard()
    assert 32 * 1024 * 1024 <= read < 32 * 1024 * 1024 + 2 * len(chunk)


async def test_a_started_body_is_read_even_if_the_client_asked_first() -> None:
    parts = [b"a" * 10, b"b" * 10, b"c" * 10]

    async def receive() -> Message:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    request = _request(receive, transfer_encoding="chunked", expect="100-continue")
    with pytest.raises(messages.ContentTooLargeError):
        await request.body(5, "5 bytes")
    await request.discard()
    assert not parts


async def test_a_client_that_hangs_up_is_not_waited_for() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async with asyncio.timeout(1):
        await _request(receive, content_length="9000000").discard()


async def test_a_request_without_a_body_is_not_waited_for() -> None:
    async def receive() -> Message:
        raise AssertionError("asked for a body that never comes")

    await _request(receive).discard()
    await _request(receive, content_length="0").discard()


async def _never() -> Message:
    await asyncio.sleep(60)
    raise AssertionError("waited for it")


async def _late() -> tuple[messages.Request, asyncio.Task[bytes]]:
    """A request whose body should have arrived by now, and the task that waits for it."""
    request = _request(_never, content_length="10")
    task = asyncio.create_task(request.body(MEGABYTE, "1 MB"))
    await asyncio.sleep(0)
    request._body_ends = 0.0
    return request, task


@pytest.fixture
async def impatient(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Give a body a fifth of a second."""
    monkeypatch.setattr(messages, "_BODY_SECONDS", 0.2)
    monkeypatch.setattr(messages, "_SLOW_BODIES_SECONDS", 0.02)
    slow_bodies = messages.SlowBodies()
    slow_bodies.start()
    yield
    slow_bodies.stop()


@pytest.mark.usefixtures("impatient")
async def test_a_body_that_stops_is_refused() -> None:
    request = _request(_never, content_length="9000000")
    async with asyncio.timeout(2):
        with pytest.raises(messages.SlowBodyError, match="too slowly"):
            await request.body(MEGABYTE * 10, "10 MB")
        await request.discard()  # does not wait for it again


@pytest.mark.usefixtures("impatient")
async def test_a_body_that_trickles_is_refused() -> None:
    received = 0

    async def receive() -> Message:
        nonlocal received
        await asyncio.sleep(0.05)
        received += 1
        return {"type": "http.request", "body": b"a", "more_body": True}

    async with asyncio.timeout(2):
        with pytest.raises(messages.SlowBodyError):
            await _request(receive, content_length="900000").body(MEGABYTE, "1 MB")
    assert received >= 1


async def test_a_body_that_is_given_up_twice_is_refused() -> None:
    """As by two applications in one process, which share the requests that they check."""
    request, task = await _late()
    request.give_up_if_slow(task)
    request.give_up_if_slow(task)
    with pytest.raises(messages.SlowBodyError):
        await task


@pytest.mark.usefixtures("impatient")
async def test_a_cancellation_from_elsewhere_is_not_a_slow_body() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await _request(_never, content_length="10").body(MEGABYTE, "1 MB")
    assert not messages._receiving


@pytest.mark.usefixtures("impatient")
async def test_a_cancellation_while_a_slow_body_is_given_up_stays_a_cancellation() -> None:
    request, task = await _late()
    request.give_up_if_slow(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_server_gives_up_a_body_that_stops(
    settings: Settings, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "_BODY_SECONDS", 0.2)

    async def content() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    headers = {**user(shop), "Content-Type": "application/json"}
    async with own_server(settings) as (_, client), asyncio.timeout(15):
        response = await client.post("/graphql/storefront", content=content(), headers=headers)
    assert refusal(response, 408, "REQUEST_TIMEOUT").startswith("The request arrived too slowly.")


@pytest.mark.usefixtures("impatient")
async def test_a_body_at_the_least_rate_is_read() -> None:
    parts = [b"a" * 100] * 10

    async def receive() -> Message:
        await asyncio.sleep(0.05)  # 2,000 bytes per second
        return {"type": "http.request", "body": parts.pop(), "more_body": bool(parts)}

    assert len(await _request(receive, content_length="1000").body(MEGABYTE, "1 MB")) == 1000
