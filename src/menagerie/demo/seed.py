"""Add the demo stores, through the same services that everybody else uses, as fast as the machine can.

Every step first checks whether it was already done, and a pet is listed under an idempotency key, so the next run
continues an interrupted one.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from menagerie.accounts.customers import EmailTakenError, create_customer, new_customer
from menagerie.accounts.merchants import MerchantNotFoundError, create_merchant, get_merchant, new_merchant
from menagerie.accounts.models import Merchant
from menagerie.demo.stores import DEMO_PASSWORD, DEMO_STORES, DemoCustomer, DemoPet, DemoStore
from menagerie.pets import service as pets
from menagerie.pets.decoder_processes import render
from menagerie.pets.models import NewPet, Species
from menagerie.pets.renditions import Renditions
from menagerie.stores.idempotency import Intent
from menagerie.stores.models import Actor, NewStore, Store
from menagerie.stores.provision import create_store
from menagerie.stores.service import Stores

_DECODERS = 2
_WRITERS = 4  # More concurrent transactions are not faster: the pictures take most of the time.


@dataclass(frozen=True, slots=True)
class _Listing:
    """A pet to be listed; its intent, and with it the pet's id, was made in the order of the shelf."""

    store: Store
    actor: Actor
    new: NewPet
    intent: Intent


async def seed(stores: Stores, progress: Callable[[int, int], None]) -> None:
    """Add the demo's merchants, stores, customers and pets; existing ones are left alone.

    Args:
        stores: the service, with access to the database as its owner.
        progress: called with the pets listed and the pets to list.
    """
    files = sorted({pet.picture for store in DEMO_STORES for pet in store.pets})
    rendered: dict[Path, asyncio.Task[Renditions]] = {}
    # A few at a time, because a picture's timeout starts when it is handed over.
    decoders = asyncio.Semaphore(_DECODERS)
    async with asyncio.TaskGroup() as rendering:
        for file in files:
            rendered[file] = rendering.create_task(_rendered(file.read_bytes(), file.name, decoders))
        listings = [listing for each in DEMO_STORES for listing in await _prepared(stores, each)]
        progress(0, len(listings))
        await _list_all(stores, listings, rendered, progress)


async def _rendered(content: bytes, name: str, decoders: asyncio.Semaphore) -> Renditions:
    async with decoders:
        return await render(content, name)


async def _prepared(stores: Stores, demo: DemoStore) -> list[tuple[Path, _Listing]]:
    """Create the store and its accounts if they are missing, and return what to list in it."""
    merchant = await _merchant(stores, demo.merchant)
    wanted = NewStore(demo.slug, demo.name, demo.description, demo.time_zone, demo.welcome, demo.accent)
    store = await stores.find(demo.slug)
    if store is None:
        store = await create_store(stores, wanted, merchant_id=merchant.id)
    async with asyncio.TaskGroup() as accounts:
        for customer in demo.customers:
            accounts.create_task(_customer(stores, store, customer))
    actor = Actor(merchant.id, f"merchant:{merchant.id}")
    return [(pet.picture, _listing(store, actor, number, pet)) for number, pet in enumerate(demo.pets)]


async def _merchant(stores: Stores, login: str) -> Merchant:
    try:
        return await stores.database.read_platform(lambda session: get_merchant(session, login))
    except MerchantNotFoundError:
        new = await new_merchant(login, DEMO_PASSWORD)
        return await stores.database.write_as_owner(lambda session: create_merchant(session, new))


async def _customer(stores: Stores, store: Store, customer: DemoCustomer) -> None:
    try:
        new = await new_customer(email=customer.email, name=customer.name, password=DEMO_PASSWORD)
        await stores.database.write(store, lambda session: create_customer(session, store, new, actor="operator"))
    except EmailTakenError:
        return


def _listing(store: Store, actor: Actor, number: int, pet: DemoPet) -> _Listing:
    new = pets.checked(
        NewPet(
            name=pet.name,
            species=Species(pet.species),
            age_years=pet.age_years,
            description=pet.description,
            breeder_name=pet.breeder_name,
            breeder_email=pet.breeder_email,
        )
    )
    content = pet.picture.read_bytes()
    return _Listing(store, actor, new, pets.listing_intent(f"demo-{number}", new, content))


async def _list_all(
    stores: Stores,
    listings: Sequence[tuple[Path, _Listing]],
    rendered: Mapping[Path, asyncio.Task[Renditions]],
    progress: Callable[[int, int], None],
) -> None:
    turns = asyncio.Semaphore(_WRITERS)
    done = 0

    async def put(file: Path, listing: _Listing) -> None:
        nonlocal done
        renditions = await rendered[file]
        async with turns:
            await stores.database.write(
                listing.store,
                lambda session: pets.list_once(
                    session, listing.store, listing.actor, listing.new, renditions, listing.intent
                ),
            )
        done += 1
        progress(done, len(listings))

    async with asyncio.TaskGroup() as group:
        for file, listing in listings:
            group.create_task(put(file, listing))
