"""A store exists completely or not at all."""

import asyncio
from typing import LiteralString
from uuid import uuid4

import psycopg
import pytest

from menagerie.database import lineages
from menagerie.database.revisions import STORES_REVISION
from menagerie.database.session import Database, OwnerRequiredError
from menagerie.runtime import Runtime
from menagerie.secrets.envelope import KeyMismatchError
from menagerie.stores import provision
from menagerie.stores.details import StoreInvalidError
from menagerie.stores.models import NewStore, role_name, schema_name
from menagerie.stores.provision import SlugTakenError, create_store, delete_store
from menagerie.stores.service import StoreNotFoundError, Stores
from shop import Shop


def new(slug: str) -> NewStore:
    return NewStore(slug, "A Store", "", "UTC")


def fresh() -> str:
    return f"fresh-{uuid4().hex[:8]}"


@pytest.fixture
def merchant_id(shop: Shop, settings):
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        row = connection.execute("SELECT id FROM platform.merchant WHERE login = %s", (shop.merchant,)).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def traces(settings):
    """Everything in PostgreSQL that belongs to a slug's store."""

    def of(slug: str) -> set[str]:
        schema = schema_name(slug)
        with psycopg.connect(settings.owner_database_url.get_secret_value()) as connection:
            looks: dict[str, tuple[LiteralString, str]] = {
                "schema": ("SELECT FROM pg_namespace WHERE nspname = %s", schema),
                "role": ("SELECT FROM pg_roles WHERE starts_with(rolname, %s)", f"{schema}_"),
                "row": ("SELECT FROM platform.store WHERE slug = %s", slug),
                "tables": ("SELECT FROM pg_tables WHERE schemaname = %s", schema),
            }
            return {
                what
                for what, (query, name) in looks.items()
                if connection.execute(query, (name,)).fetchone() is not None
            }

    return of


def _orphans(settings) -> tuple:
    with psycopg.connect(settings.owner_database_url.get_secret_value()) as connection:
        row = connection.execute(
            """SELECT (SELECT count(*) FROM platform.data_key WHERE store_id NOT IN (SELECT id FROM platform.store)),
                (SELECT count(*) FROM platform.ownership WHERE store_id NOT IN (SELECT id FROM platform.store)),
                (SELECT count(*) FROM platform.store WHERE id NOT IN (SELECT store_id FROM platform.data_key))"""
        ).fetchone()
        assert row is not None
        return row


async def test_a_new_store_is_complete(platform: Runtime, merchant_id, traces) -> None:
    slug = fresh()
    store = await create_store(platform.stores, new(slug), merchant_id=merchant_id)
    assert traces(slug) == {"schema", "role", "row", "tables"}
    assert (store.schema, store.role) == (schema_name(slug), role_name(slug, store.id))
    assert [each.slug for each in await platform.stores.of_merchant(merchant_id)][-1] == slug


@pytest.mark.parametrize("broken", ["SELECT 1 / 0", "INSERT INTO platform.ownership VALUES (NULL, NULL)", "SELEC"])
async def test_a_late_failure_leaves_nothing(platform: Runtime, merchant_id, traces, settings, broken: str) -> None:
    """The work is done and then fails, as if the database refused the last statement."""
    slug = fresh()

    class Failing(Database):
        async def write_as_owner(self, work):
            async def all_and_more(session):
                await work(session)
                await session.execute(broken)

            return await super().write_as_owner(all_and_more)

    failing = Failing(platform.database.nodes, platform.database.owner_pool)
    with pytest.raises(psycopg.Error):
        await create_store(Stores(failing, platform.stores.keys), new(slug), merchant_id=merchant_id)
    assert traces(slug) == set()
    assert _orphans(settings) == (0, 0, 0)
    assert (await create_store(platform.stores, new(slug), merchant_id=merchant_id)).slug == slug


async def test_an_unknown_merchant_gets_no_store(platform: Runtime, traces) -> None:
    slug = fresh()
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await create_store(platform.stores, new(slug), merchant_id=uuid4())
    assert traces(slug) == set()


