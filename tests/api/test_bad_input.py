"""Invalid input: every operation answers with a message, and changes nothing."""

from uuid import uuid4

import pytest

from api.conftest import owner, user
from menagerie.accounts import throttle
from shop import Shop, basic, pet_input
from workers import stock, totals

LONE = "\ud800"
CONTROL = "cannot contain control characters."


@pytest.fixture(autouse=True)
async def _nothing_changes(here: Shop):
    await stock(here, ["Luna"])
    before = await totals(here)
    yield
    assert await totals(here) == before


LISTINGS = [
    ({"name": ""}, "name", "The name cannot be empty."),
    ({"name": " \n\t "}, "name", "The name cannot be empty."),
    ({"name": "\u200b\u200d\u2060"}, "name", "The name cannot be empty."),
    ({"name": "x" * 81}, "name", "The name can have at most 80 characters; this has 81."),
    ({"name": "a\nb"}, "name", f"The name {CONTROL}"),
    ({"name": "a\x00b"}, "name", f"The name {CONTROL}"),
    ({"name": "a\x1b[31m"}, "name", f"The name {CONTROL}"),
    ({"name": "a\u202eb"}, "name", f"The name {CONTROL}"),
    ({"name": "\ue000"}, "name", f"The name {CONTROL}"),
    ({"description": ""}, "description", "The description cannot be empty."),
    ({"description": "x" * 2001}, "description", "The description can have at most 2,000 characters; this has 2,001."),
    ({"description": "a\x00"}, "description", f"The description {CONTROL}"),
    ({"ageYears": -1}, "ageYears", "The age cannot be negative. Use 0 for a pet under a year."),
    ({"ageYears": 61}, "ageYears", "The age is in years and can be at most 60."),
    ({"ageYears": 2**31 - 1}, "ageYears", "The age is in years and can be at most 60."),
    ({"breederName": "\x7f"}, "breederName", f"The breeder's name {CONTROL}"),
    *(
        ({"breederEmail": email}, "breederEmail", "This is not an email address. It should look like ada@example.com.")
        for email in (
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a b@example.com",
            "ada@exa mple.com",
            "ada@example.com,eve@example.com",
            "ada@@example.com",
            "ada..b@example.com",
            "ada@\u0435xample.com",
            "ada\uff20example.com",
            "ada@example.com\x00",
            f"{'a' * 65}@example.com",
            f"a@{'a' * 260}.com",
        )
    ),
]


async def test_a_listing_with_a_wrong_field_names_it(here: Shop) -> None:
    for fields, field, sentence in LISTINGS:
        created = (await here.upload(pet_input(**{"name": "Rex", **fields}))).json()["data"]["createPet"]
        assert created["__typename"] == "InvalidInput", fields
        assert created["problems"] == [{"field": field, "message": sentence}], fields
        assert created["message"] == sentence


async def test_a_listing_with_many_problems_reports_all_of_them(here: Shop) -> None:
    wrong = pet_input("", description="", ageYears=-5, breederName="", breederEmail="")
    created = (await here.upload(wrong, b"no picture")).json()["data"]["createPet"]
    assert [problem["field"] for problem in created["problems"]] == [
        "name",
        "description",
        "ageYears",
        "breederName",
        "breederEmail",
        "picture",
    ]


async def test_a_listing_of_the_wrong_shape_is_a_bad_request(here: Shop) -> None:
    shapes = [
        {"name": None},
        {"name": 5},
        {"species": "COW"},
        {"species": "cat"},
        {"species": None},
        {"ageYears": "2"},
        {"ageYears": 2.5},
        {"ageYears": 2**31},
        {"ageYears": 10**30},
        {"ageYears": True},
        {"ageYears": None},
        {"unknown": 1},
        {"description": ["a"]},
        {"breederEmail": {}},
    ]
    for shape in shapes:
        response = await here.upload({**pet_input(), **shape})
        assert response.status_code == 200
        errors = response.json()["errors"]
        assert errors, shape
        assert {error["extensions"]["code"] for error in errors} == {"BAD_REQUEST"}, (shape, errors)
        assert response.json()["data"] is None


