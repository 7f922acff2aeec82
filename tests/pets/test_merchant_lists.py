"""The merchant's lists: unsold pets, and sold ones by day in the store's time zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from menagerie.pets.models import Species
from shop import Shop
from workers import stock

SOLD = """query($start: DateTime!, $end: DateTime!) { soldPets(start: $start, end: $end) {
    totalCount nodes { name soldAt availability breederName breederEmail } } }"""
BERLIN = ZoneInfo("Europe/Berlin")


async def _sold_at(shop: Shop, pet_id: str, moment: datetime) -> None:
    async def work(session):
        await session.execute("UPDATE pet SET sold_at = %s WHERE id = %s", (moment, pet_id))

    await shop.runtime.database.write(shop.store, work)


async def _names(shop: Shop, start: str, end: str) -> list[str]:
    found = (await shop.as_merchant(SOLD, start=start, end=end))["soldPets"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["name"] for node in found["nodes"]]


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-11-22", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2024-02-29", 24), ("2026-12-31", 24)],
)
async def test_a_plain_date_is_the_whole_day_in_the_stores_time_zone(shop: Shop, day: str, hours: int) -> None:
    midnight = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    next_day = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=BERLIN)
    assert next_day.timestamp() - midnight.timestamp() == hours * 3600
    moment = datetime.fromtimestamp
    moments = {
        "before": moment(midnight.timestamp() - 0.001, BERLIN),
        "first": midnight,
        "noon": midnight + timedelta(hours=12),
        "last": moment(next_day.timestamp() - 0.001, BERLIN),
        "after": next_day,
    }
    for when, pet_id in zip(moments.values(), await stock(shop, list(moments)), strict=True):
        await _sold_at(shop, pet_id, when)
    assert await _names(shop, day, day) == ["last", "noon", "first"]
    assert await _names(shop, (midnight - timedelta(days=1)).date().isoformat(), day) == [
        "last",
        "noon",
        "first",
        "before",
    ]


async def test_both_ends_of_a_range_are_included(shop: Shop) -> None:
    ids = await stock(shop, ["first", "second", "third"])
    moments = [datetime(2026, 5, 1, 10, minute, 0, 123456, tzinfo=BERLIN) for minute in (0, 1, 2)]
    for pet_id, moment in zip(ids, moments, strict=True):
        await _sold_at(shop, pet_id, moment)
    first, second, third = (moment.isoformat() for moment in moments)
    assert await _names(shop, first, third) == ["third", "second", "first"]
    assert await _names(shop, second, second) == ["second"]
    assert await _names(shop, "2026-05-01T08:01:00.123456Z", "2026-05-01T12:01:00.123456+04:00") == ["second"]
    assert await _names(shop, first, second) == ["second", "first"]


async def test_pets_sold_at_the_same_moment_are_each_shown_once(shop: Shop) -> None:
    ids = await stock(shop, [f"Pet {number}" for number in range(7)])
    for pet_id in ids:
        await _sold_at(shop, pet_id, datetime(2026, 5, 1, tzinfo=BERLIN))
    query = """query($after: String) { soldPets(start: "2026-05-01", end: "2026-05-01", first: 3, after: $after) {
        nodes { id } pageInfo { endCursor hasNextPage } } }"""
    found, after = [], None
    for _ in range(3):
        page = (await shop.as_merchant(query, after=after))["soldPets"]
        found += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert found == ids[::-1]
    assert not page["pageInfo"]["hasNextPage"]


BAD_RANGES = [
    ("2026-05-02", "2026-05-01", "The range ends before it starts. Swap `start` and `end`."),
    (
        "2026-05-01T10:00:00Z",
        "2026-05-01T11:00:00+02:00",
        "The range ends before it starts. Swap `start` and `end`.",
    ),
    ("2026-05-01T10:00:00", "2026-05-02", "needs an offset from UTC"),
    ("2026-02-30", "2026-05-02", "is not a DateTime"),
    ("2026-W18-5", "2026-05-02", "is not a DateTime"),
    ("20260501T100000Z", "2026-05-02", "is not a DateTime"),
    ("2026-05-01 10:00:00Z", "2026-05-02", "is not a DateTime"),
    ("yesterday", "2026-05-02", "is not a DateTime"),
    ("", "2026-05-02", "is not a DateTime"),
    ("2026-05-01\x00", "2026-05-02", "is not a DateTime"),
    ("\u0662\u0660\u0662\u0666-\u0660\u0665-\u0660\u0661", "2026-05-02", "is not a DateTime"),
    (20260501, "2026-05-02", "A DateTime is written as a string"),
    ("0001-01-01", "2026-05-02", "year must be from 1900 to 2999"),
    ("2026-05-01", "9999-12-31T23:59:59Z", "year must be from 1900 to 2999"),
    (None, "2026-05-02", "non-null"),
]


async def test_invalid_ranges_are_refused_with_a_message(shop: Shop) -> None:
    for start, end, message in BAD_RANGES:
        response = await shop.post("merchant", SOLD, f"{shop.slug}/{shop.merchant}", start=start, end=end)
        assert response.status_code == 200
        (error,) = response.json()["errors"]
        assert message in error["message"]
        assert error["extensions"]["code"] in {"BAD_RANGE", "BAD_REQUEST"}


async def test_the_breeder_is_shown_only_to_the_merchant(shop: Shop) -> None:
    pet = await shop.list_pet("Luna", breederName="Børge Åkesson", breederEmail="borge@breeders.example")
    assert (pet["breederName"], pet["breederEmail"]) == ("Børge Åkesson", "borge@breeders.example")
    await shop.buy(pet["id"])
    (sold,) = (await shop.as_merchant(SOLD, start="2020-01-01", end="2999-01-01"))["soldPets"]["nodes"]
    assert (sold["breederName"], sold["availability"]) == ("Børge Åkesson", "SOLD")
    response = await shop.post("storefront", "{ pets { nodes { breederName } } }", f"{shop.slug}/ada@example.com")
    assert response.json()["errors"][0]["message"].startswith("Cannot query field 'breederName' on type 'Pet'.")


async def test_unsold_pets_are_the_available_ones(shop: Shop) -> None:
    luna, rex, gone = await stock(shop, ["Luna", "Rex", "Gone"])
    (kermit,) = await stock(shop, ["Kermit"], Species.FROG)
    await shop.buy(rex)
    removed = await shop.remove_pet(gone)
    assert removed["availability"] == "REMOVED"
    query = """query($species: Species, $first: Int, $after: String) {
        unsoldPets(species: $species, first: $first, after: $after) {
        totalCount nodes { id soldAt removedAt } pageInfo { endCursor hasNextPage } } }"""
    page = (await shop.as_merchant(query))["unsoldPets"]
    assert page["nodes"] == [{"id": i, "soldAt": None, "removedAt": None} for i in (kermit, luna)]
    assert (await shop.as_merchant(query, species="FROG"))["unsoldPets"]["totalCount"] == 1
    first = (await shop.as_merchant(query, first=1))["unsoldPets"]
    second = (await shop.as_merchant(query, first=1, after=first["pageInfo"]["endCursor"]))["unsoldPets"]
    assert [page["nodes"][0]["id"] for page in (first, second)] == [kermit, luna]


async def test_removing_reports_the_outcome(shop: Shop) -> None:
    luna, rex = await stock(shop, ["Luna", "Rex"])
    bought = await shop.buy(rex)
    sold = await shop.remove_pet(rex)
    assert sold == {
        "__typename": "PetAlreadySold",
        "message": "Rex has already been sold and can't be removed.",
        "soldAt": bought["purchasedAt"],
    }
    first, again = await shop.remove_pet(luna), await shop.remove_pet(luna)
    assert first == again
    for unknown in ("nonsense", "", "01a20740-d20d-70f3-b571-16a28b53ac80", "\0"):
        assert (await shop.remove_pet(unknown))["__typename"] == "PetNotFound"
