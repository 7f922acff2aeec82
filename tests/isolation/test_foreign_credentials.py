"""Credentials work in one store and role only."""

from dataclasses import replace

import pytest

from shop import PASSWORD, Shop, basic, pet_input

ENDPOINTS = ("storefront", "merchant", "platform")
WHO = "{ __typename }"


async def _status(shop: Shop, endpoint: str, user: str, password: str = PASSWORD) -> int:
    return (await shop.post(endpoint, WHO, user, password=password)).status_code


async def test_each_role_has_its_own_endpoint(shop: Shop) -> None:
    customer, merchant, platform = f"{shop.slug}/ada@example.com", f"{shop.slug}/{shop.merchant}", shop.merchant
    answers = {
        user: [await _status(shop, endpoint, user) for endpoint in ENDPOINTS] for user in (customer, merchant, platform)
    }
    assert answers == {customer: [200, 403, 403], merchant: [403, 200, 403], platform: [403, 403, 200]}


async def test_a_customer_may_not_list_or_remove_pets(shop: Shop) -> None:
    pet = (await shop.list_pet())["id"]
    upload = await shop.upload(pet_input("Mine"), user_id=f"{shop.slug}/ada@example.com")
    assert upload.status_code == 403
    remove = "mutation($id: ID!) { removePet(id: $id) { __typename } }"
    assert (await shop.post("merchant", remove, f"{shop.slug}/ada@example.com", id=pet)).status_code == 403
    assert await shop.shelf_names() == ["Luna"]


async def test_a_merchant_may_not_buy(shop: Shop) -> None:
    pet = (await shop.list_pet())["id"]
    buy = "mutation($id: ID!) { purchasePet(petId: $id) { __typename } }"
    assert (await shop.post("storefront", buy, f"{shop.slug}/{shop.merchant}", id=pet)).status_code == 403
    assert await shop.shelf_names() == ["Luna"]


async def test_a_merchant_of_another_store_is_refused(shop: Shop, other: Shop) -> None:
    pet = (await other.list_pet("Theirs"))["id"]
    foreign = f"{other.slug}/{shop.merchant}"
    for query in ("{ unsoldPets { totalCount } }", f'mutation {{ removePet(id: "{pet}") {{ __typename }} }}'):
        answer = await shop.post("merchant", query, foreign)
        assert answer.status_code == 403
        assert "Theirs" not in answer.text
    assert (await shop.upload(pet_input("Smuggled"), user_id=foreign)).status_code == 403
    customer = """mutation {
        createCustomer(input: {email: "x@y.example", name: "X", password: "correct horse"}) { __typename } }"""
    assert (await shop.post("merchant", customer, foreign)).status_code == 403
    assert await other.shelf_names() == ["Theirs"]


async def test_a_merchant_sees_only_stores_of_their_own(shop: Shop, other: Shop) -> None:
    answer = await shop.post("platform", "{ me { login } stores { slug } }", shop.merchant)
    assert answer.json()["data"] == {"me": {"login": shop.merchant}, "stores": [{"slug": shop.slug}]}


async def test_a_merchant_cannot_take_anothers_slug(shop: Shop, other: Shop) -> None:
    query = 'mutation($slug: String!) { createStore(input: {slug: $slug, name: "Mine"}) { __typename } }'
    answer = await shop.post("platform", query, shop.merchant, slug=other.slug)
    assert answer.json()["data"]["createStore"]["__typename"] == "SlugTaken"
    stores = (await shop.post("platform", "{ stores { slug } }", shop.merchant)).json()["data"]["stores"]
    assert stores == [{"slug": shop.slug}]


async def test_the_same_email_address_is_another_account_in_another_store(shop: Shop, other: Shop) -> None:
    query = """mutation($secret: String!) {
        createCustomer(input: {email: "same@example.com", name: "Same", password: $secret}) { __typename } }"""
    passwords = {shop.slug: "the first password", other.slug: "the second password"}
    for each in (shop, other):
        made = await each.as_merchant(query, secret=passwords[each.slug])
        assert made["createCustomer"]["__typename"] == "Customer"
    statuses = {
        (store, owner): await _status(shop, "storefront", f"{store}/same@example.com", passwords[owner])
        for store in passwords
        for owner in passwords
    }
    assert statuses == {(store, owner): 200 if store == owner else 401 for store, owner in statuses}
    ids = {
        (await shop.post("storefront", "{ me { id } }", f"{slug}/same@example.com", password=password)).text
        for slug, password in passwords.items()
    }
    assert len(ids) == 2


async def test_a_token_opens_only_its_own_store_and_account(shop: Shop, other: Shop) -> None:
    token = (await shop.storefront("mutation { signIn { token } }"))["signIn"]["token"]
    assert await _status(shop, "storefront", f"{shop.slug}/ada@example.com", token) == 200
    for endpoint, user in (
        ("storefront", f"{other.slug}/ada@example.com"),
        ("storefront", f"{shop.slug}/grace@example.com"),
        ("merchant", f"{shop.slug}/{shop.merchant}"),
        ("platform", shop.merchant),
    ):
        assert await _status(shop, endpoint, user, token) == 401, user