async def test_lone_surrogates_are_refused(here: Shop) -> None:
    queries = {
        "storefront": "query($s: String) { pets(search: $s) { totalCount } }",
        "merchant": "query($s: ID!) { pet(id: $s) { name } }",
        "signup": "query($s: String!) { store(slug: $s) { name } }",
    }
    for endpoint, query in queries.items():
        headers = {"storefront": user(here), "merchant": owner(here), "signup": {}}[endpoint]
        body = f'{{"query": "{query}", "variables": {{"s": "\\ud800"}}}}'
        response = await here.client.post(
            f"/graphql/{endpoint}", content=body, headers={**headers, "Content-Type": "application/json"}
        )
        assert response.status_code == 400, endpoint
        assert response.json()["errors"][0]["message"].startswith("The body is not JSON")
    literal = '{ pets(search: "\\ud800") { totalCount } }'
    response = await here.client.post("/graphql/storefront", json={"query": literal}, headers=user(here))
    assert "Invalid Unicode escape" in response.json()["errors"][0]["message"]
    assert LONE not in response.text


async def test_nul_in_any_text_is_never_a_fault(here: Shop) -> None:
    operations = [
        ("storefront", "query($s: String!) { pets(search: $s) { totalCount } speciesCounts(search: $s) { count } }"),
        ("storefront", "query($s: String!) { pets(after: $s) { totalCount } }"),
        ("storefront", "query($s: String!) { purchases(after: $s) { totalCount } }"),
        ("storefront", "query($s: ID!) { pet(id: $s) { name } }"),
        ("storefront", "mutation($s: ID!) { addToCart(petId: $s) { __typename } }"),
        ("storefront", "mutation($s: ID!) { removeFromCart(petId: $s) { availableCount } }"),
        ("storefront", "mutation($s: ID!) { purchasePet(petId: $s) { __typename } }"),
        ("storefront", "mutation($s: String!) { checkout(idempotencyKey: $s) { __typename } }"),
        ("merchant", "query($s: ID!) { pet(id: $s) { name } }"),
        ("merchant", "mutation($s: ID!) { removePet(id: $s) { __typename } }"),
        ("merchant", "query($s: String!) { unsoldPets(after: $s) { totalCount } }"),
        (
            "merchant",
            "mutation($s: String!) { createCustomer(input: {email: $s, name: $s, password: $s}) { __typename } }",
        ),
        ("platform", "mutation($s: String!) { createStore(input: {slug: $s, name: $s}) { __typename } }"),
        ("signup", "query($s: String!) { store(slug: $s) { name } }"),
        (
            "signup",
            "mutation($s: String!) { signUp(input: {store: $s, email: $s, name: $s, password: $s}) { __typename } }",
        ),
    ]
    headers = {"storefront": user(here), "merchant": owner(here), "signup": {}}
    headers["platform"] = {"Authorization": basic(here.merchant)}
    for endpoint, query in operations:
        for text in ("\x00", "a\x00b", "", "\x1b", "\uffff", "x" * 10_000):
            response = await here.client.post(
                f"/graphql/{endpoint}", json={"query": query, "variables": {"s": text}}, headers=headers[endpoint]
            )
            assert response.status_code == 200, (query, text[:5])
            for error in response.json().get("errors", ()):
                assert error["extensions"]["code"] != "INTERNAL", (query, text[:5])


async def test_idempotency_keys_are_short_plain_text(here: Shop) -> None:
    (pet_id,) = [node["id"] for node in (await here.storefront("{ pets { nodes { id } } }"))["pets"]["nodes"]]
    query = "mutation($id: ID!, $key: String) { purchasePet(petId: $id, idempotencyKey: $key) { __typename } }"
    for key in ("", "x" * 101, "a\nb", "\x00", "\u200b"):
        response = await here.post("storefront", query, f"{here.slug}/ada@example.com", id=pet_id, key=key)
        (error,) = response.json()["errors"]
        assert error["message"] == "An idempotency key has 1 to 100 printable characters."
        assert error["extensions"] == {"code": "BAD_IDEMPOTENCY_KEY"}
        listing = (await here.upload(pet_input(idempotencyKey=key))).json()
        assert listing["errors"][0]["extensions"] == {"code": "BAD_IDEMPOTENCY_KEY"}


async def test_unknown_pets_are_not_found(here: Shop, other: Shop) -> None:
    (foreign,) = await stock(other, ["Kermit"])
    for pet_id in (str(uuid4()), foreign, "", "nonsense", "0", "' OR 1=1 --", "\u0661" * 32, str(2**130)):
        assert (await here.storefront("query($i: ID!) { pet(id: $i) { name } }", i=pet_id)) == {"pet": None}
        for made in (await here.buy(pet_id), await here.add_to_cart(pet_id), await here.remove_pet(pet_id)):
            assert made["__typename"] == "PetNotFound"
            assert made["message"] == "This pet is not in the store. The address may be wrong."
    assert (await totals(other)).available == 1


