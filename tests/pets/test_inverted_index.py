"""Searches in memory find what PostgreSQL finds, for every prefix of every word, whatever the words."""

import itertools
from typing import Any
from uuid import UUID

import pytest

from menagerie.cache.version import new_version
from menagerie.pets import inverted_index, shelf_queries
from menagerie.pets.index import ShelfIndex, split_ids
from menagerie.pets.inverted_index import InvertedIndex, Words, WordsOfShelf, beginnings
from menagerie.pets.search import tsquery
from shop import Shop
from workers import stock

NAMES = [
    "Luna Moon", "Lunatic", "O'Malley the Cat", "Señor Fluff", "Aprés-ski", "Apr", "IVAN Ivory", "ISTANBUL Iris",
    "Straße", "Кот luna", "猫猫 moon", "R2-D2", "3pets 4.5 1e5x", "mail@luna.example", "a/b/luna.html", "<b>bold luna",
    "luna_moon", "moon\tluna\nnoon", "é", "zz zzz z", "Mr.Whiskers", "www.luna.example/moon", "🐈luna", "The THE the",
]  # fmt: skip


async def read(shop: Shop, work: Any) -> Any:
    return await shop.runtime.database.read(shop.store, work)


async def index_of(shop: Shop) -> ShelfIndex:
    shelf = await read(shop, shelf_queries.whole_shelf)
    return ShelfIndex(shelf.ids, shelf.species)


async def by_postgresql(shop: Shop, search: str) -> set[bytes]:
    return set(split_ids(await read(shop, lambda session: shelf_queries.found_by(session, search))))


async def known(shop: Shop, index: ShelfIndex) -> Words:
    known = Words()
    await known.read(index, lambda: read(shop, shelf_queries.all_words))
    return known


async def listed(shop: Shop, index: ShelfIndex, known: Words, names: list[str]) -> None:
    """List pets, and apply them as the log would."""
    ids = [UUID(pet) for pet in await stock(shop, names)]
    for pet in await read(shop, lambda session: shelf_queries.available_among(session, ids, None)):
        index.add(pet.id.bytes, pet.species)
        known.add(pet.id.bytes, pet.words)


async def all_searches(shop: Shop) -> list[str]:
    """Every plain prefix of every word that PostgreSQL has for the pets, one unknown word, and some pairs."""
    read_words = (await read(shop, shelf_queries.all_words)).words.split(" ")
    plain = {word[:end] for word in read_words for end in range(1, len(word) + 1) if word[:end].isascii()}
    single = [*sorted(word for word in plain if word.isalpha()), "nothing"]
    return [f"{word}:*" for word in single] + [
        f"{one}:* & {other}:*" for one, other in itertools.combinations(["l", "lun", "mo", "t", "luna", "nothing"], 2)
    ]


async def assert_finds_the_same(shop: Shop, index: ShelfIndex, known: Words) -> None:
    searches = await all_searches(shop)
    assert len(searches) > 100
    for search in searches:
        found = known.found(index, search)
        assert found is not None
        assert set(index.pets_of(found)) == await by_postgresql(shop, search), search


