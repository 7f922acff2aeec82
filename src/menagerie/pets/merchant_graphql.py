"""Pets in GraphQL, as merchants see and change them."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.file_uploads import Upload

from menagerie.database.paging import DEFAULT_ROWS, encode_cursor
from menagerie.database.session import WriteSession
from menagerie.graphql.connections import Connection, connection
from menagerie.graphql.context import Info
from menagerie.graphql.failures import Failure, InvalidInput, invalid_input
from menagerie.pets import queries, service
from menagerie.pets.decoder_processes import MAX_PICTURE_BYTES, PictureInvalidError, render
from menagerie.pets.graphql import SPECIES, Pet, PetNotFound, found, parsed_id, picture_of
from menagerie.pets.models import NewPet, PetSort, Species
from menagerie.pets.models import Pet as PetModel
from menagerie.stores.graphql import read, write
from menagerie.stores.models import Actor, Store
from menagerie.validation import FieldProblem


@strawberry.type(name="Pet", description="A pet, including what only its merchant may see.")
class MerchantPet(Pet):
    """A pet with its breeder."""

    sold_at: datetime | None
    removed_at: datetime | None
    breeder_name: str
    breeder_email: str


def merchant_pet_of(store: Store, model: PetModel) -> MerchantPet:
    """A pet as its merchant sees it."""
    breeder_name, breeder_email = service.breeder(store, model)
    return MerchantPet(
        id=strawberry.ID(str(model.id)),
        name=model.name,
        species=SPECIES[model.species],
        age_years=model.age_years,
        description=model.description,
        picture=picture_of(store, model),
        created_at=model.created_at,
        availability=model.availability,
        sold_at=model.sold_at,
        removed_at=model.removed_at,
        breeder_name=breeder_name,
        breeder_email=breeder_email,
    )


@strawberry.type(description="The pet was sold and can't be removed.")
class PetAlreadySold(Failure):
    """A sold pet."""

    sold_at: datetime


@strawberry.input(description="A pet to list.")
class CreatePetInput:
    """A new pet's details."""

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
    """Queries about a store's pets, for its merchants."""

    @strawberry.field(description="A pet of this store.")
    async def pet(self, info: Info, id: strawberry.ID) -> MerchantPet | None:  # noqa: A002  named by the GraphQL contract
        """One pet."""
        model = await found(info.context, id)
        return merchant_pet_of(info.context[Store], model) if model else None

    @strawberry.field(description="The available pets, newest first.")
    async def unsold_pets(
        self,
        info: Info,
        first: int | None = DEFAULT_ROWS,
        after: str | None = None,
        species: Species | None = None,
    ) -> Connection[MerchantPet]:
        """A page of the available pets."""
        store = info.context[Store]
        page = await read(
            info.context,
            lambda session: queries.shelf(
                session, store, first=DEFAULT_ROWS if first is None else first, after=after, species=species
            ),
        )
        return connection(
            page,
            lambda pet: merchant_pet_of(store, pet),
            lambda pet: encode_cursor(
                store.key.sign, queries.shelf_list(PetSort.NEWEST), queries.shelf_key(pet, PetSort.NEWEST)
            ),
        )

    @strawberry.field(
        description="The pets sold from start to end, both inclusive, latest first. "
        "A plain date is a whole day in the store's time zone."
    )
    async def sold_pets(
        self,
        info: Info,
        start: datetime,
        end: datetime,
        first: int | None = DEFAULT_ROWS,
        after: str | None = None,
    ) -> Connection[MerchantPet]:
        """A page of the sold pets."""
        store = info.context[Store]
        page = await read(
            info.context,
            lambda session: queries.sold(
                session, store, start=start, end=end, first=DEFAULT_ROWS if first is None else first, after=after
            ),
        )
        return connection(
            page,
            lambda pet: merchant_pet_of(store, pet),
            lambda pet: encode_cursor(
                store.key.sign, queries.SOLD_LIST, [pet.sold_at.isoformat() if pet.sold_at else "", str(pet.id)]
            ),
        )


@strawberry.type
class MerchantPetMutation:
    """Changes to a store's pets."""

    @strawberry.mutation(description="List a pet. Retries with the same idempotency key list it once.")
    async def create_pet(
        self,
        info: Info,
        input: CreatePetInput,  # noqa: A002  named by the GraphQL contract
    ) -> CreatePetResult:
        """Create a pet."""
        store, context = info.context[Store], info.context
        new = NewPet(
            input.name, input.species, input.age_years, input.description, input.breeder_name, input.breeder_email
        )
        problems: list[FieldProblem] = []
        content = renditions = None
        try:
            new = service.checked(new)
        except service.PetInvalidError as error:
            problems += error.problems
        try:
            content = await _uploaded(input.picture)
            renditions = await render(content, getattr(input.picture, "filename", "") or "", store.slug)
        except PictureInvalidError as error:
            problems.append(FieldProblem("picture", str(error)))
        if problems or content is None or renditions is None:
            return invalid_input(problems)
        intent = service.listing_intent(input.idempotency_key, new, content)
        actor = context[Actor]

        async def work(session: WriteSession) -> PetModel:
            return await service.list_once(session, store, actor, new, renditions, intent)

        return merchant_pet_of(store, await write(context, work))

    @strawberry.mutation(description="Take a pet off the shelf. Removing it again changes nothing.")
    async def remove_pet(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002  named by the GraphQL contract
    ) -> RemovePetResult:
        """Remove a pet."""
        actor = info.context[Actor].name
        try:
            model = await write(info.context, lambda session: service.remove(session, parsed_id(id), actor=actor))
        except service.PetNotFoundError as error:
            return PetNotFound(message=str(error))
        except service.PetSoldError as error:
            return PetAlreadySold(message=str(error), sold_at=error.sold_at)
        return merchant_pet_of(info.context[Store], model)


async def _uploaded(upload: object) -> bytes:
    read = getattr(upload, "read", None)
    if read is None:
        raise PictureInvalidError("Send the picture as a file, as in the GraphQL multipart request specification.")
    content: bytes = await read(MAX_PICTURE_BYTES + 1)
    return content