@pytest.mark.parametrize(
    "user",
    [
        "{other}/{shop}/ada@example.com",
        "{shop}/../{other}/ada@example.com",
        "{other}%2Fada@example.com",
        "{other}\\ada@example.com",
        " {other}/ada@example.com",
        "{OTHER}/ada@example.com",
        '{other}"; SET ROLE x; --/ada@example.com',
        "ada@example.com",
        "/ada@example.com",
    ],
)
async def test_a_malformed_user_id_identifies_nobody(shop: Shop, other: Shop, user: str) -> None:
    text = user.format(shop=shop.slug, other=other.slug, OTHER=other.slug.upper())
    answer = await shop.post("storefront", WHO, text)
    assert answer.status_code == 401
    assert "SET ROLE" not in answer.headers["www-authenticate"]


async def test_an_email_address_with_a_slash_signs_in(shop: Shop) -> None:
    await shop.add_customer("sales/ada@example.com")
    assert await _status(shop, "storefront", f"{shop.slug}/sales/ada@example.com") == 200


async def test_wrong_credentials_get_the_same_answer_whatever_is_wrong(shop: Shop) -> None:
    answers = [
        await shop.post("storefront", WHO, user, password="not the password")
        for user in (
            f"{shop.slug}/ada@example.com",
            f"{shop.slug}/nobody@example.com",
            f"no-{shop.slug}/ada@example.com",
        )
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert len({answer.text for answer in answers}) == 1


async def test_visitors_create_accounts_only_in_the_store_they_name(shop: Shop, other: Shop) -> None:
    query = """mutation($store: String!) { signUp(input: {store: $store, email: "visitor@example.com",
        name: "Visitor", password: "correct horse battery"}) { __typename } }"""
    assert (await shop.post("signup", query, None, store=shop.slug)).json()["data"]["signUp"] == {
        "__typename": "Customer"
    }
    assert await _status(shop, "storefront", f"{shop.slug}/visitor@example.com") == 200
    assert await _status(shop, "storefront", f"{other.slug}/visitor@example.com") == 401


async def test_visitors_learn_only_what_a_sign_in_page_shows(shop: Shop) -> None:
    query = "query($slug: String!) { store(slug: $slug) { slug name open signUpOpen demoLogin { email } } }"
    for slug in ("no-such-store", "x" * 500, "a\0b", f"{shop.slug}'", shop.store.schema, shop.slug.upper()):
        answer = (await shop.post("signup", query, None, slug=slug)).json()
        assert answer == {"data": {"store": None}}, slug
    assert (await shop.post("signup", "{ stores { slug } }", None)).json().get("data") is None
    fields = "{ __schema { types { name } } }"
    assert (await shop.post("signup", fields, None)).json().get("data") is None


async def test_an_invalid_store_name_at_sign_up_is_not_a_fault(shop: Shop) -> None:
    query = """mutation($store: String!) { signUp(input: {store: $store, email: "visitor@example.com",
        name: "Visitor", password: "correct horse battery"}) { __typename } }"""
    answer = (await shop.post("signup", query, None, store="a\0b")).json()
    assert answer["data"]["signUp"]["__typename"] == "InvalidInput"


async def test_pictures_answer_other_stores_with_403(shop: Shop, other: Shop) -> None:
    from urllib.parse import urlsplit

    ours, theirs = [urlsplit((await each.list_pet())["picture"]["url"]) for each in (shop, other)]

    async def status(path: str, query: str = "", user: str | None = None) -> int:
        headers = {"Authorization": basic(user)} if user else {}
        return (await shop.client.get(f"{path}?{query}" if query else path, headers=headers)).status_code

    customer, merchant = f"{shop.slug}/ada@example.com", f"{shop.slug}/{shop.merchant}"
    assert await status(ours.path, ours.query) == 200
    assert await status(theirs.path, theirs.query) == 200
    # Our signature on their path, and on their picture under our path.
    assert await status(theirs.path, ours.query) == 403
    ours_with_their_picture = theirs.path.replace(other.slug, shop.slug)
    assert await status(ours_with_their_picture, theirs.query) == 403
    assert await status(ours_with_their_picture, ours.query) == 403
    # Our credentials for their picture, and their picture requested from our store.
    for user in (customer, merchant):
        assert await status(ours.path, user=user) == 200
        assert await status(theirs.path, user=user) == 403
        assert await status(ours_with_their_picture, user=user) == 404
    assert await status(theirs.path, user=f"{other.slug}/{shop.merchant}") == 403
    assert await status(theirs.path, user=shop.merchant) == 403
    # A signature covers one size and day, and correct credentials don't make up for a wrong one.
    assert await status(ours.path.replace("card", "full"), ours.query) == 403
    assert await status(ours.path, ours.query.replace("e=", "e=1")) == 403
    assert await status(ours.path, theirs.query, user=customer) == 403
    assert await status(ours.path) == 401
    assert await status(ours.path.replace(shop.slug, "no-such-store")) == 401


async def test_a_store_with_another_stores_key_reads_nothing(shop: Shop, other: Shop) -> None:
    """Even if code mixes up two stores, sealed values stay sealed."""
    from menagerie.accounts.customers import find_customer
    from menagerie.secrets.envelope import KeyMismatchError

    confused = replace(other.store, key=shop.store.key)
    with pytest.raises(KeyMismatchError):
        await shop.runtime.database.read(
            confused, lambda session: find_customer(session, confused, other.customers["ada@example.com"])
        )
