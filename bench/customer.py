"""One customer and what they do in the store, over and over."""

import asyncio
import random
import time
import uuid
from typing import Any

import answers
from browser import Browser, FailedError, Visit
from words import SEARCHES, SPECIES

# The mix, as fractions of one.
PLAIN_FIRST_PAGE = 0.3
"""How many look at the default shelf; the others choose a species or all, and a sort order."""
SORTS = ["NEWEST", "NAME", "OLDEST", "YOUNGEST"]
LOOKING_AROUND = {"search": 0.6, "species": 0.1, "next page": 0.3}
"""What they do with the shelf before they choose a pet."""
GOING_FURTHER = 0.5
"""How many of those who turn pages go to one that nobody has seen yet."""
PICTURES = 3
CART_PETS = 3
THOUGHT_SECONDS = (0.5, 1.5)


class Customer:
    """A customer with an account, a browser that remembers pictures, and a taste of their own."""

    def __init__(self, visit: Visit, number: int, slug: str, email: str) -> None:
        self._visit = visit
        self._slug = slug
        self._user = f"{slug}/{email}"
        self._browser = Browser(visit, self._user)
        self._chance = random.Random(number)
        self._buys_at_once = number % 2 == 0
        self._seen: set[str] = set()
        self._filter: dict[str, Any] = {}
        self._pets: list[dict[str, Any]] = []
        """The last list that they looked at; what they chose comes first."""
        self._next_page: str | None = None
        self._cart: set[str] | None = set()
        """What must be in the cart; None if a failure has left that unknown."""
        self._bought: set[str] = set()
        """The pets bought since they last looked at their purchases."""
        self._purchases: int | None = 0

    async def live(self, arrives: float, password: str) -> None:
        """Come to the store at a moment, sign in, and look, buy and think until the visit ends."""
        await asyncio.sleep(max(0.0, arrives - time.monotonic()))
        self._browser.sign_with(password)
        signed_in = False
        while time.monotonic() < self._visit.ends:
            try:
                if signed_in:
                    await self._look_and_buy()
                else:
                    await self._sign_in()
                    signed_in = True
            except FailedError:
                self._forget()
            except (KeyError, TypeError) as error:
                self._check("any", f"the answer has not the shape that was asked for: {error!r}")
                self._forget()
            await self._think()
        self._browser.close()

    async def _look_and_buy(self) -> None:
        for step in (self._look_at_shelf, self._look_around, self._look_at_pet):
            await step()
            if not await self._think() or not self._pets:
                return
        await (self._buy() if self._buys_at_once else self._fill_cart_and_check_out())
        if await self._think():
            await self._look_at_purchases()

    async def _think(self) -> bool:
        """Think, and return whether the visit goes on after that."""
        await asyncio.sleep(self._chance.uniform(*THOUGHT_SECONDS))
        return time.monotonic() < self._visit.ends

    async def _sign_in(self) -> None:
        data = await self._browser.ask("sign in", "SignIn", {})
        self._browser.sign_with(data["signIn"]["token"])

    async def _look_at_shelf(self) -> None:
        plain = self._chance.random() < PLAIN_FIRST_PAGE
        species = None if plain else self._chance.choice([None, *SPECIES])
        self._filter = {"species": species, "search": None, "sort": "NEWEST" if plain else self._chance.choice(SORTS)}
        self._next_page = await self._list("shelf", None)
        await self._count_species("species counts")
        self._know_cart("cart", (await self._browser.ask("cart", "Cart", {}))["cart"])

    async def _look_around(self) -> None:
        way = self._chance.choices(list(LOOKING_AROUND), list(LOOKING_AROUND.values()))[0]
        if way == "next page" and self._next_page is not None:
            await self._turn_page(self._next_page)
        elif way == "species":
            self._filter["species"] = self._chance.choice(list(SPECIES))
            await self._list("species", None)
        else:
            self._filter["search"] = self._chance.choice(SEARCHES)
            await self._list("search", None)
            await self._count_species("counts of search")
        await self._load_pictures()

    async def _turn_page(self, second: str) -> None:
        """Go as far as anybody has come, or less: with only the second page, everybody would want the same pets."""
        pages = self._visit.pages[self._slug, self._filter["species"], self._filter["sort"]]
        pages.extend([] if pages else [second])
        place = len(pages) - 1 if self._chance.random() < GOING_FURTHER else self._chance.randrange(len(pages))
        onward = await self._list("next page", pages[place])
        if onward is not None and place == len(pages) - 1:
            pages.append(onward)

    async def _list(self, operation: str, after: str | None) -> str | None:
        """Look at a page of the shelf, and return the cursor of the next one."""
        variables = {"first": answers.PAGE, "after": after, **self._filter}
        shelf = (await self._browser.ask(operation, "Shelf", variables))["pets"]
        self._check(operation, answers.shelf(shelf, **self._filter))
        self._pets = shelf["nodes"]
        return shelf["pageInfo"]["endCursor"] if shelf["pageInfo"]["hasNextPage"] else None

    async def _count_species(self, operation: str) -> None:
        found = await self._browser.ask(operation, "SpeciesCounts", {"search": self._filter["search"]})
        self._check(operation, answers.counts(found))

    async def _load_pictures(self) -> None:
        """Load the first pictures that the browser does not have yet."""
        addresses = [pet["picture"]["url"] for pet in self._pets]
        for address in [each for each in dict.fromkeys(addresses) if each not in self._seen][:PICTURES]:
            self._check("picture", answers.picture(await self._browser.load("picture", address)))
            self._seen.add(address)

    async def _look_at_pet(self) -> None:
        if self._pets:
            self._chance.shuffle(self._pets)
            pet = (await self._browser.ask("pet", "Pet", {"id": self._pets[0]["id"]}))["pet"]
            self._check("pet", answers.same_pet(self._pets[0], pet))

    async def _buy(self) -> None:
        wanted = self._pets[0]["id"]
        variables = {"petId": wanted, "idempotencyKey": uuid.uuid4().hex}
        result = (await self._browser.ask("buy", "PurchasePet", variables))["purchasePet"]
        self._bought_all("buy", result, {wanted})

    async def _fill_cart_and_check_out(self) -> None:
        for pet in self._pets[:CART_PETS]:
            result = (await self._browser.ask("add to cart", "AddToCart", {"petId": pet["id"]}))["addToCart"]
            if result["__typename"] != "Cart":
                self._refused("add to cart", result)
                continue
            if self._cart is not None:
                self._cart.add(pet["id"])
            self._know_cart("add to cart", result)
        if not self._cart:
            return
        variables = {"idempotencyKey": uuid.uuid4().hex}
        result = (await self._browser.ask("checkout", "Checkout", variables))["checkout"]
        if self._bought_all("checkout", result, self._cart):
            self._cart = set()
            return
        answer = await self._browser.ask("remove unavailable", "RemoveUnavailableFromCart", {})
        left = answer["removeUnavailableFromCart"]
        self._check("remove unavailable", answers.part_of_cart(left, self._cart))
        self._cart = {pet["id"] for pet in left["pets"]}

    async def _look_at_purchases(self) -> None:
        variables = {"first": answers.PAGE, "after": None}
        purchases = (await self._browser.ask("my pets", "Purchases", variables))["purchases"]
        self._check("my pets", answers.purchases(purchases, self._bought, self._purchases))
        self._purchases = purchases["totalCount"]
        self._bought = set()

    def _know_cart(self, operation: str, cart: dict[str, Any]) -> None:
        if self._cart is not None:
            self._check(operation, answers.cart(cart, self._cart))
        self._cart = {pet["id"] for pet in cart["pets"]}

    def _bought_all(self, operation: str, result: dict[str, Any], wanted: set[str]) -> bool:
        """Whether the customer bought them; if somebody was quicker, that is counted."""
        if result["__typename"] != "Purchase":
            self._refused(operation, result)
            return False
        self._check(operation, answers.purchase(result, wanted))
        twice = [pet for pet in wanted if self._visit.owners.setdefault(pet, self._user) != self._user]
        self._check(operation, f"sold twice: {twice}" if twice else None)
        self._bought |= wanted
        self._purchases = None if self._purchases is None else self._purchases + 1
        return True

    def _refused(self, operation: str, result: dict[str, Any]) -> None:
        if result["__typename"] in {"PetsUnavailable", "PetNotFound"}:
            self._visit.tally.sold(operation, time.monotonic())
        else:
            self._check(operation, f"the answer was {result['__typename']}")

    def _check(self, operation: str, wrong: str | None) -> None:
        if wrong is not None:
            self._visit.tally.complain(operation, wrong)

    def _forget(self) -> None:
        """Forget cart and purchases: after a failure it is unknown what was done."""
        self._cart = self._purchases = None
        self._bought = set()
