"""Reads new documents one at a time: reading one blocks the process for milliseconds.

Typical clients send a few documents again and again, with variables. When many new ones arrive at once, reading takes
a bounded share of the process's time, and stores take turns.
"""

import asyncio
import time
from collections.abc import Hashable

from prometheus_client import Counter

from menagerie.cache.single_flight import SingleFlight
from menagerie.fair_queue import FairQueue
from menagerie.graphql.documents import Document, Documents

_PAUSE = 3
"""The pause after a document while others wait, in multiples of its reading time: three quarters of all the time."""
_MAX_WAIT_SECONDS = 2.0
_REFUSED = Counter("menagerie_documents_refused", "New documents rejected because their queue was full.")


class DocumentReader:
    """Reads the documents of one schema."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._flights: SingleFlight[Document] = SingleFlight()
        self._turns = FairQueue(limit_per_store=1, limit=1, max_wait=_MAX_WAIT_SECONDS, refused=_REFUSED)

    async def read(self, text: str, store: Hashable) -> Document:
        """Return the document of a text, reading it if it is new.

        Args:
            text: the text as it was sent.
            store: the store whose turn to take; None queues like a store of its own.

        Raises:
            OverloadedError: if too many new documents are waiting.
        """
        known = self._documents.find(text)
        if known is not None:
            return known
        return await self._flights.run(text, lambda: self._read(text, store))

    async def _read(self, text: str, store: Hashable) -> Document:
        await self._turns.take(store)
        begun = time.monotonic()
        try:
            return self._documents.read(text)
        finally:
            took = time.monotonic() - begun
            pause = _PAUSE * took if self._turns.is_busy else 0
            asyncio.get_running_loop().call_later(pause, self._turns.give_back, store, took + pause)
