"""The catalogue's version lists changes: a follower of an older one catches up, or learns of a gap."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from menagerie.cache.log import Entry, entries, version_of
from menagerie.cache.namespace import Namespace
from menagerie.cache.version import new_version
from menagerie.pets.answer_cache import SUBJECT
from menagerie.pets.models import ShelfChanged, ShelfChangeKind
from menagerie.pets.shelf_log import Change, Followed, ShelfLog
from menagerie.runtime import Runtime, runtime
from menagerie.settings import Settings


class NewStore:
    """A new store, with only what the log needs to know of it."""

    def __init__(self) -> None:
        self.id = UUID(bytes=random.randbytes(16))
        self.namespace = Namespace(self.id)


@pytest.fixture
def store() -> Any:
    return NewStore()


@pytest.fixture(scope="session")
async def another(settings: Settings) -> AsyncIterator[Runtime]:
    async with runtime(settings) as opened:
        yield opened


def listed(*pets: UUID) -> ShelfChanged:
    return ShelfChanged(ShelfChangeKind.LISTED, pets)


def sold(*pets: UUID) -> ShelfChanged:
    return ShelfChanged(ShelfChangeKind.SOLD, pets)


def as_logged(change: ShelfChanged) -> Change:
    return Change(change.kind is ShelfChangeKind.LISTED, tuple(pet.bytes for pet in change.pet_ids))


async def value(process: Runtime, store: Any) -> bytes:
    found = await process.versions.current(store.namespace, SUBJECT)
    assert found is not None
    return found


def log(process: Runtime) -> ShelfLog:
    """The log of a process that doesn't follow anything yet."""
    return ShelfLog(process.versions, process.shelves.log._log)


async def test_a_process_catches_up_in_order_with_what_another_appended(
    platform: Runtime, another: Runtime, store: Any
) -> None:
    here = log(another)
    followed = here.follow(store, await value(another, store))
    assert (followed.first, followed.end) == (0, 0)
    pets = [uuid7() for _ in range(6)]
    changes = [
        listed(pets[0]),
        sold(pets[0]),
        listed(*pets[1:4]),
        ShelfChanged(ShelfChangeKind.REMOVED, (pets[1],)),
        sold(*pets[2:4]),
        listed(pets[5]),
    ]
    for number, change in enumerate(changes):
        await platform.shelves.log.append(store.namespace, change)
        if number == 2:
            assert here.follow(store, await value(another, store)) is followed
            assert followed.changes == [as_logged(change) for change in changes[:3]]
    last = await value(another, store)
    for _ in range(2):
        assert here.follow(store, last) is followed
        assert followed.changes == [as_logged(change) for change in changes]
    assert followed.since(4) == [as_logged(change) for change in changes[4:]]
    assert followed.since(followed.end) == []


async def test_a_reader_with_an_old_value_gets_what_is_known_since(
    platform: Runtime, another: Runtime, store: Any
) -> None:
    here = log(another)
    values: list[bytes] = []
    for _ in range(6):
        values.append(await value(another, store))
        await platform.shelves.log.append(store.namespace, sold(uuid7()))
    followed = here.follow(store, values[2])
    for newest in (3, 5):
        assert here.follow(store, values[newest]) is followed
        known = list(followed.changes)
        for earlier in values[:newest]:
            assert here.follow(store, earlier) is followed
            assert followed.changes == known
            assert here.newest(store, version_of(earlier)) == version_of(values[newest])
        assert here.newest(store, version_of(values[newest])) == version_of(values[newest])
        assert here.newest(store, unknown := new_version()) == unknown
    await platform.shelves.log.append(store.namespace, None)
    assert here.follow(store, await value(another, store)) is followed
    assert here.follow(store, values[5]) is followed
    assert (followed.gaps, followed.changes) == (1, known)


async def test_both_processes_may_append_and_each_follows_the_other(
    platform: Runtime, another: Runtime, store: Any
) -> None:
    begun = await value(platform, store)
    logs = [log(platform), log(another)]
    known = [each.follow(store, begun) for each in logs]
    changes = [listed(uuid7()) for _ in range(10)]
    for number, change in enumerate(changes):
        await (platform, another)[number % 2].shelves.log.append(store.namespace, change)
    for process, each, followed in zip((platform, another), logs, known, strict=True):
        assert each.follow(store, await value(process, store)) is followed
        assert followed.changes == [as_logged(change) for change in changes]


async def test_concurrent_appends_lose_nothing(platform: Runtime, another: Runtime, store: Any) -> None:
    here = log(another)
    followed = here.follow(store, await value(another, store))
    changes = [listed(uuid7()) if number % 3 else sold(uuid7(), uuid7()) for number in range(50)]
    await asyncio.gather(
        *(
            (platform, another)[number % 2].shelves.log.append(store.namespace, change)
            for number, change in enumerate(changes)
        )
    )
    assert here.follow(store, await value(another, store)) is followed
    assert len(followed.changes) == 50
    assert set(followed.changes) == {as_logged(change) for change in changes}


