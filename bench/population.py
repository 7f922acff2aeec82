"""Fill an installation with as many stores, pets, pictures and customers as a benchmark wants, in seconds.

Stores and their keys are made by the product's own services; the many rows bypass them with COPY, sealed as the
services would have sealed them.
"""

import asyncio
import contextlib
import hashlib
import io
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import psycopg
from PIL import Image, ImageOps
from psycopg import sql
from uuid_utils.compat import uuid7

import words
from menagerie.accounts.merchants import create_merchant, new_merchant
from menagerie.demo.stores import PICTURES
from menagerie.local.installation import DATABASE, Installation
from menagerie.pets.decoder_processes import render
from menagerie.pets.renditions import Renditions
from menagerie.runtime import Runtime, runtime
from menagerie.secrets.passwords import hash_password
from menagerie.settings import Settings
from menagerie.stores.models import NewStore, Store
from menagerie.stores.provision import create_store
from workbench import Workbench, workbench

PASSWORD = "seven-patient-herons"
_MERCHANT = "bench-merchant"
SMALL_STORES, SMALL_STORE_PETS = 20, 1_000
_PICTURES_PER_SPECIES = 22
_BREEDER = ("Hazel Field", "hazel.field@example.com")


@dataclass(frozen=True)
class Account:
    """A customer, whose password is PASSWORD."""

    id: UUID
    email: str


@dataclass(frozen=True)
class Shop:
    """A store with its customers, and the ids of its pictures by species."""

    store: Store
    merchant: str
    """The merchant's login; the password is PASSWORD too."""
    customers: list[Account]
    pictures: dict[str, list[UUID]]


@dataclass(frozen=True)
class Size:
    """The size of a store to make."""

    slug: str
    pets: int
    customers: int


@dataclass
class Population:
    """The stores of a benchmark: one large store, and small ones."""

    large: Shop | None = None
    small: list[Shop] = field(default_factory=list)

    @property
    def shops(self) -> list[Shop]:
        """All stores."""
        return [*([self.large] if self.large else []), *self.small]


def populate(
    installation: Installation, settings: Settings, *, pets: int, customers: int, small_customers: int
) -> Population:
    """Make the stores and everything in them.

    Args:
        installation: gives the superuser's address.
        settings: with the owner's database URL.
        pets: how many the large store has; the small ones have SMALL_STORE_PETS each.
        customers: how many the large store has.
        small_customers: how many the small stores have together.
    """
    sizes = [Size("emporium", pets, customers)]
    for number in range(1, SMALL_STORES + 1):
        share = small_customers // SMALL_STORES + (number <= small_customers % SMALL_STORES)
        sizes.append(Size(f"corner-{number:02}", SMALL_STORE_PETS, share))
    large, *small = populate_stores(installation, settings, sizes)
    return Population(large, small)


def populate_stores(installation: Installation, settings: Settings, sizes: Sequence[Size]) -> list[Shop]:
    """Make stores of these sizes, each with a merchant of its own."""
    stores, renditions, password_hash = asyncio.run(_begun(settings, sizes))
    shops = []
    with connected(installation) as connection:
        for number, (store, size) in enumerate(zip(stores, sizes, strict=True)):
            enter(connection, store)
            pictures = _insert_pictures(connection, store, renditions)
            accounts = insert_customers(connection, store, size.customers, password_hash)
            shop = Shop(store, _merchant(size), accounts, pictures)
            insert_pets(connection, shop, size.pets, seed=number)
            shops.append(shop)
        settle(connection)
    return shops


@contextlib.contextmanager
def populated(*, pets: int, customers: int, small_customers: int) -> Iterator[tuple[Workbench, Population]]:
    """A server that logs every request to a file, with the stores that `populate` makes."""
    population = Population()

    def prepare(installation: Installation, settings: Settings) -> None:
        made = populate(installation, settings, pets=pets, customers=customers, small_customers=small_customers)
        population.large, population.small = made.large, made.small

    with workbench(prepare=prepare, log_to_file=True) as bench:
        yield bench, population


def connected(installation: Installation) -> psycopg.Connection:
    """Connect as the superuser, to do what no service does."""
    return psycopg.connect(installation.superuser_address, dbname=DATABASE, autocommit=True)


def enter(connection: psycopg.Connection, store: Store) -> None:
    """Work in the store's schema from now on."""
    connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(store.schema)))


def settle(connection: psycopg.Connection) -> None:
    """Do now what PostgreSQL would otherwise do in the background while something is measured."""
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")


