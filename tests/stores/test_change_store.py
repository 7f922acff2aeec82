"""A merchant's changes to a store show at once, to that store's customers and visitors only."""

import pytest

from menagerie.stores.models import StoreChanges
from shop import Shop

FIELDS = "name description welcome accent timeZone open signUpOpen"
CHANGE = f"""mutation($input: UpdateStoreInput!) {{ updateStore(input: $input) {{
    __typename ... on Store {{ {FIELDS} }} ... on InvalidInput {{ message problems {{ field message }} }} }} }}"""
SEEN = f"{{ store {{ {FIELDS} }} }}"
VISITED = "query($slug: String!) { store(slug: $slug) { name description accent open signUpOpen } }"


async def change(shop: Shop, **fields):
    return (await shop.as_merchant(CHANGE, input=fields))["updateStore"]


async def visited(shop: Shop):
    return (await shop.post("signup", VISITED, None, slug=shop.slug)).json()["data"]["store"]


async def problems(shop: Shop, **fields) -> dict[str, str]:
    before = await shop.storefront(SEEN)
    answer = await change(shop, **fields)
    assert answer["__typename"] == "InvalidInput", answer
    assert await shop.storefront(SEEN) == before
    return {problem["field"]: problem["message"] for problem in answer["problems"]}


async def test_changes_show_at_once_and_only_in_this_store(shop: Shop, other: Shop) -> None:
    theirs, theirs_outside = await other.storefront(SEEN), await visited(other)
    wanted = {
        "name": "Pond & Paw",
        "description": "By the water.",
        "welcome": "Come in, the pond is warm.\nMind the frogs.",
        "accent": "#1f6b4a",
        "timeZone": "Asia/Tokyo",
        "signUpOpen": False,
    }
    assert await change(shop, **wanted) == {"__typename": "Store", "open": True, **wanted}
    assert (await shop.storefront(SEEN))["store"] == {"open": True, **wanted}
    seen = {key: wanted[key] for key in ("name", "description", "accent", "signUpOpen")}
    assert await visited(shop) == {"open": True, **seen}
    assert (await other.storefront(SEEN), await visited(other)) == (theirs, theirs_outside)


async def test_omitted_and_null_fields_stay_unchanged(shop: Shop) -> None:
    await change(shop, welcome="Hello.", accent="#2c6b45")
    before = (await shop.storefront(SEEN))["store"]
    assert await change(shop) == {"__typename": "Store", **before}
    assert await change(shop, name=None, accent=None, open=None) == {"__typename": "Store", **before}
    assert (await change(shop, accent="", welcome=""))["accent"] is None
    assert (await shop.storefront(SEEN))["store"]["welcome"] == ""


async def test_two_changes_of_different_fields_do_not_undo_each_other(shop: Shop) -> None:
    stale = shop.store
    await shop.runtime.stores.change(stale, StoreChanges(welcome="First."), actor="test")
    await shop.runtime.stores.change(stale, StoreChanges(description="Second."), actor="test")
    store = (await shop.storefront(SEEN))["store"]
    assert (store["welcome"], store["description"]) == ("First.", "Second.")


@pytest.mark.parametrize(("written", "kept"), [("seagreen", None), ("rgb(31 107 74)", "#1f6b4a"), ("#ABC", None)])
async def test_an_accent_may_be_any_css_colour(shop: Shop, written: str, kept: str | None) -> None:
    if kept is None:
        assert set(await problems(shop, accent=written)) == {"accent"}
    else:
        assert (await change(shop, accent=written))["accent"] == kept


async def test_an_unreadable_accent_is_refused_with_a_suggestion(shop: Shop) -> None:
    output = (await problems(shop, accent="#ffcc00"))["accent"]
    assert output.startswith(
        "The accent #ffcc00 is too light to read: its contrast with the page is 1.4, and the minimum is 4.5."
    )
    offered = output.removesuffix(" would do.").rsplit(" ", 1)[1]
    assert (await change(shop, accent=offered))["accent"] == offered


