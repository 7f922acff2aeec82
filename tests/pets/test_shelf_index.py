"""A shelf's index is a sorted list that finds its places quickly: it answers as the plain list does."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menagerie.pets.index import ID_BYTES, ShelfIndex
from menagerie.pets.models import Species

SPECIES = [species.value for species in Species]

# Few different ids, so that many steps meet a pet that is there, or was.
ids = st.integers(0, 30).map(lambda number: number.to_bytes(ID_BYTES))


def species_of(pet: bytes) -> str:
    """A pet is of one species for ever."""
    return SPECIES[pet[-1] * 7 % len(SPECIES)]


@dataclass
class Model:
    """The same as a plain list. A pet that has gone never comes back."""

    pets: list[bytes] = field(default_factory=list)

    def of(self, species: str | None) -> list[bytes]:
        return sorted(pet for pet in self.pets if species is None or species_of(pet) == species)

    def page(self, species: str | None, after: bytes | None, count: int, *, newest_first: bool) -> list[bytes]:
        pets = self.of(species)[:: -1 if newest_first else 1]
        if after is not None:
            pets = [pet for pet in pets if (pet < after if newest_first else pet > after)]
        return pets[:count]


def index_of(pets: list[bytes], *, among: ShelfIndex | None = None) -> ShelfIndex:
    pets = sorted(pets)
    return ShelfIndex(b"".join(pets), "".join(species_of(pet)[0] for pet in pets), among=among)


def same(index: ShelfIndex, model: Model, afters: list[bytes | None]) -> None:
    assert len(index) == len(model.pets)
    assert index.ids() == frozenset(model.pets)
    for species in (None, *SPECIES):
        assert index.count(species) == len(model.of(species))
        for after in afters:
            for newest_first in (True, False):
                for count in (0, 1, 3, 100):
                    page = list(index.page(species, after, count, newest_first=newest_first))
                    assert page == model.page(species, after, count, newest_first=newest_first)


steps = st.lists(st.tuples(st.sampled_from(["add", "discard"]), ids, st.booleans()), max_size=40)


@settings(max_examples=300, deadline=None)
@given(begun=st.sets(ids), steps=steps, afters=st.lists(ids, max_size=3))
def test_it_answers_as_a_plain_sorted_list_whatever_happens_in_whatever_order(
    begun: set[bytes], steps: list[tuple[str, bytes, bool]], afters: list[bytes]
) -> None:
    index, model = index_of(list(begun)), Model(list(begun))
    for step, pet, twice in steps:
        for _ in range(2 if twice else 1):
            if step == "add":
                index.add(pet, species_of(pet))
            else:
                index.discard(pet)
        model.pets = [known for known in model.pets if known != pet] + ([pet] if step == "add" else [])
        assert (pet in index) is (step == "add")
        same(index, model, [pet])
    edges: list[bytes | None] = [None, bytes(ID_BYTES), b"\xff" * ID_BYTES]
    same(index, model, [*edges, *begun, *afters])


@given(pets=st.sets(ids), gone=ids, count=st.integers(1, 5))
def test_pages_one_behind_another_make_up_the_list_though_the_pet_before_them_was_sold(
    pets: set[bytes], gone: bytes, count: int
) -> None:
    for newest_first in (True, False):
        index, seen, after = index_of(list(pets)), [], None
        while page := list(index.page(None, after, count, newest_first=newest_first)):
            seen += page
            after = page[-1]
            index.discard(after)
            index.discard(gone)
        assert set(seen) | {gone} == pets | {gone}
        assert seen == sorted(seen, reverse=newest_first)
        assert len(seen) == len(set(seen))


def test_a_page_is_a_copy_that_later_changes_leave_alone() -> None:
    pets = [number.to_bytes(ID_BYTES) for number in range(6)]
    index = index_of(pets)
    for newest_first in (True, False):
        page = index.page(None, None, 6, newest_first=newest_first)
        index.discard(pets[3])
        assert len(page) == 6
        index.add(pets[3], species_of(pets[3]))


@given(pets=st.sets(ids), found=st.sets(ids), steps=steps)
def test_what_a_search_finds_are_the_objects_of_the_whole_shelf_and_lists_of_its_own(
    pets: set[bytes], found: set[bytes], steps: list[tuple[str, bytes, bool]]
) -> None:
    whole = index_of(list(pets))
    search = index_of(list(found), among=whole)
    objects = {pet: id(pet) for pet in whole.page(None, None, 100, newest_first=False)}
    for pet in search.page(None, None, 100, newest_first=False):
        assert pet not in objects or id(pet) == objects[pet]
    model = Model(list(found))
    same(search, model, [None])
    for step, pet, _ in steps:
        (search.add(pet, species_of(pet)) if step == "add" else search.discard(pet))
    assert whole.ids() == frozenset(pets)
    same(whole, Model(list(pets)), [None])


def test_ids_and_species_that_do_not_belong_together_are_no_shelf() -> None:
    for species in ("C", "CCC"):
        with pytest.raises(ValueError, match="zip"):
            ShelfIndex(bytes(2 * ID_BYTES), species)
