"""Pets that were looked up are cached, together with their GraphQL objects."""

import time
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from menagerie.pets import pet_cache, pictures
from menagerie.pets.graphql import shown_pet
from menagerie.pets.models import Availability, Pet, PictureSize, Species
from menagerie.pets.pet_cache import PetCache
from menagerie.pets.pictures import signature_holds, signed_address
from shop import Shop
from workers import process

DAY = 24 * 60 * 60


def pet() -> Pet:
    now = datetime.now(UTC)
    return Pet(uuid7(), "Luna", "CAT", 2, "Purrs.", now, None, None, uuid7(), 4, 3, "data:", b"", b"")


def test_the_least_recently_used_pets_are_evicted(shop: Shop) -> None:
    pets, few = [pet() for _ in range(5)], PetCache(max_bytes=3 * pet_cache._BYTES_PER_PET)
    ids = [each.id.bytes for each in pets]
    for each in pets[:3]:
        few.keep(shop.store, each)
    few.find(shop.store, ids[:1])
    for each in pets[3:]:
        few.keep(shop.store, each)
    found = few.find(shop.store, ids)
    assert list(found) == [ids[0], ids[3], ids[4]]
    assert [each.pet for each in found.values()] == [pets[0], pets[3], pets[4]]
    few.forget(shop.store, ids[3])
    few.forget(shop.store, ids[3])
    assert list(few.find(shop.store, ids)) == [ids[0], ids[4]]


def test_no_store_gets_anothers_pets(shop: Shop, other: Shop) -> None:
    pets, each = PetCache(max_bytes=10_000), pet()
    pets.keep(shop.store, each)
    assert not pets.find(other.store, [each.id.bytes])
    pets.forget(other.store, each.id.bytes)
    assert pets.find(shop.store, [each.id.bytes])


def test_a_pets_graphql_object_is_created_once(shop: Shop) -> None:
    each = PetCache(max_bytes=10_000).keep(shop.store, model := pet())
    shown = shown_pet(shop.store, each)
    assert shown_pet(shop.store, each) is shown
    assert (shown.id, shown.species, shown.availability) == (str(model.id), Species.CAT, Availability.AVAILABLE)
    assert shown.picture.url() == signed_address(shop.store, model.picture_id, PictureSize.CARD)


def test_a_pictures_addresses_are_signed_again_each_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    start, picture_id, seen = time.time() // DAY * DAY, UUID(int=7), dict[PictureSize, list[str]]()
    for later in (0, DAY - 1, DAY, 3 * DAY):
        monkeypatch.setattr(pictures.time, "time", partial(float, start + later))
        for size in PictureSize:
            address = signed_address(shop.store, picture_id, size)
            given = parse_qs(address.partition("?")[2])
            assert signature_holds(shop.store, picture_id, size, given["e"][0], given["s"][0])
            seen.setdefault(size, []).append(address)
    for first, same, next_day, last in seen.values():
        assert first == same
        assert len({first, next_day, last}) == 3


async def test_a_sold_pet_does_not_come_from_the_cache(shop: Shop) -> None:
    query = "query($id: ID!) { pet(id: $id) { availability } pets { nodes { id availability } } }"
    ids = [(await shop.list_pet())["id"] for _ in range(2)]
    for wanted in ids:
        answer: dict[str, Any] = await shop.storefront(query, id=wanted)
        assert {each["availability"] for each in answer["pets"]["nodes"]} == {"AVAILABLE"}
    await shop.buy(ids[0])
    answer = await shop.storefront(query, id=ids[0])
    assert answer == {"pet": {"availability": "SOLD"}, "pets": {"nodes": [{"id": ids[1], "availability": "AVAILABLE"}]}}
    assert [UUID(bytes=key[16:]) for key in _kept(shop)] == [UUID(ids[1])], "the sold pet is still cached"


def _kept(shop: Shop) -> list[bytes]:
    """The keys of the store's cached pets in the server's process."""
    kept = process(shop).shelves._pets._kept
    return [key for key in kept if key.startswith(shop.store.id.bytes)]
