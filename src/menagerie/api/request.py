"""From a request to a caller and a context: credentials are looked at before the body is."""

import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar
from uuid import UUID

from starlette.datastructures import Headers
from starlette.types import Scope
from strawberry.fastapi import BaseContext

from menagerie.accounts.authenticate import Admission, Forbidden
from menagerie.accounts.credentials import parse_basic
from menagerie.accounts.models import Caller, Role
from menagerie.database.session import Database, ReadSession, WriteSession
from menagerie.errors import Refusal
from menagerie.local.demo import demo_login
from menagerie.pets import service as pets
from menagerie.pets.models import Pet, ShelfChanged
from menagerie.runtime import Runtime
from menagerie.stores.models import Store
from menagerie.stores.service import Stores

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A GraphQL address and whom it is for; no role: for visitors."""

    name: str
    role: Role | None
    in_store: bool = True

    @property
    def path(self) -> str:
        """Its address."""
        return f"/graphql/{self.name}"


ENDPOINTS = {
    endpoint.path: endpoint
    for endpoint in (
        Endpoint("storefront", Role.CUSTOMER),
        Endpoint("merchant", Role.MERCHANT),
        Endpoint("platform", Role.MERCHANT, in_store=False),
        Endpoint("signup", None, in_store=False),
    )
}


@dataclass(eq=False)
class Context(BaseContext):
    """What a resolver is given; the features' protocols name the parts that they use."""

    runtime: Runtime
    caller_or_visitor: Caller | None
    authorization: str | None
    address: str

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

    async def before_sign_up(self) -> None:
        """Count an attempt to create an account."""
        await self.runtime.throttle.before_sign_up(self.address)

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


async def admit(runtime: Runtime, endpoint: Endpoint, headers: Headers, address: str) -> Admission | None:
    """The caller of an endpoint, or None for a visitor where visitors may come.

    Raises:
        Refusal: for credentials that are missing, wrong, or another role's.
    """
    if endpoint.role is None:
        return None
    admission = await runtime.authenticator.admit(headers.get("authorization"), address)
    caller = admission.caller
    if caller.role is not endpoint.role:
        raise Forbidden(f"This address is for {endpoint.role.value}s.")
    if endpoint.in_store and caller.store is None:
        raise Forbidden("Name the store in the credentials, as in pawsome/merlin.")
    if not endpoint.in_store and caller.store is not None:
        raise Forbidden("Leave the store out of the credentials here, as in merlin.")
    return admission


def client_address(scope: Scope, trusted_proxies: Sequence[str]) -> str:
    """Where a request comes from: the peer, or what proxies that are trusted say."""
    peer = str((scope.get("client") or ("unknown", 0))[0])
    if not trusted_proxies:
        return peer
    hops = [hop.strip() for hop in Headers(scope=scope).get("x-forwarded-for", "").split(",") if hop.strip()]
    for hop in [peer, *reversed(hops)]:
        if not _trusted(hop, tuple(trusted_proxies)):
            return hop
    return peer


def _trusted(address: str, proxies: tuple[str, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in _networks(proxies))


@cache
def _networks(proxies: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(proxy) for proxy in proxies]