async def test_every_prefix_finds_what_postgresql_finds(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await stock(shop, NAMES)
    index = await index_of(shop)
    await assert_finds_the_same(shop, index, await known(shop, index))
    monkeypatch.setattr(inverted_index, "_FREQUENT", 0)  # every word is frequent
    await assert_finds_the_same(shop, index, await known(shop, index))


async def test_listed_pets_are_found_and_removed_ones_are_not(shop: Shop) -> None:
    pets = await stock(shop, NAMES[::2])
    index = await index_of(shop)
    some = await known(shop, index)
    await listed(shop, index, some, NAMES[1::2])
    for pet in pets[:4]:
        await shop.remove_pet(pet)
        index.discard(UUID(pet).bytes)
    await assert_finds_the_same(shop, index, some)


async def test_late_arrivals_with_earlier_ids_take_their_places(shop: Shop) -> None:
    """As when two processes list at once: the later id is in the index before the earlier one arrives."""
    await stock(shop, NAMES)
    whole = await read(shop, shelf_queries.whole_shelf)
    ids = split_ids(whole.ids)
    late = ids[3::5]
    index = ShelfIndex(
        b"".join(pet for pet in ids if pet not in late),
        "".join(letter for pet, letter in zip(ids, whole.species, strict=True) if pet not in late),
    )
    some = await known(shop, index)
    wanted_ids = [UUID(bytes=pet) for pet in late]
    for pet in await read(shop, lambda session: shelf_queries.available_among(session, wanted_ids, None)):
        index.add(pet.id.bytes, pet.species)
        some.add(pet.id.bytes, pet.words)
    assert index.insertions
    await assert_finds_the_same(shop, index, some)


async def test_pets_listed_while_the_words_were_read_are_found(shop: Shop) -> None:
    await stock(shop, NAMES[:12])
    index, some = await index_of(shop), Words()

    async def reading() -> WordsOfShelf:
        read_words = await read(shop, shelf_queries.all_words)
        await listed(shop, index, some, NAMES[12:])
        return read_words

    await some.read(index, reading)
    await assert_finds_the_same(shop, index, some)


async def test_too_many_new_listings_make_the_words_unknown(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inverted_index, "_MAX_ADDED", 3)
    index = await index_of(shop)
    some = await known(shop, index)
    await listed(shop, index, some, NAMES[:3])
    assert some.found(index, "luna:*") is not None
    await listed(shop, index, some, NAMES[3:4])
    assert some.found(index, "luna:*") is None
    assert some.size == 0

    async def reading() -> WordsOfShelf:
        read_words = await read(shop, shelf_queries.all_words)
        await listed(shop, index, some, NAMES[4:12])
        return read_words

    await some.read(index, reading)  # and while they are read too
    assert some.found(index, "luna:*") is None


async def test_words_are_worth_reading_after_many_new_searches(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inverted_index, "_PETS_PER_SEARCH", 1_000 / 4.5)
    await stock(shop, NAMES)
    index, some = await index_of(shop), Words()
    for search in ("luna:*", "moon:*", "кот:*", "r2:*", "IVAN:*", "x:*", "y:*"):
        assert not some.are_worth_reading(index)
        assert some.found(index, search) is None
    assert not some.are_worth_reading(index)  # four were plain
    some.found(index, "z:*")
    assert some.are_worth_reading(index)


async def test_an_empty_shelf_has_no_words(shop: Shop) -> None:
    index = await index_of(shop)
    found = (await known(shop, index)).found(index, "luna:*")
    assert found is not None
    assert found.bits == 0


def test_counts_that_do_not_match_the_words_are_an_error() -> None:
    with pytest.raises(ValueError, match="There are 2 words but 1 counts"):
        InvertedIndex(WordsOfShelf(b"", "luna moon", (0).to_bytes(4), b""), ShelfIndex(b"", ""))


@pytest.mark.parametrize(
    ("search", "asked"),
    [
        ("Luna", ("luna",)),
        ("moon, luna!", ("luna", "moon")),
        ("IRIS", None),  # only PostgreSQL knows its locale's lower case
        ("r2", None),
        ("señor", None),
        ("luna 猫", None),
        ("!", None),
    ],
)
def test_plain_searches(search: str, asked: tuple[str, ...] | None) -> None:
    text = tsquery(search)
    assert text is not None
    assert beginnings(text) == asked


def test_a_listed_pet_matches_by_prefixes_of_its_own_words() -> None:
    some = Words()
    pets = [new_version() for _ in range(3)]
    for pet, text in zip(pets, (" lunatic moon", " una moonshine", ""), strict=True):
        some.add(pet, text)
    assert some.found_among(pets, "luna:*") == pets[:1]
    assert some.found_among(pets, "moon:*") == pets[:2]
    assert some.found_among(pets, "lunatic:* & moon:*") == pets[:1]
    assert some.found_among([*pets, new_version()], "moon:*") is None
    assert some.found_among(pets, "r2:*") is None
