"""New documents are read one at a time, stores in turn, with pauses while others wait."""

import asyncio
import gc
import time
from collections.abc import Generator

import pytest

from menagerie.api.schemas import SCHEMAS
from menagerie.errors import OverloadedError
from menagerie.graphql import reading
from menagerie.graphql.document_limits import SIGNED_IN
from menagerie.graphql.documents import Document, Documents
from menagerie.graphql.reading import DocumentReader
from whole_documents import MAX_BYTES

READ_SECONDS = 0.02


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> Documents:
    """Documents that take READ_SECONDS to read."""
    made = Documents(SCHEMAS["storefront"].graphql_schema, SIGNED_IN, max_bytes=MAX_BYTES, introspection=False)
    read = made.read

    def slowly(text: str) -> Generator[None, None, Document]:
        time.sleep(READ_SECONDS)
        return (yield from read(text))

    monkeypatch.setattr(made, "read", slowly)
    return made


def text(number: int) -> str:
    return f"{{ a{number}: me {{ name }} }}"


async def test_a_document_is_read_once_and_then_found_without_a_turn(documents: Documents) -> None:
    reader = DocumentReader(documents)
    first = await reader.read(text(0), "pawsome")
    assert not first.errors
    await reader._turns.take("pawsome")
    assert await reader.read(text(0), "pawsome") is first


async def test_a_document_sent_many_times_at_once_is_read_once(documents: Documents) -> None:
    reader, begun = DocumentReader(documents), time.monotonic()
    sent = [asyncio.create_task(reader.read(text(0), store)) for store in ("pawsome", "ribbit") for _ in range(50)]
    assert len({id(document) for document in await asyncio.gather(*sent)}) == 1
    assert time.monotonic() - begun < 5 * READ_SECONDS


async def test_documents_one_at_a_time_never_pause(documents: Documents) -> None:
    reader, begun = DocumentReader(documents), time.monotonic()
    for number in range(10):
        await reader.read(text(number), "pawsome")
    assert time.monotonic() - begun < 10 * READ_SECONDS * reading._PAUSE


async def test_what_reading_leaves_behind_is_freed_at_once(documents: Documents) -> None:
    reader = DocumentReader(documents)
    await reader.read(text(0), "pawsome")
    gc.collect()
    gc.disable()
    try:
        for number in range(1, 11):
            await reader.read(text(number), "pawsome")
        assert gc.collect() < 100  # some 500 objects of each document otherwise
    finally:
        gc.enable()


async def test_a_flood_leaves_most_of_the_time_to_others_and_barely_delays_another_store(
    documents: Documents,
) -> None:
    reader = DocumentReader(documents)
    done: list[str] = []

    async def read(number: int, store: str) -> None:
        await reader.read(text(number), store)
        done.append(store)

    flood = [asyncio.create_task(read(number, "pawsome")) for number in range(8)]
    await asyncio.sleep(0)
    begun = time.monotonic()
    other = asyncio.create_task(read(100, "ribbit"))
    await asyncio.gather(*flood, other)
    assert time.monotonic() - begun > 8 * READ_SECONDS * reading._PAUSE
    assert done.index("ribbit") <= 2


async def test_a_full_queue_refuses_and_goes_on(documents: Documents) -> None:
    reader = DocumentReader(documents)
    reader._turns.seconds = 1.0
    reads = [asyncio.create_task(reader.read(text(number), "pawsome")) for number in range(6)]
    outcomes = await asyncio.gather(*reads, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, OverloadedError)]
    assert len(refused) == 3
    assert sum(isinstance(outcome, Document) for outcome in outcomes) == 3
    assert isinstance(await reader.read(text(100), "pawsome"), Document)


async def test_an_invalid_document_gives_its_turn_back(documents: Documents) -> None:
    reader = DocumentReader(documents)
    for number in range(3):
        assert (await reader.read(f"{{ nothing{number} }}", None)).errors
    async with asyncio.timeout(5):
        while reader._turns._lines:  # noqa: ASYNC110  there is no event for this
            await asyncio.sleep(0.001)
