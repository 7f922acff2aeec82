"""What an operator, a merchant and a customer do, for every kind of deployment."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import async_playwright, expect

from browser.conftest import CHROMIUM
from cluster.release import run
from shop import PICTURE

SLUGS = ("loch-ness", "tarn-hows")
PASSWORD = "a long enough password"
CUSTOMER = "isla@example.com"
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
# Runs `menagerie …` with standard input and returns its output.
CommandLine = Callable[..., str]


def open_stores(menagerie: CommandLine) -> None:
    """The operator's part: two stores with a merchant each and a customer."""
    for slug in SLUGS:
        menagerie("merchant", "create", f"m-{slug}", "--password-stdin", stdin=PASSWORD)
        menagerie("store", "create", slug, "--merchant", f"m-{slug}", "--name", slug.title())
        customer = ("customer", "create", slug, CUSTOMER, "--name", "Isla", "--password-stdin")
        menagerie(*customer, stdin=PASSWORD)
    listed = json.loads(menagerie("store", "list", "--json"))
    assert set(SLUGS) <= {store["slug"] for store in listed}
    assert "Problems: 0" in menagerie("doctor")


def ask(port: int, authority: Path, user: str, *arguments: str, kind: str = "merchant") -> dict:
    """The API's answer to a caller who uses curl."""
    address = f"https://localhost:{port}/graphql/{kind}"
    command = ["curl", "--silent", "--show-error", "--cacert", str(authority), "--user", f"{user}:{PASSWORD}"]
    return json.loads(run(*command, address, *arguments))


def sold(port: int, authority: Path, slug: str) -> int:
    """How many pets a store has sold, according to its merchant's list."""
    body = json.dumps({"query": '{ soldPets(start: "2020-01-01", end: "2999-01-01") { totalCount } }'})
    return ask(port, authority, f"{slug}/m-{slug}", "--json", body)["data"]["soldPets"]["totalCount"]


def bought(port: int, authority: Path, slug: str) -> list[str]:
    """The names of the pets that the store's customer has bought."""
    body = json.dumps({"query": "{ purchases { nodes { pets { name } } } }"})
    answer = ask(port, authority, f"{slug}/{CUSTOMER}", "--json", body, kind="storefront")
    return [pet["name"] for purchase in answer["data"]["purchases"]["nodes"] for pet in purchase["pets"]]


async def sell_a_pet(port: int, authority: Path, folder: Path) -> None:
    """The merchant lists a pet in the first store, the customer buys it, and the other store is unaffected."""
    mine, theirs = SLUGS
    (folder / "pet.jpg").write_bytes(PICTURE)
    form = ("-F", f"operations={LISTING}", "-F", 'map={"0": ["variables.input.picture"]}')
    before = sold(port, authority, mine)
    listed = ask(port, authority, f"{mine}/m-{mine}", *form, "-F", f"0=@{folder}/pet.jpg")
    assert listed["data"]["createPet"]["name"] == "Nessie"
    refused = ask(port, authority, f"{theirs}/m-{mine}", "--json", '{"query": "{ store { slug } }"}')
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(ignore_https_errors=True)
        await page.goto(f"https://localhost:{port}/stores/{mine}")
        await page.get_by_label("Email").fill(CUSTOMER)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("button", name="Buy Nessie now").click()
        await expect(page.get_by_role("dialog", name="Nessie is yours")).to_be_visible()
        await browser.close()
    assert sold(port, authority, mine) == before + 1
    assert sold(port, authority, theirs) == 0
