"""What a resolver is given of a request: who calls, and what the process holds open."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from strawberry.fastapi import BaseContext

from menagerie.accounts.credentials import parse_basic
from menagerie.accounts.models import Caller
from menagerie.accounts.tokens import Issued
from menagerie.database.session import Database, ReadSession, WriteSession
from menagerie.errors import Refusal
from menagerie.local.demo import demo_login
from menagerie.pets import service as pets
from menagerie.pets.models import Pet, ShelfChanged
from menagerie.pets.shelves import Shelf, Shelves
from menagerie.runtime import Runtime
from menagerie.stores.models import Store
from menagerie.stores.service import Stores

Result = TypeVar("Result")


@dataclass(eq=False)
class Context(BaseContext):
    """What a resolver is given; the features' protocols name the parts that they use."""

    runtime: Runtime
    caller_or_visitor: Caller | None
    authorization: str | None
    address: str
    catalog_version: bytes | None = None
    """The value of the catalogue's version when the caller was admitted; None where it is not known."""

    def __post_init__(self) -> None:
        super().__init__()

    @property
    def caller(self) -> Caller:
        """Who calls."""
        if self.caller_or_visitor is None:
            raise LookupError("A visitor has no account.")
        return self.caller_or_visitor

    @property
    def store(self) -> Store:
        """The caller's store."""
        if self.caller.store is None:
            raise LookupError("These credentials name no store.")
        return self.caller.store

    @property
    def account_id(self) -> UUID:
        """The caller's account."""
        return self.caller.account_id

    @property
    def actor(self) -> str:
        """How the audit names the caller."""
        return self.caller.actor

    @property
    def login(self) -> str:
        """The caller's login, as they wrote it."""
        return parse_basic(self.authorization).login

    @property
    def stores(self) -> Stores:
        """All stores."""
        return self.runtime.stores

    @property
    def database(self) -> Database:
        """The database."""
        return self.runtime.database

    @property
    def token_hours(self) -> int:
        """How long a sign-in lasts."""
        return self.runtime.settings.token_hours

    async def read(self, work: Callable[[ReadSession], Awaitable[Result]]) -> Result:
        """Run the work in a read-only transaction of the caller's store."""
        return await self.database.read(self.store, work)

    async def write(self, work: Callable[[WriteSession], Awaitable[Result]]) -> Result:
        """Run the work in a transaction of the caller's store and commit it."""
        return await self.database.write(self.store, work)

    async def is_password(self, password: str) -> bool:
        """Whether this is the caller's password; counted like a sign-in."""
        return await self.runtime.authenticator.is_password(self.caller, password, self.authorization, self.address)

    def remember_token(self, issued: Issued) -> None:
        """Expect the caller to come back with this token."""
        self.runtime.authenticator.remember_token(self.authorization, issued)

    async def before_sign_up(self) -> None:
        """Count an attempt to create an account."""
        await self.runtime.throttle.before_sign_up(self.address)

    @property
    def shelves(self) -> Shelves:
        """The shelves that this process knows."""
        return self.runtime.shelves

    async def shelf(self, search: str | None = None, *, build: bool = True) -> Shelf | None:
        """The store's shelf, or what a search finds on it; None where the database is to be asked."""
        return await self.runtime.shelves.shelf(self.store, self.catalog_version, search, build=build)

    async def shelf_changes(self) -> AsyncIterator[ShelfChanged]:
        """What happens on the store's shelf, until the caller may no longer see it."""
        async for news in self.runtime.live.news(self.store.id):
            try:
                await self.runtime.authenticator.caller(self.authorization, self.address)
            except Refusal:
                return
            if isinstance(news, ShelfChanged):
                yield news

    async def shelf_pets(self, pet_ids: Sequence[UUID]) -> Sequence[Pet]:
        """The pets of a change, looked up once for all who are told of it."""
        return await self.runtime.live.flights.run(
            (self.store.id, tuple(pet_ids)), lambda: self.read(lambda session: pets.find_many(session, pet_ids))
        )

    def demo_login(self, slug: str) -> tuple[str, str] | None:
        """What the sign-in page of the local demo offers."""
        return demo_login(self.runtime.settings, slug)
