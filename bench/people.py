"""What the customers of a measurement request, as load plans."""

import itertools
from collections.abc import Sequence
from typing import Any

from calls import MEASURED
from desk import Desk
from documents import document
from population import Shop
from request import Request, operation
from traffic import Kind, Pace, Plan, raw
from words import SEARCHES
from workbench import Workbench

SHELF: dict[str, Any] = {"first": 24, "after": None, "species": None, "search": None, "sort": "NEWEST"}
THOUGHT_SECONDS = (0.2, 0.6)
_OTHERS = 100
_DATA = b'{"data":'
# Fractions of one: the visit's mix (`customer.py`), without pictures, which cost little, and without changing carts.
_DAY = {"shelf": 0.25, "counts": 0.15, "search": 0.2, "cart": 0.15, "pet": 0.1, "my pets": 0.1, "buy": 0.05}


def day(bench: Workbench, desk: Desk, most: int) -> list[Kind]:
    """A mix of everything that the large store's customers do: looking, searching and buying.

    Args:
        bench: the workbench.
        desk: the large store's desk.
        most: the most requests that can be sent, so that no pet is bought twice.
    """
    kinds = {
        "shelf": MEASURED["list, known"].calls(desk).requests,
        "counts": desk.each(document("SpeciesCounts"), {"search": None}),
        "search": desk.turns(document("Shelf"), [SHELF | {"search": search} for search in SEARCHES]),
        "cart": desk.each(document("Cart")),
        "pet": desk.turns(document("Pet"), [{"id": str(pet)} for pet in desk.available(1000)]),
        "my pets": desk.each(document("Purchases"), {"first": 24, "after": None}),
        "buy": _purchases(desk, int(most * _DAY["buy"]) + 1),
    }
    return [Kind(raw(bench, requests), _DAY[name]) for name, requests in kinds.items()]


def _purchases(desk: Desk, count: int) -> list[Request]:
    pets = desk.stocked(count)
    return desk.turns(document("PurchasePet"), [{"petId": str(pet), "idempotencyKey": None} for pet in pets])


def others(bench: Workbench, desk: Desk, shop: Shop, *, seconds: float, connections: int = _OTHERS) -> Plan:
    """Signed-in customers of a store who look at known lists and their carts, and think in between."""
    with desk.connect_to(shop) as connection:
        customers = itertools.cycle(desk.signed_in(connection, shop))
    asked = [(document("Shelf"), SHELF), (document("SpeciesCounts"), {"search": None}), (document("Cart"), None)]
    requests = [operation("storefront", next(customers), *each) for each in asked * connections]
    return plan(bench, [Kind(raw(bench, requests))], Pace.BY_THOUGHT, seconds, connections, thought=THOUGHT_SECONDS)


def plan(bench: Workbench, kinds: Sequence[Kind], pace: Pace, seconds: float, connections: int, **further: Any) -> Plan:
    """A plan for this server; right answers have data and no errors."""
    authority = str(bench.installation.certificates().authority)
    return Plan(
        bench.settings.port, authority, kinds, further.pop("expected", _DATA), pace, seconds, connections, **further
    )