def insert_pets(connection: psycopg.Connection, shop: Shop, count: int, *, seed: int) -> list[UUID]:
    """Put pets on the shelf, bypassing the server, and return their ids."""
    ids = [uuid7() for _ in range(count)]
    seal, (name, email) = shop.store.key.seal, (part.encode() for part in _BREEDER)
    _copy(
        connection,
        "pet",
        {
            "id": "uuid",
            "name": "text",
            "species": "text",
            "age_years": "int4",
            "description": "text",
            "picture_id": "uuid",
            "breeder_name": "bytea",
            "breeder_email": "bytea",
        },
        (
            (
                id_,
                *about,
                shop.pictures[about[1]][number // len(words.SPECIES) * 7 % _PICTURES_PER_SPECIES],
                seal(name, table="pet", column="breeder_name", row=id_),
                seal(email, table="pet", column="breeder_email", row=id_),
            )
            for number, (id_, about) in enumerate(zip(ids, words.pets(count, seed), strict=True))
        ),
    )
    return ids


def insert_customers(connection: psycopg.Connection, store: Store, count: int, password_hash: str) -> list[Account]:
    """Add customers, who all have the password of this hash."""
    accounts = [Account(uuid7(), f"customer-{number}@example.com") for number in range(count)]
    seal = store.key.seal
    _copy(
        connection,
        "customer",
        {"id": "uuid", "email_index": "bytea", "email": "bytea", "name": "bytea", "password_hash": "text"},
        (
            (
                account.id,
                store.key.blind_index(account.email),
                seal(account.email.encode(), table="customer", column="email", row=account.id),
                seal(b"Robin Visitor", table="customer", column="name", row=account.id),
                password_hash,
            )
            for account in accounts
        ),
    )
    return accounts


def insert_tokens(connection: psycopg.Connection, accounts: Sequence[Account]) -> list[str]:
    """Sign customers in without the slow hash, and return their tokens."""
    tokens = [f"mng_{secrets.token_urlsafe(32)}" for _ in accounts]
    hashes = [hashlib.sha256(token.encode()).digest() for token in tokens]
    connection.execute(
        "INSERT INTO access_token (hash, customer_id, expires_at) "
        "SELECT hash, id, now() + interval '12 hours' FROM unnest(%s::bytea[], %s::uuid[]) AS made (hash, id)",
        (hashes, [account.id for account in accounts]),
    )
    return tokens


async def _begun(settings: Settings, sizes: Sequence[Size]) -> tuple[list[Store], dict[str, list[Renditions]], str]:
    """The empty stores, the pictures, made once for all of them, and the hash of the password that all share."""
    async with runtime(settings) as opened:
        stores, renditions, password_hash = await asyncio.gather(
            _make_stores(opened, sizes), _render_pictures(), hash_password(PASSWORD)
        )
    return stores, renditions, password_hash


async def _make_stores(opened: Runtime, sizes: Sequence[Size]) -> list[Store]:
    stores = []
    for size in sizes:
        new = await new_merchant(_merchant(size), PASSWORD)
        merchant = await opened.database.write_as_owner(partial(create_merchant, new=new))
        wanted = NewStore(size.slug, size.slug.replace("-", " ").title(), "Cats, dogs and frogs.")
        stores.append(await create_store(opened.stores, wanted, merchant_id=merchant.id))
    return stores


def _merchant(size: Size) -> str:
    return f"{_MERCHANT}-{size.slug}"


async def _render_pictures() -> dict[str, list[Renditions]]:
    """The demo's pictures, and some of them mirrored, to have as many different ones as a browser would meet."""
    made = {}
    for species, noun in words.SPECIES.items():
        files = sorted(PICTURES.glob(f"{noun}-*.webp"))
        contents = [file.read_bytes() for file in files]
        contents += [_mirrored(content) for content in contents[: _PICTURES_PER_SPECIES - len(contents)]]
        made[species] = await asyncio.gather(*(render(content, "pet.webp") for content in contents))
    return made


def _mirrored(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        ImageOps.mirror(image).save(buffer, "WEBP", quality=90)
    return buffer.getvalue()


def _insert_pictures(
    connection: psycopg.Connection, store: Store, renditions: dict[str, list[Renditions]]
) -> dict[str, list[UUID]]:
    ids = {species: [uuid7() for _ in made] for species, made in renditions.items()}
    pairs = [pair for species, made in renditions.items() for pair in zip(ids[species], made, strict=True)]
    _copy(
        connection,
        "picture",
        {"id": "uuid", "width": "int4", "height": "int4", "placeholder": "text"},
        ((id_, made.width, made.height, made.placeholder) for id_, made in pairs),
    )
    _copy(
        connection,
        "picture_rendition",
        {"picture_id": "uuid", "size": "text", "content": "bytea"},
        (
            (id_, size, store.key.seal(content, table="picture_rendition", column="content", row=f"{id_}/{size}"))
            for id_, made in pairs
            for size, content in made.contents.items()
        ),
    )
    return ids


def _copy(
    connection: psycopg.Connection, table: str, columns: dict[str, str], rows: Iterable[tuple[object, ...]]
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table), names)
    with connection.cursor().copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)
