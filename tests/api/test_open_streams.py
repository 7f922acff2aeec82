"""Neither an account nor a store opens streams without end."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from uuid import uuid4

import httpx
import pytest

from api import test_live_shelf
from api.conftest import refusal, user
from api.test_live_shelf import SUBSCRIPTION
from menagerie.accounts.models import Caller, Role
from menagerie.api import open_streams
from menagerie.api.open_streams import MAX_PER_ACCOUNT, OpenStreams, TooManyStreamsError
from menagerie.settings import Settings
from shop import Shop

server = test_live_shelf.server


def customer_of(shop: Shop) -> Caller:
    return Caller(Role.CUSTOMER, uuid4(), shop.store)


def open_many(streams: OpenStreams, caller: Caller, count: int) -> ExitStack:
    stack = ExitStack()
    for _ in range(count):
        stack.enter_context(streams.opened(caller))
    return stack


def is_refused(streams: OpenStreams, caller: Caller) -> bool:
    try:
        with streams.opened(caller):
            return False
    except TooManyStreamsError:
        return True


async def test_each_account_has_its_own_limit(shop: Shop, other: Shop) -> None:
    streams, ada = OpenStreams(), customer_of(shop)
    with open_many(streams, ada, MAX_PER_ACCOUNT):
        assert is_refused(streams, ada)
        assert not is_refused(streams, customer_of(shop))
        assert not is_refused(streams, customer_of(other))
    assert not is_refused(streams, ada)
    assert not streams._counts


async def test_each_store_has_its_own_limit(shop: Shop, other: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_streams, "MAX_PER_STORE", 3)
    streams = OpenStreams()
    with open_many(streams, customer_of(shop), 2), open_many(streams, customer_of(shop), 1):
        assert is_refused(streams, customer_of(shop))
        assert not is_refused(streams, customer_of(other))
    assert not is_refused(streams, customer_of(shop))


async def test_streams_of_visitors_are_not_counted() -> None:
    streams = OpenStreams()
    with streams.opened(None):
        assert not streams._counts


@pytest.fixture
async def connection(server: httpx.AsyncClient, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """One HTTP/2 connection, and so one process."""
    assert settings.tls_certificate is not None
    trusted = ssl.create_default_context(cafile=str(settings.tls_certificate.parent / "authority.pem"))
    async with httpx.AsyncClient(base_url=server.base_url, verify=trusted, http2=True, timeout=10) as client:
        yield client


async def test_a_customer_who_opens_too_many_reads_why(connection: httpx.AsyncClient, shop: Shop, other: Shop) -> None:
    def subscribe(shop: Shop, customer: str = "ada@example.com"):
        headers = {"Accept": "text/event-stream", **user(shop, customer)}
        return connection.stream("POST", "/graphql/storefront", json=SUBSCRIPTION, headers=headers)

    await shop.add_customer("bob@example.com")
    async with AsyncExitStack() as pages:
        for _ in range(MAX_PER_ACCOUNT):
            response = await pages.enter_async_context(subscribe(shop))
            assert response.status_code == 200
        async with subscribe(shop) as refused:
            await refused.aread()
            assert refusal(refused, 429, "THROTTLED").startswith("Too many pages are open.")
            assert refused.headers["retry-after"] == "60"
        for someone_else in (subscribe(shop, "bob@example.com"), subscribe(other)):
            async with someone_else as response:
                assert response.status_code == 200