ACCOUNTS = [
    ({"email": "nonsense"}, ["email"]),
    ({"name": ""}, ["name"]),
    ({"name": "x" * 81}, ["name"]),
    ({"name": "a\x07"}, ["name"]),
    ({"password": "short"}, ["password"]),
    ({"password": "x" * 129}, ["password"]),
    ({"password": "aaaaaaaaaaaa"}, ["password"]),
    ({"password": "abcdefgh\x00ij"}, ["password"]),
    ({"email": "", "name": "", "password": ""}, ["email", "name", "password"]),
]


async def test_accounts_with_wrong_fields_are_not_created(here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "SIGN_UPS", 1_000)
    right = {"email": "new@example.com", "name": "New", "password": "correct horse battery"}
    failure = "__typename ... on InvalidInput { message problems { field message } }"
    create = f"mutation($i: CreateCustomerInput!) {{ made: createCustomer(input: $i) {{ {failure} }} }}"
    sign_up = f"mutation($i: SignUpInput!) {{ made: signUp(input: $i) {{ {failure} }} }}"
    for wrong, fields in ACCOUNTS:
        by_merchant = await here.as_merchant(create, i={**right, **wrong})
        by_visitor = (await here.post("signup", sign_up, None, i={**right, **wrong, "store": here.slug})).json()["data"]
        for answer in (by_merchant["made"], by_visitor["made"]):
            assert answer["__typename"] == "InvalidInput", wrong
            assert [problem["field"] for problem in answer["problems"]] == fields
            assert answer["message"] == " ".join(problem["message"] for problem in answer["problems"])
    unknown = (await here.post("signup", sign_up, None, i={**right, "store": "no-such-store"})).json()["data"]["made"]
    assert unknown["problems"] == [{"field": "store", "message": "There is no store at this address."}]
    taken = (await here.as_merchant(create, i={**right, "email": "ADA@example.com"}))["made"]
    assert taken["problems"][0]["field"] == "email"


STORES = [
    ({"slug": "ab"}, "slug"),
    ({"slug": "a" * 41}, "slug"),
    ({"slug": "Paws"}, "slug"),
    ({"slug": "-paws"}, "slug"),
    ({"slug": "paws-"}, "slug"),
    ({"slug": "paws--some"}, "slug"),
    ({"slug": "1paws"}, "slug"),
    ({"slug": "p\u0430ws"}, "slug"),
    ({"slug": "paws\n"}, "slug"),
    ({"slug": "paws_some"}, "slug"),
    ({"slug": 'paws"; DROP'}, "slug"),
    ({"slug": "graphql"}, "slug"),
    ({"name": ""}, "name"),
    ({"name": "x" * 81}, "name"),
    ({"description": "x" * 501}, "description"),
    ({"timeZone": "Mars/Olympus"}, "timeZone"),
    ({"timeZone": "../../etc/passwd"}, "timeZone"),
    ({"timeZone": ""}, "timeZone"),
]


async def test_stores_with_wrong_fields_are_not_created(here: Shop) -> None:
    query = """mutation($i: CreateStoreInput!) { createStore(input: $i) { __typename
        ... on InvalidInput { problems { field message } } } }"""
    before = len(await here.runtime.stores.all())
    for wrong, field in STORES:
        wanted = {"slug": f"fine-{uuid4().hex[:6]}", "name": "Fine", **wrong}
        made = (await here.post("platform", query, here.merchant, i=wanted)).json()["data"]["createStore"]
        assert made["__typename"] == "InvalidInput", wrong
        assert [problem["field"] for problem in made["problems"]] == [field]
        assert made["problems"][0]["message"].endswith(".")
    assert len(await here.runtime.stores.all()) == before


async def test_a_closed_store_accepts_no_sign_ups(here: Shop) -> None:
    await here.runtime.stores.suspend(here.store)
    query = """mutation($store: String!) { signUp(input: {store: $store, email: "new@example.com", name: "New",
        password: "correct horse battery"}) { __typename ... on Failure { message } } }"""
    made = (await here.post("signup", query, None, store=here.slug)).json()["data"]["signUp"]
    assert made == {"__typename": "SignUpClosed", "message": "Alpha Pets is not accepting new accounts right now."}
    shown = (
        await here.post("signup", "query($s: String!) { store(slug: $s) { open signUpOpen } }", None, s=here.slug)
    ).json()
    assert shown["data"]["store"]["open"] is False
