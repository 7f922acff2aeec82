"""A store with its people, which tests use over HTTP like any client."""

import base64
import io
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
from PIL import Image, ImageDraw

from account_factories import add_customer, add_merchant
from menagerie.runtime import Runtime
from menagerie.stores.models import NewStore, Store
from menagerie.stores.provision import create_store

PASSWORD = "correct horse battery"
PET_FIELDS = "id name species ageYears description createdAt availability picture { url width height placeholder }"
PURCHASE_FIELDS = f"... on Purchase {{ id purchasedAt pets {{ {PET_FIELDS} }} }}"
FAILURES = """
    __typename
    ... on PetsUnavailable { message pets { id name availability } }
    ... on PetNotFound { message }
"""


def basic(user_id: str, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{user_id}:{password}".encode()).decode()


def jpeg(width: int = 64, height: int = 48, color: str = "tan") -> bytes:
    buffer = io.BytesIO()
    image = Image.new("RGB", (width, height), color)
    ImageDraw.Draw(image).ellipse((4, 4, width - 4, height - 4), fill="brown")
    image.save(buffer, "JPEG")
    return buffer.getvalue()


PICTURE = jpeg()


@dataclass
class Shop:
    """One store, its merchant and its customers."""

    runtime: Runtime
    client: httpx.AsyncClient
    store: Store
    merchant: str
    customers: dict[str, UUID] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return self.store.slug

    async def post(self, endpoint: str, query: str, user_id: str | None, *, password: str = PASSWORD, **variables: Any):
        headers = {"Authorization": basic(user_id, password)} if user_id else {}
        return await self.client.post(
            f"/graphql/{endpoint}", json={"query": query, "variables": variables}, headers=headers
        )

    async def storefront(self, query: str, customer: str = "ada@example.com", **variables: Any) -> dict[str, Any]:
        return _data(await self.post("storefront", query, f"{self.slug}/{customer}", **variables))

    async def as_merchant(self, query: str, **variables: Any) -> dict[str, Any]:
        return _data(await self.post("merchant", query, f"{self.slug}/{self.merchant}", **variables))

    async def upload(
        self, variables: dict[str, Any], content: bytes = PICTURE, filename: str = "pet.jpg", user_id: str | None = None
    ) -> httpx.Response:
        query = (
            "mutation($input: CreatePetInput!) { createPet(input: $input) { __typename "
            f"... on Pet {{ {PET_FIELDS} soldAt removedAt breederName breederEmail }} "
            "... on InvalidInput { message problems { field message } } } }"
        )
        operations = {"query": query, "variables": {"input": {**variables, "picture": None}}}
        return await self.client.post(
            "/graphql/merchant",
            data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.picture"]})},
            files={"0": (filename, content, "image/jpeg")},
            headers={"Authorization": basic(user_id or f"{self.slug}/{self.merchant}")},
        )

    async def list_pet(self, name: str = "Luna", **fields: Any) -> dict[str, Any]:
        content = fields.pop("content", PICTURE)
        response = await self.upload(pet_input(name, **fields), content)
        created = _data(response)["createPet"]
        assert created["__typename"] == "Pet", created
        return created

    async def list_pets(self, count: int, **fields: Any) -> list[str]:
        return [(await self.list_pet(f"Pet {number}", **fields))["id"] for number in range(count)]

    async def buy(self, pet_id: str, customer: str = "ada@example.com", key: str | None = None) -> dict[str, Any]:
        query = (
            "mutation($id: ID!, $key: String) { purchasePet(petId: $id, idempotencyKey: $key) "
            f"{{ {FAILURES} {PURCHASE_FIELDS} }} }}"
        )
        return (await self.storefront(query, customer, id=pet_id, key=key))["purchasePet"]

    async def add_to_cart(self, pet_id: str, customer: str = "ada@example.com") -> dict[str, Any]:
        query = (
            "mutation($id: ID!) { addToCart(petId: $id) "
            f"{{ {FAILURES} ... on Cart {{ pets {{ id }} availableCount unavailableCount }} }} }}"
        )
        return (await self.storefront(query, customer, id=pet_id))["addToCart"]

    async def checkout(self, customer: str = "ada@example.com", key: str | None = None) -> dict[str, Any]:
        query = (
            "mutation($key: String) { checkout(idempotencyKey: $key) { __typename ... on CartEmpty { message } "
            f"... on PetsUnavailable {{ message pets {{ id name }} }} {PURCHASE_FIELDS} }} }}"
        )
        return (await self.storefront(query, customer, key=key))["checkout"]

    async def cart(self, customer: str = "ada@example.com") -> dict[str, Any]:
        query = "{ cart { pets { id name availability } availableCount unavailableCount } }"
        return (await self.storefront(query, customer))["cart"]

    async def remove_pet(self, pet_id: str) -> dict[str, Any]:
        query = (
            "mutation($id: ID!) { removePet(id: $id) { __typename ... on Pet { id removedAt availability } "
            "... on PetAlreadySold { message soldAt } ... on PetNotFound { message } } }"
        )
        return (await self.as_merchant(query, id=pet_id))["removePet"]

    async def shelf_names(self, customer: str = "ada@example.com") -> list[str]:
        return [
            node["name"] for node in (await self.storefront("{ pets { nodes { name } } }", customer))["pets"]["nodes"]
        ]

    async def add_customer(self, email: str, name: str = "A Customer") -> UUID:
        customer = await add_customer(self.runtime.database, self.store, email=email, name=name, password=PASSWORD)
        self.customers[email] = customer.id
        return customer.id


def pet_input(name: str = "Luna", **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "species": "CAT",
        "ageYears": 2,
        "description": "A calm cat that likes windows.",
        "breederName": "Berta Breeder",
        "breederEmail": "berta@breeders.example",
        **fields,
    }


def _data(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, (response.status_code, response.text)
    body = response.json()
    assert "errors" not in body, body
    return body["data"]


async def open_shop(runtime: Runtime, client: httpx.AsyncClient, name: str) -> Shop:
    """A new store with a merchant and the customers ada and grace."""
    suffix = uuid4().hex[:8]
    merchant = await add_merchant(runtime.database, f"m-{name}-{suffix}", PASSWORD)
    store = await create_store(
        runtime.stores,
        NewStore(f"{name}-{suffix}", f"{name.title()} Pets", "A store of the tests.", "Europe/Berlin"),
        merchant_id=merchant.id,
    )
    shop = Shop(runtime, client, store, merchant.login)
    await shop.add_customer("ada@example.com", "Ada Lovelace")
    await shop.add_customer("grace@example.com", "Grace Hopper")
    return shop
