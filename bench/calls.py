"""The operations that are measured individually: their goals, and the requests to measure them with."""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import words
from carts import CART_PETS, Filled, Restocked, Short
from desk import CUSTOMERS, Desk
from documents import document
from menagerie.pets.models import PictureSize
from menagerie.pets.pictures import signed_address
from population import PASSWORD, enter
from request import Calls, Request, basic, operation

_ADDED_PETS = 10
"""How many different pets each customer adds to the cart, in turn."""
_PURCHASES = (1, 1, CART_PETS)
"""How many pets each purchase has when the list of purchases is measured."""
_SHELF = {"first": 24, "after": None, "species": None, "search": None, "sort": "NEWEST"}
_SORTS = ("NEWEST", "OLDEST", "NAME", "YOUNGEST", "ELDEST")
_UNSOLD = """{ unsoldPets(first: 24) { totalCount pageInfo { hasNextPage endCursor } nodes {
    id name species ageYears description availability createdAt breederName breederEmail
    picture { url(size: CARD) width height placeholder } } } }"""


def _searches(desk: Desk) -> Calls:
    return Calls(desk.turns(document("Shelf"), _new_searches()), b'"totalCount"', once=True)


def _new_searches() -> Iterator[dict[str, Any]]:
    """The variables of searches that nobody has made before."""
    single, pairs = search_texts()
    searches = list(itertools.product(single, (None, *words.SPECIES), _SORTS))
    searches += itertools.product(pairs, (None,), _SORTS)
    random.Random(1).shuffle(searches)
    for search, species, sort in searches:
        yield _SHELF | {"search": search, "species": species, "sort": sort}


def search_texts() -> tuple[list[str], list[str]]:
    """Texts to search for: words and beginnings of words; pairs of words."""
    beginnings = {word[: len(word) - cut] for word in words.SEARCHES for cut in range(3) if len(word) - cut > 2}
    return sorted(beginnings), list(map(" ".join, words.PAIRS))


def _known_pet(desk: Desk) -> Calls:
    return Calls(desk.each(document("Pet"), {"id": str(desk.available(1)[0])}), b'"largePicture"')


def _every_pet(desk: Desk) -> Calls:
    """Request each pet of each store once, the large store's last."""
    query, requests = document("Pet"), list[Request]()
    with desk.connect() as connection:
        for shop in reversed(desk.shops):
            enter(connection, shop.store)
            pets = connection.execute("SELECT id FROM pet").fetchall()
            customers = itertools.cycle(desk.signed_in(connection, shop))
            requests += [operation("storefront", next(customers), query, {"id": str(pet)}) for (pet,) in pets]
    return Calls(requests, b'"largePicture"', once=True)


def _cart(desk: Desk) -> Calls:
    pets = desk.available(CUSTOMERS * CART_PETS)
    items = list(zip(itertools.cycle(desk.customers), pets, strict=False))
    return Calls(
        desk.each(document("Cart")), b'"availableCount":%d' % CART_PETS, carts=Filled(items), changes_carts=False
    )


def _additions(desk: Desk) -> Calls:
    """Add pets to carts that lack one."""
    pets = desk.available(CUSTOMERS * (CART_PETS - 1 + _ADDED_PETS))
    there, added = pets[: CUSTOMERS * (CART_PETS - 1)], pets[CUSTOMERS * (CART_PETS - 1) :]
    items = list(zip(itertools.cycle(desk.customers), there, strict=False))
    return Calls(
        desk.turns(document("AddToCart"), [{"petId": str(pet)} for pet in added]), b'"Cart"', carts=Short(items)
    )


def _removals(desk: Desk) -> Calls:
    pets = desk.available(CUSTOMERS * CART_PETS)
    items = list(zip(itertools.cycle(desk.customers), pets, strict=False))
    requests = desk.turns(document("RemoveFromCart"), [{"petId": str(pet)} for pet in pets])
    return Calls(requests, b'"availableCount"', carts=Filled(items))


def _my_pets(desk: Desk) -> Calls:
    desk.sell(_PURCHASES)
    return Calls(desk.each(document("Purchases"), {"first": 24, "after": None}), b'"purchasedAt"')


def _purchases(desk: Desk) -> Calls:
    pets = [{"petId": str(pet), "idempotencyKey": None} for pet in desk.stocked(desk.most)]
    return Calls(desk.turns(document("PurchasePet"), pets), b'"Purchase"', once=True, sells=True)


def _checkouts(desk: Desk) -> Calls:
    carts = Restocked(desk.customers, desk.stocked(desk.most * CART_PETS))
    return Calls(desk.each(document("Checkout"), {"idempotencyKey": None}), b'"Purchase"', carts=carts, sells=True)


def _pictures(desk: Desk) -> Calls:
    ids = itertools.chain.from_iterable(desk.shop.pictures.values())
    return Calls([Request(signed_address(desk.shop.store, each, PictureSize.CARD)) for each in ids], b"WEBP")


def _unsold_pets(desk: Desk) -> Calls:
    merchant = basic(f"{desk.shop.store.slug}/{desk.shop.merchant}", PASSWORD)
    return Calls([operation("merchant", merchant, " ".join(_UNSOLD.split()))], b'"breederEmail"')


@dataclass(frozen=True)
class Measured:
    """An operation, and its goals; None if it has none."""

    per_second: int | None
    microseconds: int | None
    calls: Callable[[Desk], Calls]
    """Makes its requests when its turn comes, because other operations may have sold pets by then."""


MEASURED: dict[str, Measured] = {
    "typename": Measured(15_000, 50, lambda desk: Calls(desk.each("{ __typename }"), b'"Query"')),
    "list, known": Measured(None, None, lambda desk: Calls(desk.each(document("Shelf"), _SHELF), b'"totalCount"')),
    "me": Measured(3_500, 450, lambda desk: Calls(desk.each("{ me { id name email } }"), b"customer-")),
    "list, not known": Measured(2_500, 700, _searches),
    "pet, known": Measured(5_000, 150, _known_pet),
    "pet, not known": Measured(5_000, 150, _every_pet),
    "cart": Measured(3_000, 500, _cart),
    "add to cart": Measured(1_800, 900, _additions),
    "remove from cart": Measured(None, None, _removals),
    "my pets": Measured(2_500, 600, _my_pets),
    "buy": Measured(1_500, 1_000, _purchases),
    "checkout": Measured(900, 1_500, _checkouts),
    "picture": Measured(12_000, 60, _pictures),
    "page": Measured(
        12_000,
        60,
        lambda desk: Calls([Request(f"/stores/{shop.store.slug}") for shop in desk.shops], b"</html>"),
    ),
    "health": Measured(None, 25, lambda _desk: Calls([Request("/health/live")], b"alive")),
    "unsold pets": Measured(None, None, _unsold_pets),
}
