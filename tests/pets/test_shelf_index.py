"""A shelf's index gives the same answers as plain lists, after any operations in any order."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menagerie.pets import index as index_module
from menagerie.pets.index import ID_BYTES, LISTING, Found, ShelfIndex
from menagerie.pets.models import Species

SPECIES = [species.value for species in Species]
NAME = "NAME"

# Few different ids, so that many steps hit a pet that is or was on the shelf.
ids = st.integers(0, 30).map(lambda number: number.to_bytes(ID_BYTES))


def species_of(pet: bytes) -> str:
    """A pet's species, which never changes."""
    return SPECIES[pet[-1] * 7 % len(SPECIES)]


def name_of(pet: bytes) -> tuple[int, bytes]:
    """A pet's key in the order by name; some names are equal."""
    return pet[-1] * 11 % 5, pet


def is_found(pet: bytes) -> bool:
    return pet[-1] % 3 > 0


@dataclass
class Model:
    """The same as plain lists."""

    pets: list[bytes] = field(default_factory=list)

    def of(self, species: str | None, *, searched: bool, order: str = LISTING) -> list[bytes]:
        return sorted(
            (pet for pet in self.pets if species in {None, species_of(pet)} and (is_found(pet) or not searched)),
            key=name_of if order == NAME else None,
        )

    def page(
        self, order: str, species: str | None, after: bytes | None, count: int, *, searched: bool, backwards: bool
    ) -> list[bytes]:
        pets = self.of(species, searched=searched, order=order)[:: -1 if backwards else 1]
        key = name_of if order == NAME else bytes
        if after is not None:
            pets = [pet for pet in pets if (key(pet) < key(after) if backwards else key(pet) > key(after))]
        return pets[:count]


def index_of(pets: list[bytes]) -> ShelfIndex:
    pets = sorted(pets)
    return ShelfIndex(b"".join(pets), "".join(species_of(pet)[0] for pet in pets))


def learn_order(index: ShelfIndex, pets: list[bytes]) -> None:
    index.keep_order(NAME, sorted(pets, key=name_of))


def assert_same(index: ShelfIndex, found: Found, model: Model, afters: list[bytes | None]) -> None:
    assert index.ids() == frozenset(model.pets)
    for searched in (False, True):
        for species in (None, *SPECIES):
            wanted = model.of(species, searched=searched)
            assert index.count(species, found if searched else None) == len(wanted)
            for order in (LISTING, NAME) if index.has_order(NAME) else (LISTING,):
                for after in afters:
                    assert_pages_are_the_same(index, found if searched else None, model, order, species, after)


def assert_pages_are_the_same(
    index: ShelfIndex, found: Found | None, model: Model, order: str, species: str | None, after: bytes | None
) -> None:
    for backwards in (True, False):
        for count in (0, 1, 3, 100):
            page = index.page(order, species, found, after, count, backwards=backwards)
            if page is None:  # only after a pet that is no longer known
                assert order == NAME
                assert after not in model.pets
                continue
            searched = found is not None
            assert page == model.page(order, species, after, count, searched=searched, backwards=backwards)


steps = st.lists(st.tuples(st.sampled_from(["add", "discard", "order"]), ids, st.booleans()), max_size=30)


@settings(max_examples=150, deadline=None)
@given(begun=st.sets(ids), steps=steps, afters=st.lists(ids, max_size=3), walks=st.booleans())
def test_it_matches_plain_sorted_lists_after_any_operations(
    begun: set[bytes], steps: list[tuple[str, bytes, bool]], afters: list[bytes], *, walks: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # What a search finds is either sorted, or looked for along the order.
        patch.setattr(index_module, "_SORT_FACTOR", 0 if walks else 1_000)
        assert_same_after(begun, steps, afters)


def assert_same_after(begun: set[bytes], steps: list[tuple[str, bytes, bool]], afters: list[bytes]) -> None:
    index, model = index_of(list(begun)), Model(list(begun))
    found = index.found([pet for pet in begun if is_found(pet)])
    learn_order(index, model.pets)
    for step, pet, twice in steps:
        if step == "order":
            learn_order(index, model.pets)
            continue
        model.pets = [known for known in model.pets if known != pet] + ([pet] if step == "add" else [])
        for _ in range(2 if twice else 1):
            if step == "discard":
                index.discard(pet)
                continue
            index.add(pet, species_of(pet))
            if is_found(pet):
                index.add_found(found, pet)
        assert (pet in index) is (step == "add")
        assert_same(index, found, model, [pet])
    edges: list[bytes | None] = [None, bytes(ID_BYTES), b"\xff" * ID_BYTES]
    assert_same(index, found, model, [*edges, *begun, *afters])


@given(pets=st.sets(ids), gone=ids, count=st.integers(1, 5))
def test_successive_pages_make_up_the_list_though_pets_before_them_were_sold(
    pets: set[bytes], gone: bytes, count: int
) -> None:
    for order in (LISTING, NAME):
        for backwards in (True, False):
            index, seen, after = index_of(list(pets)), [], None
            learn_order(index, list(pets))
            while page := index.page(order, None, None, after, count, backwards=backwards):
                seen += page
                after = page[-1]
                index.discard(after)
                index.discard(gone)
            assert set(seen) | {gone} == pets | {gone}
            assert seen == sorted(seen, key=name_of if order == NAME else None, reverse=backwards)
            assert len(seen) == len(set(seen))


def test_a_listing_drops_an_order_because_only_the_database_knows_its_place() -> None:
    pets = [number.to_bytes(ID_BYTES) for number in range(6)]
    index = index_of(pets[:5])
    learn_order(index, pets[:5])
    index.discard(pets[0])
    assert index.has_order(NAME)
    index.add(pets[5], species_of(pets[5]))
    assert not index.has_order(NAME)
    assert index.has_order(LISTING)


def test_pets_missing_from_a_new_order_are_gone() -> None:
    pets = [number.to_bytes(ID_BYTES) for number in range(6)]
    index = index_of(pets)
    learn_order(index, [*pets[:2], *pets[3:], b"\x07" * ID_BYTES])
    assert pets[2] not in index
    assert index.page(NAME, None, None, pets[2], 6, backwards=False) is None
    page = index.page(LISTING, None, None, pets[2], 6, backwards=False)
    assert page is not None
    assert len(page) == 3


def test_an_index_is_worn_when_most_of_its_pets_are_gone() -> None:
    pets = [number.to_bytes(ID_BYTES) for number in range(6)]
    index = index_of(pets)
    for pet in pets[:4]:
        assert not index.worn
        index.discard(pet)
    assert index.worn


def test_mismatched_ids_and_species_are_refused() -> None:
    for species in ("C", "CCC"):
        with pytest.raises(ValueError, match="species"):
            ShelfIndex(bytes(2 * ID_BYTES), species)