async def test_each_append_creates_a_new_version(platform: Runtime, store: Any) -> None:
    seen = {version_of(await value(platform, store))}
    for number in range(20):
        await platform.shelves.log.append(store.namespace, listed(uuid7()) if number % 2 else None)
        seen.add(version_of(await value(platform, store)))
    assert len(seen) == 21


async def test_a_value_stays_small_and_followers_who_missed_changes_learn_of_the_gap(
    platform: Runtime, another: Runtime, store: Any
) -> None:
    late, near = log(another), log(another)
    begun = late.follow(store, await value(another, store))
    changes = [sold(uuid7(), uuid7(), uuid7()) for _ in range(100)]  # about 60 bytes each
    for change in changes[:60]:
        await platform.shelves.log.append(store.namespace, change)
    followed = near.follow(store, await value(another, store))
    for change in changes[60:]:
        await platform.shelves.log.append(store.namespace, change)
    last = await value(another, store)
    assert 4 * 1024 - 100 < len(last) <= 4 * 1024
    assert near.follow(store, last) is followed
    assert followed.changes == [as_logged(change) for change in changes[60:]]
    assert followed.gaps == 0
    assert late.follow(store, last) is begun
    assert (begun.version, begun.changes, begun.gaps) == (version_of(last), [], 1)


async def test_a_change_larger_than_a_value_is_a_gap_for_every_follower(
    platform: Runtime, another: Runtime, store: Any
) -> None:
    here = log(another)
    followed = here.follow(store, await value(another, store))
    await platform.shelves.log.append(store.namespace, sold(*(uuid7() for _ in range(400))))
    assert here.follow(store, await value(another, store)) is followed
    assert (followed.gaps, followed.changes) == (1, [])
    await platform.shelves.log.append(store.namespace, change := listed(uuid7()))
    assert here.follow(store, await value(another, store)) is followed
    assert (followed.gaps, followed.changes) == (1, [as_logged(change)])


@pytest.mark.parametrize("lost", ["replaced", "missing", "empty"])
async def test_a_version_without_changes_is_a_gap_for_followers(
    platform: Runtime, another: Runtime, store: Any, lost: str
) -> None:
    here = log(another)
    await platform.shelves.log.append(store.namespace, listed(uuid7()))
    followed = here.follow(store, await value(another, store))
    if lost == "replaced":
        await platform.versions.replace(store.namespace, [SUBJECT])
    elif lost == "missing":
        await platform.cache.delete(store.namespace.key("version", SUBJECT))
    else:
        await platform.shelves.log.append(store.namespace, None)
    # Even if it is followed by changes that are logged.
    for _ in range(3):
        await platform.shelves.log.append(store.namespace, listed(uuid7()))
    assert here.follow(store, await value(another, store)) is followed
    assert (followed.gaps, followed.changes) == (1, [])
    await platform.shelves.log.append(store.namespace, change := sold(uuid7()))
    assert here.follow(store, await value(another, store)) is followed
    assert (followed.gaps, followed.changes) == (1, [as_logged(change)])


async def test_two_stores_are_followed_separately(platform: Runtime, another: Runtime) -> None:
    mine: Any = NewStore()
    theirs: Any = NewStore()
    here = log(another)
    known = [here.follow(each, await value(another, each)) for each in (mine, theirs)]
    await platform.shelves.log.append(mine.namespace, change := listed(uuid7()))
    assert [here.follow(each, await value(another, each)) for each in (mine, theirs)] == known
    assert [followed.changes for followed in known] == [[as_logged(change)], []]


def test_old_changes_are_forgotten_and_are_a_gap_for_whoever_asks() -> None:
    followed = Followed(new_version())
    changes = [Change(True, (number.to_bytes(16),)) for number in range(6_001)]
    followed.extend(changes[:1_000])
    followed.extend(changes[1_000:])
    assert (followed.first, followed.end) == (1_001, 6_001)
    assert followed.since(1_000) is None
    assert followed.since(1_001) == changes[1_001:]
    assert followed.since(6_000) == changes[6_000:]


versions = st.binary(min_size=9, max_size=9)
logged = st.lists(st.tuples(versions, st.binary(max_size=40)), min_size=1, max_size=8)


@given(logged=logged, data=st.data())
def test_a_value_cut_anywhere_lists_no_change_that_did_not_happen(
    logged: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    whole = b"".join(version + len(change).to_bytes(2) + change for version, change in logged)
    assert list(entries(whole)) == [Entry(version, change) for version, change in logged]
    cut = whole[: data.draw(st.integers(9, len(whole)))]
    read = list(entries(cut))
    assert version_of(cut) == logged[0][0]
    for entry, (version, change) in zip(read, logged, strict=False):
        assert entry.version == version
        assert entry.change in {change, b""}
    assert all(entry.change == change for entry, (_, change) in zip(read[:-1], logged, strict=False))
