"""A page gets events of its own store only."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from menagerie.accounts.credentials import Client
from menagerie.accounts.models import Caller, Role
from menagerie.api.context import of_process, of_request
from menagerie.api.schemas import SCHEMAS
from menagerie.graphql.context import Context
from menagerie.graphql.document_limits import SIGNED_IN
from menagerie.graphql.documents import Documents
from menagerie.graphql.reading import DocumentReader, StoreReader
from menagerie.pets.models import ShelfChanged
from menagerie.runtime import Runtime
from menagerie.stores.graphql import NO_DEMO
from shop import Shop, basic
from whole_documents import MAX_BYTES

SHELF = "subscription { shelf { kind pet { id name } } }"


def watching_context(platform: Runtime, caller: Caller, shop: Shop) -> Context:
    client = Client(basic(f"{shop.slug}/ada@example.com"), "127.0.0.1")
    context = Context({**of_process(platform, NO_DEMO), **of_request(client, caller, None)})
    documents = Documents(SCHEMAS["storefront"].graphql_schema, SIGNED_IN, max_bytes=MAX_BYTES, introspection=False)
    return context.with_part(StoreReader(DocumentReader(documents), shop.slug))


@asynccontextmanager
async def _watching(platform: Runtime, shop: Shop) -> AsyncIterator[AsyncIterator[dict]]:
    """A customer's shelf subscription, already listening."""
    caller = Caller(Role.CUSTOMER, shop.customers["ada@example.com"], shop.store)
    context = watching_context(platform, caller, shop)
    stream = await SCHEMAS["storefront"].subscribe(SHELF, context_value=context)
    async with aclosing(stream):
        waiting = asyncio.ensure_future(anext(stream))
        async with asyncio.timeout(10):
            while not (platform.live._pages.get(shop.store.id) and platform.live._listening.is_set()):  # noqa: ASYNC110  there is no event for this
                await asyncio.sleep(0.01)

        async def changes() -> AsyncIterator[dict]:
            result = await waiting
            while True:
                assert not result.errors, result.errors
                assert result.data is not None
                yield result.data["shelf"]
                result = await anext(stream)

        yield changes()
        waiting.cancel()


async def test_a_page_gets_events_of_its_own_store_only(platform: Runtime, shop: Shop, other: Shop) -> None:
    async with _watching(platform, shop) as changes, asyncio.timeout(20):
        theirs = await other.list_pet("Theirs")
        await other.buy(theirs["id"])
        await other.remove_pet((await other.list_pet("Theirs too"))["id"])
        ours = await shop.list_pet("Ours")
        # The foreign event was published first, so it would have arrived first.
        assert await anext(changes) == {"kind": "LISTED", "pet": {"id": ours["id"], "name": "Ours"}}
        await other.list_pet("Theirs at last")
        await shop.buy(ours["id"])
        assert (await anext(changes))["kind"] == "SOLD"


async def test_a_message_that_names_a_foreign_pet_shows_nothing_of_it(
    platform: Runtime, shop: Shop, other: Shop
) -> None:
    from uuid import UUID

    from menagerie.pets.models import ShelfChangeKind

    theirs = await other.list_pet("Theirs")
    ours = await shop.list_pet("Ours")
    async with _watching(platform, shop) as changes, asyncio.timeout(20):
        for pet in (theirs, ours):
            await platform.live.publish(shop.store.id, ShelfChanged(ShelfChangeKind.SOLD, (UUID(pet["id"]),)))
        assert (await anext(changes))["pet"]["name"] == "Ours"


async def test_a_stream_ends_when_its_customer_may_no_longer_see_it(platform: Runtime, shop: Shop) -> None:
    from menagerie.stores.service import Stores

    caller = Caller(Role.CUSTOMER, shop.customers["ada@example.com"], shop.store)
    context = watching_context(platform, caller, shop)
    stream = await SCHEMAS["storefront"].subscribe(SHELF, context_value=context)
    async with aclosing(stream), asyncio.timeout(20):
        waiting = asyncio.ensure_future(anext(stream, None))
        while not platform.live._pages.get(shop.store.id):  # noqa: ASYNC110  there is no event for this
            await asyncio.sleep(0.01)
        stores: Stores = platform.stores
        await stores.suspend(shop.store)
        from uuid import uuid4

        from menagerie.pets.models import ShelfChangeKind

        await platform.live.publish(shop.store.id, ShelfChanged(ShelfChangeKind.REMOVED, (uuid4(),)))
        assert await waiting is None


async def test_an_event_is_not_even_delivered_to_another_stores_pages(
    platform: Runtime, shop: Shop, other: Shop
) -> None:
    """Looking up the pet in the page's store would hide a foreign event, so this checks what comes before."""
    from uuid import uuid4

    from menagerie.pets.models import ShelfChangeKind

    theirs, ours = (ShelfChanged(ShelfChangeKind.SOLD, (uuid4(),)) for _ in range(2))
    events = platform.live.news(shop.store.id)
    assert isinstance(events, AsyncGenerator)
    async with aclosing(events) as changes, asyncio.timeout(20):
        waiting = asyncio.ensure_future(anext(changes))
        while not (platform.live._pages.get(shop.store.id) and platform.live._listening.is_set()):  # noqa: ASYNC110  there is no event for this
            await asyncio.sleep(0.01)
        await platform.live.publish(other.store.id, theirs)
        await platform.live.publish(shop.store.id, ours)
        assert await waiting == ours
