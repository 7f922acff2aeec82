"""What each operation costs the database: statements, BEGIN and COMMIT among them, and round trips.

A store's transaction adds BEGIN, SET LOCAL ROLE, SET LOCAL search_path and COMMIT. Authentication comes before.
"""

from shop import Shop
from wire import Wire

PET = "query($id: ID!) { pet(id: $id) { name availability picture { url } } }"
SOLD = '{ soldPets(start: "2020-01-01", end: "2999-01-01") { nodes { name breederEmail } totalCount } }'


async def test_a_pet_is_one_statement(counted: Shop, pets: list[str], queries: Wire) -> None:
    with queries.counting() as count:
        await counted.storefront(PET, id=pets[0])
    assert count.counts == (5, 1), count.statements


async def test_reading_the_store_needs_no_statement(counted: Shop, pets: list[str], queries: Wire) -> None:
    with queries.counting() as count:
        await counted.storefront("{ store { name description } }")
    assert count.counts == (0, 0), count.statements


async def test_a_cart_of_any_size_is_one_statement(counted: Shop, pets: list[str], queries: Wire) -> None:
    for pet in pets:
        await counted.add_to_cart(pet)
    with queries.counting() as count:
        assert len((await counted.cart())["pets"]) == 4
    assert count.counts == (5, 1), count.statements


async def test_adding_to_a_cart_locks_reads_then_adds(counted: Shop, pets: list[str], queries: Wire) -> None:
    with queries.counting() as count:
        await counted.add_to_cart(pets[0])
    assert count.counts == (8, 2), count.statements


async def test_a_purchase_is_two_round_trips(counted: Shop, pets: list[str], queries: Wire) -> None:
    with queries.counting() as count:
        assert (await counted.buy(pets[0]))["__typename"] == "Purchase"
    assert count.counts == (12, 2), count.statements


async def test_a_purchase_with_a_key_is_two_round_trips_too(counted: Shop, pets: list[str], queries: Wire) -> None:
    with queries.counting() as first:
        await counted.buy(pets[0], key="once")
    with queries.counting() as again:
        await counted.buy(pets[0], key="once")
    assert first.counts == (15, 2), first.statements
    assert again.counts == (12, 2), again.statements


async def test_a_checkout_of_three_costs_one_purchase(counted: Shop, pets: list[str], queries: Wire) -> None:
    for pet in pets[:3]:
        await counted.add_to_cart(pet)
    with queries.counting() as count:
        assert len((await counted.checkout())["pets"]) == 3
    assert count.counts == (12, 2), count.statements


async def test_purchases_are_read_without_a_statement_each(counted: Shop, pets: list[str], queries: Wire) -> None:
    for pet in pets:
        await counted.buy(pet)
    with queries.counting() as count:
        await counted.storefront("{ purchases { nodes { pets { name } } totalCount } }")
    assert count.counts == (6, 1), count.statements


async def test_signing_in_is_one_round_trip(counted: Shop, pets: list[str], queries: Wire) -> None:
    with queries.counting() as count:
        await counted.storefront("mutation { signIn { token customer { name } } }")
    assert count.counts == (7, 1), count.statements


async def test_listing_a_pet_is_two_round_trips(counted: Shop, pets: list[str], queries: Wire) -> None:
    with queries.counting() as count:
        await counted.list_pet("Counted")
    assert count.counts == (11, 2), count.statements


async def test_removing_a_pet_is_two_round_trips(counted: Shop, pets: list[str], queries: Wire) -> None:
    with queries.counting() as count:
        await counted.remove_pet(pets[0])
    assert count.counts == (8, 2), count.statements


async def test_the_merchants_lists_are_two_statements(counted: Shop, pets: list[str], queries: Wire) -> None:
    await counted.buy(pets[0])
    for query in (SOLD, "{ unsoldPets { nodes { name breederName } totalCount } }"):
        with queries.counting() as count:
            await counted.as_merchant(query)
        assert count.counts == (6, 1), count.statements


async def test_a_request_without_credentials_costs_the_database_nothing(counted: Shop, queries: Wire) -> None:
    for endpoint in ("storefront", "merchant", "platform"):
        with queries.counting() as count:
            assert (await counted.post(endpoint, "{ __typename }", None)).status_code == 401
        assert count.counts == (0, 0), count.statements


