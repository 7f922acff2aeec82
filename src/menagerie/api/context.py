"""The parts of a request's context, keyed by class."""

from menagerie.accounts.authenticate import Authenticator
from menagerie.accounts.credentials import Client
from menagerie.accounts.devices import Devices
from menagerie.accounts.models import Caller, Role
from menagerie.accounts.throttle import Throttle
from menagerie.database.session import Database
from menagerie.errors import HttpError
from menagerie.graphql.context import Context
from menagerie.pets.answer_cache import CatalogVersion
from menagerie.pets.live import Watch
from menagerie.pets.pet_loader import PetLoader
from menagerie.pets.shelves import Shelves
from menagerie.runtime import Runtime
from menagerie.settings import Settings
from menagerie.stores.graphql import Demo
from menagerie.stores.models import Actor, Store
from menagerie.stores.service import Stores


def of_process(runtime: Runtime, demo: Demo) -> dict[type, object]:
    """The parts that all requests of a process share."""

    async def is_admitted(context: Context) -> bool:
        client = context[Client]
        try:
            await runtime.authenticator.caller(client)
        except HttpError:
            return False
        return True

    return {
        Settings: runtime.settings,
        Database: runtime.database,
        Stores: runtime.stores,
        Shelves: runtime.shelves,
        PetLoader: runtime.pet_loader,
        Throttle: runtime.throttle,
        Devices: runtime.devices,
        Authenticator: runtime.authenticator,
        Watch: Watch(runtime.live, runtime.pet_loader, is_admitted),
        Demo: demo,
    }


def of_request(client: Client, caller: Caller | None, version: bytes | None) -> dict[type, object]:
    """The parts that belong to one request.

    Args:
        client: where the request comes from.
        caller: who is calling; None for a visitor.
        version: the value of the catalogue's version when the caller was admitted.
    """
    if caller is None:
        return {Client: client}
    parts: dict[type, object] = {Client: client, Caller: caller, CatalogVersion: CatalogVersion(version)}
    if caller.store is not None:
        parts[Store] = caller.store
    if caller.role is Role.MERCHANT:
        parts[Actor] = Actor(caller.account_id, caller.actor)
    return parts
