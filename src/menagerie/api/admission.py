"""Who may use which address. Credentials are checked before the body is read."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from menagerie.accounts.authenticate import ForbiddenError
from menagerie.accounts.caller_cache import Admission
from menagerie.accounts.credentials import Client
from menagerie.accounts.models import Role
from menagerie.api.messages import Request
from menagerie.pets.answer_cache import SUBJECT as CATALOG
from menagerie.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A GraphQL endpoint and the role that it serves; None means visitors."""

    name: str
    role: Role | None
    in_store: bool = True

    @property
    def path(self) -> str:
        """The endpoint's path."""
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


async def admit(runtime: Runtime, endpoint: Endpoint, request: Request, client: Client) -> Admission | None:
    """Admit the caller of an endpoint, with the version of their store's catalogue; None if it is open to visitors.

    Raises:
        HttpError: if the credentials are missing, wrong, or for another role.
    """
    if endpoint.role is None:
        return None
    admission = await runtime.authenticator.admit(client, (CATALOG,))
    caller = admission.caller
    if caller.role is not endpoint.role:
        raise ForbiddenError(f"This address is for {endpoint.role.value}s.")
    if endpoint.in_store and caller.store is None:
        raise ForbiddenError("Name the store in the credentials, as in pawsome/merlin.")
    if not endpoint.in_store and caller.store is not None:
        raise ForbiddenError("Leave the store out of the credentials here, as in merlin.")
    if caller.store is not None:
        request.log["store"] = caller.store.slug
        request.log["role"] = caller.role.value
    return admission


def client_of(request: Request, trusted_proxies: Sequence[str]) -> Client:
    """Where the request comes from."""
    return Client(
        request.header(b"authorization") or None,
        client_address(request, trusted_proxies),
        request.header(b"menagerie-device"),
    )


def client_address(request: Request, trusted_proxies: Sequence[str]) -> str:
    """The client's address: the peer's, or what trusted proxies report."""
    peer = str((request.scope.get("client") or ("unknown", 0))[0])
    if not trusted_proxies:
        return peer
    hops = [_without_port(hop) for hop in request.header(b"x-forwarded-for").split(",") if hop.strip()]
    for hop in [peer, *reversed(hops)]:
        if not _trusted(hop, tuple(trusted_proxies)):
            return hop
    return peer


def _without_port(hop: str) -> str:
    """The address in a hop, which some proxies write with a port: `192.0.2.1:4711` or `[2001:db8::1]:4711`."""
    hop = hop.strip()
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    address, colon, _ = hop.partition(":")
    return address if colon and ":" not in hop[len(address) + 1 :] else hop


def _trusted(address: str, proxies: tuple[str, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in _networks(proxies))


@cache
def _networks(proxies: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(proxy) for proxy in proxies]
