"""The whole story in a cluster: the operator by kubectl, the merchant by curl, the customer in Chromium."""

import json
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from browser.conftest import CHROMIUM
from cluster.release import NAME, Release, run
from shop import PICTURE

PASSWORD = "a long enough password"
LISTING = json.dumps(
    {
        "query": "mutation($input: CreatePetInput!) { createPet(input: $input) { __typename ... on Pet { id name } } }",
        "variables": {
            "input": {
                "name": "Nessie",
                "species": "FROG",
                "ageYears": 3,
                "description": "Likes deep water.",
                "picture": None,
                "breederName": "Hazel Field",
                "breederEmail": "hazel@example.com",
            }
        },
    }
)


def test_the_charts_own_story_is_told(release: Release) -> None:
    told = release.helm("test", NAME, "--logs", "--timeout=3m")
    assert "ok: a customer sees pets" in told


def test_installing_again_keeps_what_was_made(release: Release) -> None:
    keys = release.secret(f"{NAME}-master-keys", "menagerie_master_keys")
    release.upgrade()
    assert release.secret(f"{NAME}-master-keys", "menagerie_master_keys") == keys
    assert "pawsome" in release.menagerie("store", "list")


@pytest.fixture(scope="module")
def stores(release: Release) -> list[str]:
    """Two stores with a merchant each and a customer."""
    slugs = ["loch-ness", "tarn-hows"]
    for slug in slugs:
        release.menagerie("merchant", "create", f"m-{slug}", "--password-stdin", stdin=PASSWORD)
        release.menagerie("store", "create", slug, "--merchant", f"m-{slug}", "--name", slug.title())
        customer = ("customer", "create", slug, "isla@example.com", "--name", "Isla", "--password-stdin")
        release.menagerie(*customer, stdin=PASSWORD)
    return slugs


def curl(port: int, authority: Path, user: str, *arguments: str) -> dict:
    address = f"https://localhost:{port}/graphql/merchant"
    command = ["curl", "--silent", "--show-error", "--cacert", str(authority), "--user", f"{user}:{PASSWORD}"]
    return json.loads(run(*command, address, *arguments))


def test_the_operator_finds_nothing_wrong(release: Release, stores: list[str]) -> None:
    assert "Problems: 0" in release.menagerie("doctor")
    listed = json.loads(release.menagerie("store", "list", "--json"))
    assert set(stores) <= {store["slug"] for store in listed}


async def test_a_merchant_lists_a_pet_and_a_customer_buys_it(
    release: Release, stores: list[str], authority: Path, tmp_path: Path
) -> None:
    mine, theirs = stores
    (tmp_path / "pet.jpg").write_bytes(PICTURE)
    with release.forwarded(f"service/{NAME}", 8443) as port:
        form = ("-F", f"operations={LISTING}", "-F", 'map={"0": ["variables.input.picture"]}')
        listed = curl(port, authority, f"{mine}/m-{mine}", *form, "-F", f"0=@{tmp_path}/pet.jpg")
        assert listed["data"]["createPet"]["name"] == "Nessie"
        refused = curl(port, authority, f"{theirs}/m-{mine}", "--json", '{"query": "{ store { slug } }"}')
        assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = await browser.new_page(ignore_https_errors=True)
            await page.goto(f"https://localhost:{port}/stores/{mine}")
            await page.get_by_label("Email").fill("isla@example.com")
            await page.get_by_label("Password").fill(PASSWORD)
            await page.get_by_role("button", name="Sign in").click()
            await page.get_by_role("button", name="Buy Nessie now").click()
            await expect(page.get_by_role("dialog", name="Nessie is yours")).to_be_visible()
            await browser.close()
        sold = '{ soldPets(start: "2020-01-01", end: "2999-01-01") { totalCount } }'
        body = json.dumps({"query": sold})
        assert curl(port, authority, f"{mine}/m-{mine}", "--json", body)["data"]["soldPets"]["totalCount"] == 1
        assert curl(port, authority, f"{theirs}/m-{theirs}", "--json", body)["data"]["soldPets"]["totalCount"] == 0