@pytest.mark.parametrize("accent", ["nonsense", "#12345", "url(x)", "rgb(0 0 0 / 0.5)", "#1f6b4a; color: red", "\0"])
async def test_an_accent_that_is_not_a_colour_is_refused(shop: Shop, accent: str) -> None:
    assert await problems(shop, accent=accent) == {
        "accent": "The accent should be a colour such as #2c6b45 or darkgreen."
    }


async def test_every_problem_is_reported_and_nothing_is_changed(shop: Shop) -> None:
    output = await problems(
        shop, name=" ", description="d" * 501, welcome="w" * 301, accent="no", timeZone="Mars/Olympus", open=False
    )
    assert set(output) == {"name", "description", "welcome", "accent", "timeZone"}
    assert output["welcome"] == "The welcome can have at most 300 characters; this has 301."


async def test_a_closed_store_is_closed_for_customers_and_not_for_its_merchant(shop: Shop, other: Shop) -> None:
    token = (await shop.storefront("mutation { signIn { token } }"))["signIn"]["token"]
    assert (await change(shop, open=False))["open"] is False
    for password in ("correct horse battery", token):
        refused = await shop.post("storefront", SEEN, f"{shop.slug}/ada@example.com", password=password)
        assert refused.status_code == 403
        assert refused.json()["errors"][0]["extensions"]["code"] == "STORE_CLOSED"
        assert "closed for now" in refused.json()["errors"][0]["message"]
    assert (await visited(shop))["open"] is False
    signed_up = await shop.post(
        "signup",
        "mutation($input: SignUpInput!) { signUp(input: $input) { __typename ... on Failure { message } } }",
        None,
        input={"store": shop.slug, "email": "new@example.com", "name": "New", "password": "a new password"},
    )
    assert signed_up.json()["data"]["signUp"]["__typename"] == "SignUpClosed"
    assert (await shop.list_pet("Luna"))["name"] == "Luna"
    assert (await other.storefront(SEEN))["store"]["open"] is True
    assert (await change(shop, open=True))["open"] is True
    assert await shop.shelf_names() == ["Luna"]


async def test_a_suspended_store_stays_closed_for_everybody(shop: Shop) -> None:
    await change(shop, open=False)
    await shop.runtime.stores.suspend(shop.store)
    refused = await shop.post("merchant", CHANGE, f"{shop.slug}/{shop.merchant}", input={"open": True})
    assert refused.status_code == 403
    await shop.runtime.stores.resume(shop.store)
    assert (await visited(shop))["open"] is False


async def test_only_its_own_merchant_changes_a_store(shop: Shop, other: Shop) -> None:
    for endpoint, user in (
        ("merchant", f"{shop.slug}/{other.merchant}"),
        ("storefront", f"{shop.slug}/ada@example.com"),
        ("merchant", f"{shop.slug}/ada@example.com"),
        ("merchant", None),
    ):
        before = await shop.storefront(SEEN)
        answer = await shop.post(endpoint, CHANGE, user, input={"name": "Taken over"})
        assert answer.status_code in {400, 401, 403} or "errors" in answer.json(), answer.text
        assert await shop.storefront(SEEN) == before


async def test_a_new_store_may_have_a_welcome_and_an_accent(platform, client, shop: Shop) -> None:
    query = """mutation($input: CreateStoreInput!) { createStore(input: $input) {
        __typename ... on Store { slug welcome accent } ... on InvalidInput { problems { field } } } }"""
    slug = f"new-{shop.slug[-8:]}"
    wanted = {"slug": slug, "name": "New", "welcome": "Hello.", "accent": "rebeccapurple"}
    refused = await shop.post("platform", query, shop.merchant, input={**wanted, "accent": "yellow"})
    assert refused.json()["data"]["createStore"]["problems"] == [{"field": "accent"}]
    made = await shop.post("platform", query, shop.merchant, input=wanted)
    assert made.json()["data"]["createStore"] == {
        "__typename": "Store",
        "slug": slug,
        "welcome": "Hello.",
        "accent": "#663399",
    }
