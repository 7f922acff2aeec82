"""Pets in GraphQL, as customers see them: the shelf, a pet, and the live changes."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import strawberry

from menagerie.database.paging import DEFAULT_ROWS, encode_cursor
from menagerie.graphql.cacheability import CACHEABLE, cacheable
from menagerie.graphql.connections import Connection, connection
from menagerie.graphql.failures import Failure
from menagerie.graphql.immutable import Immutable
from menagerie.pets import lists, pictures, service
from menagerie.pets.kept import KeptPet
from menagerie.pets.models import Availability, PetSort, PictureSize, ShelfChanged, ShelfChangeKind, Species
from menagerie.pets.models import Pet as PetModel
from menagerie.pets.shelves import Shelf, Shelves
from menagerie.stores.graphql import StoreContext
from menagerie.stores.models import Store

for _enum in (Species, Availability, PictureSize, PetSort, ShelfChangeKind):
    strawberry.enum(_enum)

SPECIES = {species.value: species for species in Species}
"""By what the database calls them."""

StoreInfo = strawberry.Info[StoreContext, None]


class ShelfContext(StoreContext, Protocol):
    """What the shelf is given."""

    @property
    def shelves(self) -> Shelves:
        """The shelves that this process knows."""
        ...

    async def shelf(self, search: str | None = None, *, build: bool = True) -> Shelf | None:
        """The store's shelf, or what a search finds on it; None where the database is to be asked."""
        ...

    def shelf_changes(self) -> AsyncIterator[ShelfChanged]:
        """What happens on the store's shelf while the caller may see it."""
        ...

    async def shelf_pets(self, pet_ids: Sequence[UUID]) -> Sequence[PetModel]:
        """The pets of a change, looked up once for all who are told of it."""
        ...


ShelfInfo = strawberry.Info[ShelfContext, None]


@cacheable
@strawberry.type(description="A picture of a pet.")
class Picture:
    """A picture's addresses and shape."""

    width: int
    height: int
    placeholder: str = strawberry.field(description="A tiny WebP as a data: address, until the picture arrives.")
    addresses: strawberry.Private[pictures.Addresses]

    @strawberry.field(description="An address that an <img> can load for at least a day.")
    def url(self, size: PictureSize = PictureSize.CARD) -> str:
        """The signed address of the picture in a size."""
        return self.addresses.of(size)


@cacheable
@strawberry.type(description="A pet.")
class Pet(Immutable):
    """What everybody may know of a pet."""

    id: strawberry.ID
    name: str
    species: Species
    age_years: int
    description: str
    picture: Picture
    created_at: datetime
    availability: Availability


def pet_of(store: Store, model: PetModel) -> Pet:
    """A pet as customers see it."""
    return Pet(
        id=strawberry.ID(str(model.id)),
        name=model.name,
        species=SPECIES[model.species],
        age_years=model.age_years,
        description=model.description,
        picture=picture_of(store, model),
        created_at=model.created_at,
        availability=model.availability,
    )


def shown_pet(store: Store, kept: KeptPet) -> Pet:
    """An available pet that is kept, as customers see it: made once."""
    shown = kept.shown
    if not isinstance(shown, Pet):
        shown = kept.shown = pet_of(store, kept.pet)
    return shown


def picture_of(store: Store, model: PetModel) -> Picture:
    """A pet's picture as GraphQL shows it."""
    return Picture(
        width=model.picture_width,
        height=model.picture_height,
        placeholder=model.picture_placeholder,
        addresses=pictures.Addresses(store, model.picture_id),
    )


def parsed_id(value: str) -> UUID:
    """The id; what can't be one becomes the nil id, which names nothing."""
    try:
        return UUID(value)
    except ValueError:
        return UUID(int=0)


@strawberry.type(description="There is no such pet in this store.")
class PetNotFound(Failure):
    """An unknown pet."""


@strawberry.type(name="PetsUnavailable", description="Some pets can't be bought any more; nothing was changed.")
class PetsUnavailableFailure(Failure):
    """Sold or removed pets."""

    pets: list[Pet]


@cacheable
@strawberry.type(description="How many pets of a species are available.")
class SpeciesCount:
    """A species and its count."""

    species: Species
    count: int


@strawberry.type
class ShelfQuery:
    """Looking at a store's pets as a customer."""

    @strawberry.field(description="The available pets. `search` matches the beginnings of words.", metadata=CACHEABLE)
    async def pets(  # noqa: PLR0917  strawberry passes arguments by name
        self,
        info: ShelfInfo,
        first: int | None = DEFAULT_ROWS,
        after: str | None = None,
        species: Species | None = None,
        search: str | None = None,
        sort: PetSort = PetSort.NEWEST,
    ) -> Connection[Pet]:
        """A page of the shelf."""
        context, store, asked = info.context, info.context.store, lists.wanted(search)
        rows = DEFAULT_ROWS if first is None else first

        def cursor(pet: PetModel) -> str:
            return encode_cursor(store.key.sign, lists.shelf_list(sort), lists.shelf_key(pet, sort))

        shelf = await context.shelf(asked)
        if shelf is not None:
            page = await context.shelves.page(store, shelf, first=rows, after=after, species=species, sort=sort)
            if page is not None:
                return connection(page, lambda kept: shown_pet(store, kept), lambda kept: cursor(kept.pet))
        total = None if shelf is None else shelf.count(species)
        read = await context.read(
            lambda session: lists.shelf(
                session, store, first=rows, after=after, species=species, search=asked, sort=sort, total=total
            )
        )
        return connection(read, lambda pet: pet_of(store, pet), cursor)

    @strawberry.field(description="Available pets per species, all of them named, within a search.", metadata=CACHEABLE)
    async def species_counts(self, info: ShelfInfo, search: str | None = None) -> list[SpeciesCount]:
        """Counts for the species chips."""
        asked = lists.wanted(search)
        shelf = await info.context.shelf(asked)
        if shelf is not None:
            return [SpeciesCount(species=species, count=shelf.count(species)) for species in Species]
        totals = await info.context.read(lambda session: lists.species_totals(session, search=asked))
        return [SpeciesCount(species=Species(total.species), count=total.count) for total in totals]

    @strawberry.field(description="A pet of this store, whether available or not.", metadata=CACHEABLE)
    async def pet(self, info: ShelfInfo, id: strawberry.ID) -> Pet | None:  # noqa: A002  the contract's word
        """One pet."""
        context, wanted = info.context, parsed_id(id)
        shelf = await context.shelf(build=False)
        if shelf is not None and wanted.bytes in shelf.index:
            for kept in await context.shelves.available(context.store, shelf.index, [wanted.bytes]):
                return shown_pet(context.store, kept)
        model = await found(context, id)
        return pet_of(context.store, model) if model else None


async def found(context: StoreContext, value: str) -> PetModel | None:
    """The pet with this id in the caller's store."""
    return await context.read(lambda session: service.find(session, parsed_id(value)))


@strawberry.type(description="A pet came to the shelf or left it.")
class ShelfChange:
    """One pet's change."""

    kind: ShelfChangeKind
    pet: Pet


@strawberry.type
class ShelfSubscription:
    """The live shelf."""

    @strawberry.subscription(description="Pets that come to the shelf or leave it, from now on.")
    async def shelf(self, info: ShelfInfo) -> AsyncGenerator[ShelfChange, None]:
        """Changes as they happen."""
        async for change in info.context.shelf_changes():
            for pet in await info.context.shelf_pets(change.pet_ids):
                yield ShelfChange(kind=change.kind, pet=pet_of(info.context.store, pet))
