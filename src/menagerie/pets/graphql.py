"""Pets in GraphQL, as customers see them: the shelf, single pets, and live changes."""

from collections.abc import AsyncGenerator
from datetime import datetime
from uuid import UUID

import strawberry

from menagerie.database.paging import DEFAULT_ROWS, encode_cursor
from menagerie.graphql.cacheability import CACHEABLE, cacheable
from menagerie.graphql.connections import Connection, connection
from menagerie.graphql.context import Context, Info
from menagerie.graphql.failures import Failure
from menagerie.graphql.immutable import Immutable
from menagerie.pets import pictures, queries
from menagerie.pets.answer_cache import CatalogVersion
from menagerie.pets.live import Watch
from menagerie.pets.models import Availability, PetSort, PictureSize, ShelfChangeKind, Species
from menagerie.pets.models import Pet as PetModel
from menagerie.pets.pet_cache import CachedPet
from menagerie.pets.pet_loader import PetLoader
from menagerie.pets.search import tsquery
from menagerie.pets.shelves import Shelf, Shelves
from menagerie.stores.graphql import read
from menagerie.stores.models import Store

for _enum in (Species, Availability, PictureSize, PetSort, ShelfChangeKind):
    strawberry.enum(_enum)

SPECIES = {species.value: species for species in Species}
"""The species by their names in the database."""


@cacheable
@strawberry.type(description="A picture of a pet.")
class Picture:
    """A picture's addresses and shape."""

    width: int
    height: int
    placeholder: str = strawberry.field(description="A tiny WebP as a data: URL, to show until the picture arrives.")
    store: strawberry.Private[Store]
    picture_id: strawberry.Private[UUID]

    @strawberry.field(description="An address that an <img> can load for at least a day.")
    def url(self, size: PictureSize = PictureSize.CARD) -> str:
        """The signed address of the picture in a size."""
        return pictures.signed_address(self.store, self.picture_id, size)


@cacheable
@strawberry.type(description="A pet.")
class Pet(Immutable):
    """What everybody may know about a pet."""

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


def shown_pet(store: Store, kept: CachedPet) -> Pet:
    """A cached, available pet as customers see it; converted once."""
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
        store=store,
        picture_id=model.picture_id,
    )


def parsed_id(value: str) -> UUID:
    """Parse an id; an invalid one becomes the nil UUID, which identifies nothing."""
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
    """Queries about a store's pets, for customers."""

    @strawberry.field(description="The available pets. `search` matches the beginnings of words.", metadata=CACHEABLE)
    async def pets(  # noqa: PLR0917  strawberry passes arguments by name
        self,
        info: Info,
        first: int | None = DEFAULT_ROWS,
        after: str | None = None,
        species: Species | None = None,
        search: str | None = None,
        sort: PetSort = PetSort.NEWEST,
    ) -> Connection[Pet]:
        """A page of the shelf."""
        context, store, asked = info.context, info.context[Store], tsquery(search)
        rows = DEFAULT_ROWS if first is None else first

        def cursor(pet: PetModel) -> str:
            return encode_cursor(store.key.sign, queries.shelf_list(sort), queries.shelf_key(pet, sort))

        shelf = await shelf_of(context, asked)
        if shelf is not None:
            page = await context[Shelves].page(store, shelf, first=rows, after=after, species=species, sort=sort)
            if page is not None:
                return connection(page, lambda kept: shown_pet(store, kept), lambda kept: cursor(kept.pet))
        total = None if shelf is None else shelf.count(species)
        found = await read(
            context,
            lambda session: queries.shelf(
                session, store, first=rows, after=after, species=species, search=asked, sort=sort, total=total
            ),
        )
        return connection(found, lambda pet: pet_of(store, pet), cursor)

    @strawberry.field(
        description="How many pets of each species are available, within a search.",
        metadata=CACHEABLE,
    )
    async def species_counts(self, info: Info, search: str | None = None) -> list[SpeciesCount]:
        """The counts for the species chips."""
        asked = tsquery(search)
        shelf = await shelf_of(info.context, asked)
        if shelf is not None:
            return [SpeciesCount(species=species, count=shelf.count(species)) for species in Species]
        counts = await read(info.context, lambda session: queries.species_counts(session, search=asked))
        return [SpeciesCount(species=Species(each.species), count=each.count) for each in counts]

    @strawberry.field(description="A pet of this store, whether available or not.", metadata=CACHEABLE)
    async def pet(self, info: Info, id: strawberry.ID) -> Pet | None:  # noqa: A002  named by the GraphQL contract
        """One pet."""
        context, store, wanted = info.context, info.context[Store], parsed_id(id)
        shelf = await shelf_of(context, build=False)
        if shelf is not None and wanted.bytes in shelf.index:
            for kept in await context[Shelves].available(store, shelf.index, [wanted.bytes]):
                return shown_pet(store, kept)
        model = await found(context, id)
        return pet_of(store, model) if model else None


async def shelf_of(context: Context, search: str | None = None, *, build: bool = True) -> Shelf | None:
    """The store's shelf, or what a search finds on it; None if the database must be queried instead."""
    return await context[Shelves].shelf(context[Store], context[CatalogVersion].value, search, build=build)


async def found(context: Context, value: str) -> PetModel | None:
    """The pet with this id in the caller's store."""
    pet_id = parsed_id(value).bytes
    return (await context[PetLoader].load(context[Store], [pet_id])).get(pet_id)


@strawberry.type(description="A pet arrived on the shelf or left it.")
class ShelfChange:
    """One pet's change."""

    kind: ShelfChangeKind
    pet: Pet


@strawberry.type
class ShelfSubscription:
    """The live shelf."""

    @strawberry.subscription(description="Pets that arrive on the shelf or leave it, from now on.")
    async def shelf(self, info: Info) -> AsyncGenerator[ShelfChange, None]:
        """Changes as they happen."""
        store = info.context[Store]
        async for change, pets in info.context[Watch].changes(info.context):
            for pet in pets:
                yield ShelfChange(kind=change.kind, pet=pet_of(store, pet))
