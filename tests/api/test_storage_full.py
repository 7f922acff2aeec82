"""While the database's disk is full, nothing is saved, not even in part, and callers learn why."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
import structlog
from prometheus_client import REGISTRY

from api.conftest import only_error, user
from menagerie.api import storage_full
from menagerie.api.errors import fault_answer
from shop import Shop
from workers import stock

SENTENCE = "The store can't save anything right now, so nothing was changed. Please try again later."


@pytest.fixture
def full(administer: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """`full("a.table")` makes PostgreSQL refuse to insert there as it does when its disk is full."""
    administer(
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
    )

    def fill(table: str) -> None:
        administer(f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION public.refuse()")

    yield fill
    administer("DROP FUNCTION public.refuse CASCADE")
    storage_full._Seen.at = float("-inf")


def refused() -> float:
    return REGISTRY.get_sample_value("menagerie_disk_full_total") or 0.0


async def test_a_purchase_is_refused_with_the_reason(here: Shop, other: Shop, full: Callable[[str], None]) -> None:
    (luna,), (kermit,) = await stock(here, ["Luna"]), await stock(other, ["Kermit"])
    full(f"{here.store.schema}.purchase_item")
    before = refused()
    query = "mutation($id: ID!) { purchasePet(petId: $id) { __typename } }"
    with structlog.testing.capture_logs() as logs:
        response = await here.client.post(
            "/graphql/storefront", json={"query": query, "variables": {"id": luna}}, headers=user(here)
        )
    error = only_error(response)
    assert (error["message"], error["extensions"]) == (SENTENCE, {"code": "STORAGE_FULL"})
    assert refused() == before + 1
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["disk full"]
    assert await here.shelf_names() == ["Luna"]
    assert (await other.buy(kermit))["__typename"] == "Purchase"


async def test_signing_in_is_refused_the_same_way(here: Shop, full: Callable[[str], None]) -> None:
    full(f"{here.store.schema}.access_token")
    response = await here.client.post(
        "/graphql/storefront", json={"query": "mutation { signIn { token } }"}, headers=user(here)
    )
    assert only_error(response)["extensions"] == {"code": "STORAGE_FULL"}


async def test_no_store_is_half_created(here: Shop, full: Callable[[str], None]) -> None:
    full("platform.ownership")
    query = """mutation { createStore(input: {slug: "half-a-store", name: "Half"}) { __typename } }"""
    response = await here.post("platform", query, here.merchant)
    assert only_error(response)["message"] == SENTENCE
    assert (await here.post("platform", "{ stores { slug } }", here.merchant)).json() == {
        "data": {"stores": [{"slug": here.slug}]}
    }


async def test_readiness_reports_the_full_disk_and_stays_ready(here: Shop, full: Callable[[str], None]) -> None:
    assert "disk" not in (await here.client.get("/health/ready")).json()
    full(f"{here.store.schema}.cart_item")
    (luna,) = await stock(here, ["Luna"])
    query = "mutation($id: ID!) { addToCart(petId: $id) { __typename } }"
    await here.client.post("/graphql/storefront", json={"query": query, "variables": {"id": luna}}, headers=user(here))
    ready = await here.client.get("/health/ready")
    assert (ready.status_code, ready.json()["disk"]) == (200, "full")


def test_a_read_that_needs_the_disk_gets_the_same_message_outside_graphql() -> None:
    """A large sort writes files, too."""
    answer = fault_answer(psycopg.errors.DiskFull("could not write to file: No space left on device"))
    assert (answer.status, dict(answer.headers)[b"retry-after"]) == (503, b"60")
    assert b"STORAGE_FULL" in answer.body
    storage_full._Seen.at = float("-inf")
