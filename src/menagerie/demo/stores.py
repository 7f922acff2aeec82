"""The two demo stores as data: what `menagerie run` adds the first time. It is the same on every machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from menagerie.demo.pets import CAT_WISHES, CATS, DOG_WISHES, DOGS, FROG_WISHES, FROGS

Species = Literal["CAT", "DOG", "FROG"]

# Only for the demo accounts, and only on localhost; printed by `menagerie run` and shown on the sign-in page.
DEMO_PASSWORD = "sunny-pond-biscuit"  # noqa: S105  public

PICTURES = Path(__file__).parent / "pictures"
_PICTURES_PER_SPECIES = 16
_WISHES = (0, 1, 2, 1)  # How many sentences follow the first, in turn.
_AGES = (2, 1, 4, 0, 7, 3, 5, 1, 9, 2, 12, 3, 6, 0, 15, 4, 8, 1, 10, 2)  # More young than old, as in most shops.
_STATED_AGES = {"Chester": 14, "Mitzi": 9, "Tilda": 11, "Barney": 10, "Hattie": 6, "Tadeus": 1, "Sprout": 1, "Pip": 0}


@dataclass(frozen=True)
class DemoPet:
    """A pet to be listed; the picture is a WebP file next to this module."""

    name: str
    species: Species
    age_years: int
    description: str
    picture: Path
    breeder_name: str
    breeder_email: str


@dataclass(frozen=True)
class DemoCustomer:
    """A customer of a demo store; the password is DEMO_PASSWORD."""

    email: str
    name: str


@dataclass(frozen=True)
class DemoStore:
    """A store with its merchant (the password is DEMO_PASSWORD), customers and pets."""

    slug: str
    name: str
    description: str
    welcome: str
    accent: str
    time_zone: str
    merchant: str
    customers: tuple[DemoCustomer, ...]
    pets: tuple[DemoPet, ...]


_Texts = tuple[tuple[str, str], ...]
_KINDS: tuple[tuple[Species, _Texts, tuple[str, ...]], ...] = (
    ("CAT", CATS, CAT_WISHES),
    ("DOG", DOGS, DOG_WISHES),
    ("FROG", FROGS, FROG_WISHES),
)

_PAWSOME_BREEDERS = (
    ("Johanna Keller", "johanna.keller@example.com"),
    ("Emil Brandt", "emil.brandt@example.com"),
    ("Sofia Lindqvist", "sofia.lindqvist@example.com"),
    ("Tomasz Nowak", "tomasz.nowak@example.com"),
    ("Claire Dubois", "claire.dubois@example.com"),
)
_RIBBIT_BREEDERS = (
    ("Walter Greene", "walter.greene@example.com"),
    ("Rosa Martinez", "rosa.martinez@example.com"),
    ("Priya Raman", "priya.raman@example.com"),
    ("Henry Okafor", "henry.okafor@example.com"),
    ("Mei Tanaka", "mei.tanaka@example.com"),
)


def _pets(store: int, stores: int, breeders: tuple[tuple[str, str], ...]) -> tuple[DemoPet, ...]:
    """The pets of one of so many stores, with the species mixed as on a real shelf."""
    by_species = [
        list(_of(kind, texts[store::stores], wishes, breeders, offset=3 * store + 7 * number))
        for number, (kind, texts, wishes) in enumerate(_KINDS)
    ]
    return tuple(chain.from_iterable(zip(*by_species, strict=True)))


def _of(
    species: Species,
    texts: _Texts,
    wishes: tuple[str, ...],
    breeders: tuple[tuple[str, str], ...],
    *,
    offset: int,
) -> Iterator[DemoPet]:
    for position, (name, first) in enumerate(texts):
        turn = position + offset
        more = [wishes[(2 * turn + 5 * number) % len(wishes)] for number in range(_WISHES[turn % len(_WISHES)])]
        # A step that is coprime to the number of pictures uses each of them before any is repeated.
        picture = 5 * turn % _PICTURES_PER_SPECIES + 1
        breeder_name, breeder_email = breeders[turn % len(breeders)]
        yield DemoPet(
            name=name,
            species=species,
            age_years=_STATED_AGES.get(name, _AGES[turn % len(_AGES)]),
            description=" ".join([first, *more]),
            picture=PICTURES / f"{species.lower()}-{picture:02}.webp",
            breeder_name=breeder_name,
            breeder_email=breeder_email,
        )


DEMO_STORES = (
    DemoStore(
        slug="pawsome",
        name="Pawsome",
        description="Cats, dogs and the odd frog, raised with patience in the middle of Berlin.",
        welcome="Everyone here has been to the vet, knows the vacuum cleaner, and is looking forward to meeting you.",
        accent="",
        time_zone="Europe/Berlin",
        merchant="merlin",
        customers=(
            DemoCustomer("ada@example.com", "Ada Winter"),
            DemoCustomer("grace@example.com", "Grace Bergmann"),
        ),
        pets=_pets(0, 2, _PAWSOME_BREEDERS),
    ),
    DemoStore(
        slug="ribbit",
        name="Ribbit & Friends",
        description="A pond-side shop for frogs, and for the cats and dogs who get along with them.",
        welcome="Come in, the pond is warm. Ask the frogs first: they decide who stays.",
        accent="#1f6b4a",
        time_zone="America/New_York",
        merchant="flora",
        customers=(
            DemoCustomer("alan@example.com", "Alan Rivers"),
            DemoCustomer("linus@example.com", "Linus Pond"),
        ),
        pets=_pets(1, 2, _RIBBIT_BREEDERS),
    ),
)


def demo_login(slug: str) -> tuple[str, str] | None:
    """The email address and password that the sign-in page of a demo store offers; None for any other store."""
    return _LOGINS.get(slug)


_LOGINS = {store.slug: (store.customers[0].email, DEMO_PASSWORD) for store in DEMO_STORES}