async def test_of_many_requests_for_one_slug_one_succeeds(platform: Runtime, merchant_id) -> None:
    slug = fresh()
    outcomes = await asyncio.gather(
        *(create_store(platform.stores, new(slug), merchant_id=merchant_id) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(outcome, SlugTakenError) for outcome in outcomes) == 3, outcomes
    assert [store.slug for store in await platform.stores.of_merchant(merchant_id)].count(slug) == 1


async def test_many_stores_are_created_at_once(platform: Runtime, merchant_id, traces) -> None:
    slugs = [fresh() for _ in range(6)]
    await asyncio.gather(*(create_store(platform.stores, new(slug), merchant_id=merchant_id) for slug in slugs))
    assert all(traces(slug) == {"schema", "role", "row", "tables"} for slug in slugs)


async def test_a_taken_slug_is_refused_and_its_store_is_untouched(platform: Runtime, shop: Shop, merchant_id) -> None:
    await shop.list_pet()
    with pytest.raises(SlugTakenError, match=shop.slug):
        await create_store(platform.stores, new(shop.slug), merchant_id=merchant_id)
    assert await shop.shelf_names() == ["Luna"]


async def test_without_an_owner_connection_no_store_is_created(platform: Runtime, merchant_id) -> None:
    stores = Stores(Database(platform.database.nodes), platform.stores.keys)
    with pytest.raises(OwnerRequiredError, match="MENAGERIE_OWNER_DATABASE_URL"):
        await create_store(stores, new(fresh()), merchant_id=merchant_id)


BAD = [
    "",
    "ab",
    "a" * 41,
    "1abc",
    "-abc",
    "abc-",
    "a--b",
    "Abc",
    "ABC",
    "a_b_c",
    "a.b.c",
    "a b c",
    " abc",
    "abc ",
    "abc\n",
    "abc\0",
    'abc"',
    "abc'",
    "abc;drop",
    'x"; DROP SCHEMA platform; --',
    "a/b",
    "abc%20",
    "../abc",
    "pаwsome",  # noqa: RUF001  Cyrillic
    "ｐａｗｓ",  # noqa: RUF001  fullwidth
    "paws\u200bome",
    "pawſome",  # noqa: RUF001  a long s
    "påws",
    "paws٣",
    "paws\u2011x",
    "🐸🐸🐸",
    "platform",
    "admin",
    "graphql",
    "store",
]


@pytest.mark.parametrize("slug", BAD)
async def test_an_invalid_slug_is_refused_before_anything_is_created(platform: Runtime, merchant_id, slug: str) -> None:
    with pytest.raises(StoreInvalidError) as refusal:
        await create_store(platform.stores, new(slug), merchant_id=merchant_id)
    assert [problem.field for problem in refusal.value.problems] == ["slug"]
    assert refusal.value.problems[0].message.endswith(".")


def test_two_slugs_never_share_a_schema_and_names_fit_postgresql() -> None:
    store_id = uuid4()
    slugs = ["a-b", "a-b-c", "ab", "ab-c", "a-bc", "a1-b", "a-1b"]
    assert len({schema_name(slug) for slug in slugs}) == len(slugs)
    longest = "a" + "-b" * 19 + "c"
    assert len(longest) == 40
    assert len(role_name(longest, store_id)) <= 63


@pytest.mark.parametrize("slug", ["abc", "a-b-c", "a" * 40, "pg-catalog", "pg1", "null", "select"])
async def test_a_slug_that_is_a_postgresql_word_is_accepted(platform: Runtime, merchant_id, slug: str) -> None:
    store = await create_store(platform.stores, new(slug), merchant_id=merchant_id)
    try:
        assert store.schema == "store_" + slug.replace("-", "_")
    finally:
        await delete_store(platform.stores, store)


async def test_every_problem_of_a_store_is_reported_at_once(platform: Runtime, merchant_id) -> None:
    wanted = NewStore("X", "", "y" * 501, "Europe/Atlantis")
    with pytest.raises(StoreInvalidError) as refusal:
        await create_store(platform.stores, wanted, merchant_id=merchant_id)
    assert {problem.field for problem in refusal.value.problems} == {"slug", "name", "description", "timeZone"}


async def test_a_deleted_store_leaves_nothing(platform: Runtime, shop: Shop, traces, settings) -> None:
    await shop.list_pet()
    store = shop.store
    await delete_store(platform.stores, store)
    assert traces(shop.slug) == set()
    assert _orphans(settings) == (0, 0, 0)
    with pytest.raises(StoreNotFoundError):
        await platform.stores.get(shop.slug)
    assert (await shop.post("storefront", "{ me { name } }", f"{shop.slug}/ada@example.com")).status_code == 401
    assert (await shop.post("merchant", "{ store { name } }", f"{shop.slug}/{shop.merchant}")).status_code == 401


async def test_a_new_store_with_a_deleted_stores_slug_has_another_key_and_role(
    platform: Runtime, shop: Shop, merchant_id
) -> None:
    sealed = shop.store.key.seal(b"x", table="t", column="c", row="r")
    await delete_store(platform.stores, shop.store)
    again = await create_store(platform.stores, new(shop.slug), merchant_id=merchant_id)
    assert (again.id, again.role) != (shop.store.id, shop.store.role)
    with pytest.raises(KeyMismatchError):
        again.key.unseal(sealed, table="t", column="c", row="r")
    assert (await shop.post("storefront", "{ me { name } }", f"{shop.slug}/ada@example.com")).status_code == 401


def test_creating_a_store_is_a_fixed_list_of_statements() -> None:
    made = [len(provision.making_statements(slug, uuid4())) for slug in ("abc", "a-b-c", "z" * 40)]
    assert len(set(made)) == 1
    assert made[0] <= 40


async def test_a_store_is_labelled_with_the_revision_of_the_code_that_makes_it(
    platform: Runtime, shop: Shop, merchant_id, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with that of the migration files, which may be newer than a running server."""
    monkeypatch.setattr(lineages, "head", lambda _lineage: "9999")
    made = await create_store(platform.stores, new(f"later-{uuid4().hex[:8]}"), merchant_id=merchant_id)
    assert made.revision == STORES_REVISION
