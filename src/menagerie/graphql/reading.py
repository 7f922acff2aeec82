"""Reads new documents one at a time and step by step: reading one occupies the process for milliseconds.

Typical clients send a few documents again and again, with variables. When many new ones arrive at once, reading takes
a bounded share of the process's time, and stores take turns.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Hashable
from dataclasses import dataclass

from prometheus_client import Counter
from strawberry.extensions import SchemaExtension

from menagerie.cache.single_flight import SingleFlight
from menagerie.fair_queue import FairQueue
from menagerie.graphql.documents import Document, Documents

_PAUSE = 3
"""The pause after a document while others wait, in multiples of its reading time: three quarters of the total."""
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
        took = 0.0
        try:
            steps = self._documents.read(text)
            while True:
                begun = time.monotonic()
                try:
                    next(steps)
                except StopIteration as end:
                    return end.value
                finally:
                    took += time.monotonic() - begun
                await asyncio.sleep(0)  # let other requests run in between
        finally:
            took += _collect_garbage()
            pause = _PAUSE * took if self._turns.is_busy else 0
            asyncio.get_running_loop().call_later(pause, self._turns.give_back, store, took + pause)


def _collect_garbage() -> float:
    """Free what reading a document leaves behind; returns how many seconds it took.

    That is some hundred objects, which refer to each other. Collected later, those of many documents stop the process
    for up to a hundred milliseconds.
    """
    begun = time.monotonic()
    gc.collect(0)
    return time.monotonic() - begun


@dataclass(frozen=True, slots=True)
class StoreReader:
    """A document reader, and the store whose turns it takes."""

    reader: DocumentReader
    store: Hashable


class ReadDocuments(SchemaExtension):
    """Makes Strawberry execute documents from the reader in the context, with its limits and its cache."""

    async def on_parse(self) -> AsyncIterator[None]:
        """Read the document instead of having Strawberry parse and validate it."""
        execution = self.execution_context
        reads = execution.context[StoreReader]
        document = await reads.reader.read(execution.query or "", reads.store)
        if document.node is None:
            raise document.errors[0]
        execution.graphql_document, execution.pre_execution_errors = document.node, []
        yield
