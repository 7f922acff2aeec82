"""Pets in GraphQL: the storefront's shelf, and the merchant's side of it."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

import strawberry
from strawberry.file_uploads import Upload

from menagerie.database.paging import DEFAULT_ROWS, encode_cursor
from menagerie.database.session import ReadSession, WriteSession
from menagerie.pets import pictures, service
from menagerie.pets.models import Availability, NewPet, PetSort, PictureSize, ShelfChanged, ShelfChangeKind, Species
from menagerie.pets.models import Pet as PetModel
from menagerie.stores.graphql import (
    PUBLIC,
    Connection,
    Failure,
    InvalidInput,
    StoreContext,
    connection,
    invalid_input,
    public,
)
from menagerie.stores.models import Store
from menagerie.validation import FieldProblem

for _enum in (Species, Availability, PictureSize, PetSort, ShelfChangeKind):
    strawberry.enum(_enum)

StoreInfo = strawberry.Info[StoreContext, None]


class ShelfContext(StoreContext, Protocol):
    """What the live shelf is given."""

    def shelf_changes(self) -> AsyncIterator[ShelfChanged]:
        """What happens on the store's shelf while the caller may see it."""
        ...

    async def shelf_pets(self, pet_ids: Sequence[UUID]) -> Sequence[PetModel]:
        """The pets of a change, looked up once for all who are told of it."""
        ...


class MerchantContext(StoreContext, Protocol):
    """What the merchant's operations are given."""

    @property
    def account_id(self) -> UUID:
        """The merchant."""
        ...

    @property
    def actor(self) -> str:
        """How the audit names the merchant."""
        ...


@public
@strawberry.type(description="A picture of a pet.")
class Picture:
    """A picture's addresses and shape."""

    width: int
    height: int
    placeholder: str = strawberry.field(description="A tiny WebP as a data: address, until the picture arrives.")
    picture_id: strawberry.Private[UUID]
    store: strawberry.Private[Store]

    @strawberry.field(description="An address that an <img> can load for at least a day.")
    def url(self, size: PictureSize = PictureSize.CARD) -> str:
        """The signed address of the picture in a size."""
        return pictures.signed_address(self.store, self.picture_id, size)


@public
@strawberry.type(description="A pet.")
class Pet:
    """What everybody may know of a pet."""

    id: strawberry.ID
    name: str
    species: Species
    age_years: int
    description: str
    picture: Picture
    created_at: datetime
    availability: Availability


@strawberry.type(name="Pet", description="A pet, with what only its merchant knows.")
class MerchantPet(Pet):
    """A pet with its breeder."""

    sold_at: datetime | None
    removed_at: datetime | None
    breeder_name: str
    breeder_email: str


def pet_of(store: Store, model: PetModel) -> Pet:
    """A pet as customers see it."""
    return Pet(
        id=strawberry.ID(str(model.id)),
        name=model.name,
        species=Species(model.species),
        age_years=model.age_years,
        description=model.description,
        picture=_picture(store, model),
        created_at=model.created_at,
        availability=model.availability,
    )


def merchant_pet_of(store: Store, model: PetModel) -> MerchantPet:
    """A pet as its merchant sees it."""
    breeder_name, breeder_email = service.breeder(store, model)
    return MerchantPet(
        id=strawberry.ID(str(model.id)),
        name=model.name,
        species=Species(model.species),
        age_years=model.age_years,
        description=model.description,
        picture=_picture(store, model),
        created_at=model.created_at,
        availability=model.availability,
        sold_at=model.sold_at,
        removed_at=model.removed_at,
        breeder_name=breeder_name,
        breeder_email=breeder_email,
    )


