"""Whether a page receives live shelf events, found by publishing an event for a pet that no page shows."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from browser.visitor import ADA, Visit, Visitor
from menagerie.pets.models import ShelfChanged, ShelfChangeKind
from shop import Shop

# More than the comments that keep an idle stream open.
_NEWS_BYTES = 20
_PATIENCE_SECONDS = 15


@dataclass
class Listener:
    """A customer's page whose streams are watched over CDP, because only that shows each event arriving."""

    visitor: Visitor
    _unseen_pet: UUID
    _streams: set[str] = field(default_factory=set)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def open(cls, shop: Shop, visit: Visit) -> "Listener":
        """Sign in and open the shelf."""
        pet = UUID((await shop.list_pet("Unseen"))["id"])
        await shop.remove_pet(str(pet))
        listener = cls(await visit(shop), pet)
        page = listener.visitor.page
        network = await listener.visitor.context.new_cdp_session(page)
        network.on("Network.requestWillBeSent", listener._on_request)
        network.on("Network.dataReceived", listener._on_data)
        await network.send("Network.enable")
        await listener.visitor.begin_session(ADA)
        await listener.visitor.open()
        return listener

    async def wait_until_listening(self) -> None:
        """Wait until events reach the page: an earlier change might not be passed on to it.

        An answered stream is no sign yet, because the server begins to listen only then.
        """
        shop = self.visitor.shop
        self._heard.clear()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not self._heard.is_set():
                await shop.runtime.live.publish(
                    shop.store.id, ShelfChanged(ShelfChangeKind.REMOVED, (self._unseen_pet,))
                )
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._heard.wait(), 0.2)

    def _on_request(self, event: dict[str, Any]) -> None:
        if "subscription ShelfChanges" in event["request"].get("postData", ""):
            self._streams.add(event["requestId"])

    def _on_data(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._streams and event["dataLength"] > _NEWS_BYTES:
            self._heard.set()