async def test_wrong_credentials_cost_one_look_up_whatever_is_wrong(counted: Shop, queries: Wire) -> None:
    await counted.storefront("{ me { name } }")
    for user in (f"{counted.slug}/ada@example.com", f"{counted.slug}/nobody@example.com", "no-store/ada@example.com"):
        with queries.counting() as count:
            assert (await counted.post("storefront", "{ me { name } }", user, password="wrong")).status_code == 401
        assert count.round_trips == 1, (user, count.statements)


async def test_a_first_sign_in_looks_up_twice_and_later_ones_never(counted: Shop, queries: Wire) -> None:
    """Twice, because what is remembered must still be true after its versions were read."""
    user = f"{counted.slug}/ada@example.com"
    await counted.storefront("{ me { name } }", "grace@example.com")  # so that the store is known
    with queries.counting() as first:
        await counted.post("storefront", "{ store { slug } }", user)
    with queries.counting() as second:
        await counted.post("storefront", "{ store { slug } }", user)
    assert first.round_trips == 2, first.statements
    assert second.counts == (0, 0), second.statements


async def test_a_token_that_was_just_issued_needs_no_look_up(counted: Shop, queries: Wire) -> None:
    user = f"{counted.slug}/ada@example.com"
    token = (await counted.storefront("mutation { signIn { token } }"))["signIn"]["token"]
    with queries.counting() as count:
        answer = await counted.post("storefront", "{ __typename }", user, password=token)
    assert (answer.status_code, count.counts) == (200, (0, 0)), count.statements


async def test_a_merchants_stores_are_one_statement(counted: Shop, queries: Wire) -> None:
    query = "{ me { login } stores { slug } }"
    await counted.post("platform", query, counted.merchant)
    with queries.counting() as count:
        await counted.post("platform", query, counted.merchant)
    assert count.counts == (3, 1), count.statements


async def test_a_visitor_reading_a_store_is_one_statement(counted: Shop, queries: Wire) -> None:
    query = "query($slug: String!) { store(slug: $slug) { name } }"
    with queries.counting() as count:
        await counted.post("signup", query, None, slug=counted.slug)
    assert count.counts == (3, 1), count.statements


async def test_signing_up_is_one_look_up_and_one_transaction(counted: Shop, queries: Wire) -> None:
    query = """mutation($store: String!) {
        signUp(input: {store: $store, email: "new@example.com", name: "New", password: "correct horse battery"})
        { __typename }
    }"""
    with queries.counting() as count:
        answer = await counted.post("signup", query, None, store=counted.slug)
    assert answer.json()["data"]["signUp"]["__typename"] == "Customer"
    assert count.counts == (9, 2), count.statements


async def test_creating_a_store_is_a_bounded_number_of_statements_in_few_round_trips(
    counted: Shop, queries: Wire
) -> None:
    query = 'mutation($slug: String!) { createStore(input: {slug: $slug, name: "New"}) { __typename } }'
    await counted.post("platform", "{ me { login } }", counted.merchant)
    with queries.counting() as count:
        answer = await counted.post("platform", query, counted.merchant, slug=f"new-{counted.slug[-8:]}")
    assert answer.json()["data"]["createStore"]["__typename"] == "Store"
    # The pool opens or checks the owner's connection, one transaction creates the store, one reads it.
    assert len(count.statements) <= 45, count.statements
    assert count.round_trips <= 5


async def test_changing_a_store_is_three_units_of_work(counted: Shop, pets: list[str], queries: Wire) -> None:
    await counted.as_merchant("{ store { slug } }")
    with queries.counting() as count:
        await counted.as_merchant('mutation { updateStore(input: { welcome: "Hello." }) { __typename } }')
    # The row in the platform schema, the audit event in the store's, and the changed store.
    assert count.counts == (3 + 5 + 3, 1 + 1 + 1), count.statements


async def test_signing_out_everywhere_is_one_statement(counted: Shop, pets: list[str], queries: Wire) -> None:
    with queries.counting() as count:
        await counted.storefront("mutation { signOutEverywhere }")
    assert count.counts == (5, 1), count.statements