def _picture(store: Store, model: PetModel) -> Picture:
    return Picture(
        width=model.picture_width,
        height=model.picture_height,
        placeholder=model.picture_placeholder,
        picture_id=model.picture_id,
        store=store,
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


@strawberry.type(description="The pet was sold and can't be removed.")
class PetAlreadySold(Failure):
    """A sold pet."""

    sold_at: datetime


@public
@strawberry.type(description="How many pets of a species are available.")
class SpeciesCount:
    """A species and its count."""

    species: Species
    count: int


@strawberry.type
class ShelfQuery:
    """Looking at a store's pets as a customer."""

    @strawberry.field(description="The available pets. `search` matches the beginnings of words.", metadata=PUBLIC)
    async def pets(  # noqa: PLR0917  strawberry passes arguments by name
        self,
        info: StoreInfo,
        first: int | None = DEFAULT_ROWS,
        after: str | None = None,
        species: Species | None = None,
        search: str | None = None,
        sort: PetSort = PetSort.NEWEST,
    ) -> Connection[Pet]:
        """A page of the shelf."""
        store = info.context.store

        async def work(session: ReadSession) -> Connection[Pet]:
            page = await service.shelf(
                session,
                store,
                first=DEFAULT_ROWS if first is None else first,
                after=after,
                species=species,
                search=search,
                sort=sort,
            )
            return connection(
                page,
                lambda pet: pet_of(store, pet),
                lambda pet: encode_cursor(store.key.sign, service.shelf_list(sort), service.shelf_key(pet, sort)),
            )

        return await info.context.read(work)

    @strawberry.field(description="Available pets per species, all of them named, within a search.", metadata=PUBLIC)
    async def species_counts(self, info: StoreInfo, search: str | None = None) -> list[SpeciesCount]:
        """Counts for the species chips."""
        totals = await info.context.read(lambda session: service.species_totals(session, search=search))
        return [SpeciesCount(species=Species(total.species), count=total.count) for total in totals]

    @strawberry.field(description="A pet of this store, whether available or not.", metadata=PUBLIC)
    async def pet(self, info: StoreInfo, id: strawberry.ID) -> Pet | None:  # noqa: A002  the contract's word
        """One pet."""
        model = await _found(info, id)
        return pet_of(info.context.store, model) if model else None


async def _found(info: StoreInfo, value: str) -> PetModel | None:
    return await info.context.read(lambda session: service.find(session, parsed_id(value)))


@strawberry.type(description="A pet came to the shelf or left it.")
class ShelfChange:
    """One pet's change."""

    kind: ShelfChangeKind
    pet: Pet


@strawberry.type
class ShelfSubscription:
    """The live shelf."""

    @strawberry.subscription(description="Pets that come to the shelf or leave it, from now on.")
    async def shelf(self, info: strawberry.Info[ShelfContext, None]) -> AsyncGenerator[ShelfChange, None]:
        """Changes as they happen."""
        async for change in info.context.shelf_changes():
            for pet in await info.context.shelf_pets(change.pet_ids):
                yield ShelfChange(kind=change.kind, pet=pet_of(info.context.store, pet))


@strawberry.input(description="A pet to be listed.")
class CreatePetInput:
    """What is said about a new pet."""

    name: str
    species: Species
    age_years: int
    description: str
    picture: Upload
    breeder_name: str
    breeder_email: str
    idempotency_key: str | None = None


CreatePetResult = Annotated[MerchantPet | InvalidInput, strawberry.union("CreatePetResult")]
RemovePetResult = Annotated[MerchantPet | PetAlreadySold | PetNotFound, strawberry.union("RemovePetResult")]


@strawberry.type
class MerchantPetQuery:
    """Looking at a store's pets as its merchant."""

    @strawberry.field(description="A pet of this store.")
    async def pet(self, info: StoreInfo, id: strawberry.ID) -> MerchantPet | None:  # noqa: A002
        """One pet."""
        model = await _found(info, id)
        return merchant_pet_of(info.context.store, model) if model else None

    @strawberry.field(description="The available pets, the newest first.")
    async def unsold_pets(
        self,
        info: StoreInfo,
        first: int | None = DEFAULT_ROWS,
        after: str | None = None,
        species: Species | None = None,
    ) -> Connection[MerchantPet]:
        """A page of the available pets."""
        store = info.context.store
        page = await info.context.read(
            lambda session: service.shelf(
                session, store, first=DEFAULT_ROWS if first is None else first, after=after, species=species
            )
        )
        return connection(
            page,
            lambda pet: merchant_pet_of(store, pet),
            lambda pet: encode_cursor(
                store.key.sign, service.shelf_list(PetSort.NEWEST), service.shelf_key(pet, PetSort.NEWEST)
            ),
        )

    @strawberry.field(
        description="The pets sold from start to end, both inclusive, the latest first. "
        "A plain date is a whole day in the store's time zone."
    )
    async def sold_pets(
        self,
        info: StoreInfo,
        start: datetime,
        end: datetime,
        first: int | None = DEFAULT_ROWS,
        after: str | None = None,
    ) -> Connection[MerchantPet]:
        """A page of the sold pets."""
        store = info.context.store
        page = await info.context.read(
            lambda session: service.sold(
                session, store, start=start, end=end, first=DEFAULT_ROWS if first is None else first, after=after
            )
        )
        return connection(
            page,
            lambda pet: merchant_pet_of(store, pet),
            lambda pet: encode_cursor(
                store.key.sign, service.SOLD_LIST, [pet.sold_at.isoformat() if pet.sold_at else "", str(pet.id)]
            ),
        )


@strawberry.type
class MerchantPetMutation:
    """Changing a store's pets."""

    @strawberry.mutation(description="List a pet. With the same idempotency key it is listed once.")
    async def create_pet(
        self,
        info: strawberry.Info[MerchantContext, None],
        input: CreatePetInput,  # noqa: A002
    ) -> CreatePetResult:
        """Create a pet."""
        store, context = info.context.store, info.context
        new = NewPet(
            input.name, input.species, input.age_years, input.description, input.breeder_name, input.breeder_email
        )
        problems: list[FieldProblem] = []
        content = renditions = None
        try:
            new = service.checked(new)
        except service.PetInvalid as problem:
            problems += problem.problems
        try:
            content = await _uploaded(input.picture)
            renditions = await pictures.render(content, getattr(input.picture, "filename", "") or "")
        except pictures.PictureRefused as problem:
            problems.append(FieldProblem("picture", str(problem)))
        if problems or content is None or renditions is None:
            return invalid_input(problems)
        wish = service.listing_intent(input.idempotency_key, new, content)
        lister = service.Lister(context.account_id, context.actor)

        async def work(session: WriteSession) -> PetModel:
            return await service.list_once(session, store, lister, new, renditions, wish)

        return merchant_pet_of(store, await context.write(work))

    @strawberry.mutation(description="Take a pet off the shelf. Removing it again changes nothing.")
    async def remove_pet(
        self,
        info: strawberry.Info[MerchantContext, None],
        id: strawberry.ID,  # noqa: A002
    ) -> RemovePetResult:
        """Remove a pet."""
        actor = info.context.actor
        try:
            model = await info.context.write(lambda session: service.remove(session, parsed_id(id), actor=actor))
        except service.PetUnknown as problem:
            return PetNotFound(message=str(problem))
        except service.PetSold as problem:
            return PetAlreadySold(message=str(problem), sold_at=problem.sold_at)
        return merchant_pet_of(info.context.store, model)


async def _uploaded(upload: object) -> bytes:
    read = getattr(upload, "read", None)
    if read is None:
        raise pictures.PictureRefused(
            "The picture must be sent as a file, by the GraphQL multipart request specification."
        )
    content: bytes = await read(pictures.MOST_BYTES + 1)
    return content
