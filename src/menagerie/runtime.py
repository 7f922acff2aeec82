"""What one process holds open (database, cache, keys) and what happens after a commit."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from menagerie.accounts.attempt_counters import AttemptCounters
from menagerie.accounts.authenticate import Authenticator
from menagerie.accounts.caller_cache import account_subject
from menagerie.accounts.devices import Devices
from menagerie.accounts.models import AccountChanged
from menagerie.accounts.throttle import Throttle
from menagerie.cache.budget import CacheBudget, cache_budget
from menagerie.cache.connection import Cache
from menagerie.cache.log import ChangeLog
from menagerie.cache.namespace import PLATFORM, Namespace
from menagerie.cache.version import Versions
from menagerie.database.nodes import Nodes
from menagerie.database.pool import new_pool
from menagerie.database.session import Database, opened
from menagerie.database.tenant import Tenant
from menagerie.overdue_versions import TASK as OVERDUE_TASK
from menagerie.overdue_versions import OverdueVersions
from menagerie.pets.answer_cache import AnswerCache
from menagerie.pets.live import LiveShelf, Notice
from menagerie.pets.models import ShelfChanged
from menagerie.pets.pet_loader import PetLoader
from menagerie.pets.shelf_log import ShelfLog
from menagerie.pets.shelves import Shelves
from menagerie.secrets.envelope import MasterKeys
from menagerie.settings import Settings
from menagerie.stores.key_rotation import remark_of_keys
from menagerie.stores.models import StoreChanged
from menagerie.stores.service import Stores
from menagerie.stores.store_cache import SUBJECT as STORE_SUBJECT
from menagerie.stores.store_cache import StoreCache

_OWNER_CONNECTIONS = 2


@dataclass(frozen=True, slots=True)
class Runtime:
    """The open resources of a process."""

    settings: Settings
    cache_budget: CacheBudget
    database: Database
    cache: Cache
    versions: Versions
    stores: Stores
    store_cache: StoreCache
    throttle: Throttle
    devices: Devices
    authenticator: Authenticator
    answer_cache: AnswerCache
    pet_loader: PetLoader
    shelves: Shelves
    live: LiveShelf


@asynccontextmanager
async def runtime(settings: Settings, database_class: type[Database] = Database) -> AsyncIterator[Runtime]:
    """Open everything that the settings name; anything unreachable is retried when it is needed."""
    keys = MasterKeys(settings.master_key_bytes)
    cache = Cache(settings.redis_url.get_secret_value())

    async def hand_over(namespace: Namespace, subjects: Sequence[str]) -> None:
        await overdue.hand_over(namespace, subjects)

    versions = Versions(cache, hand_over)
    live = LiveShelf(cache)

    async def publish(tenant: Tenant | None, events: Sequence[object]) -> None:
        for event in events:
            await _after_commit(tenant, event, versions, shelves, live)

    owner = settings.owner_database_url
    database = database_class(
        Nodes(
            settings.database_url.get_secret_value(),
            name="server",
            max_size=settings.database_connections,
            prepared=settings.prepared_statements,
            remark=remark_of_keys(keys),
        ),
        new_pool(owner.get_secret_value(), name="owner", max_size=_OWNER_CONNECTIONS, min_size=0) if owner else None,
        publish,
    )
    budget = cache_budget(settings.cache_bytes)
    pet_loader = PetLoader(database)
    shelves = Shelves(database, ShelfLog(versions, ChangeLog(cache)), pet_loader, max_bytes=budget.shelves)
    stores = Stores(database, keys)
    store_cache = StoreCache(stores, versions)
    devices = Devices(keys)
    throttle = Throttle(AttemptCounters(cache, keys), devices)
    overdue = OverdueVersions(database, cache, versions, lambda store_id: live.publish(store_id, Notice.STORE_CHANGED))
    async with opened(database):
        watching = asyncio.create_task(overdue.watch(), name=OVERDUE_TASK)
        try:
            yield Runtime(
                settings=settings,
                cache_budget=budget,
                database=database,
                cache=cache,
                versions=versions,
                stores=stores,
                store_cache=store_cache,
                throttle=throttle,
                devices=devices,
                authenticator=Authenticator(store_cache, database, versions, throttle),
                answer_cache=AnswerCache(cache, max_bytes=budget.answers),
                pet_loader=pet_loader,
                shelves=shelves,
                live=live,
            )
        finally:
            watching.cancel()
            await live.close()
            await versions.close()
            await cache.close()


async def _after_commit(
    tenant: Tenant | None, event: object, versions: Versions, shelves: Shelves, live: LiveShelf
) -> None:
    match event:
        case ShelfChanged() if tenant is not None:
            await shelves.log.append(Namespace(tenant.id), event)
            await live.publish(tenant.id, event)
        case AccountChanged(account_id=account_id, store_id=store_id):
            home = Namespace(store_id) if store_id else PLATFORM
            await versions.replace(home, [account_subject(account_id)])
            if store_id is not None:
                await live.publish(store_id, Notice.ACCOUNTS_CHANGED)
        case StoreChanged(store_id=store_id):
            await versions.replace(Namespace(store_id), [STORE_SUBJECT])
            await shelves.log.append(Namespace(store_id), None)
            await live.publish(store_id, Notice.STORE_CHANGED)
        case _:
            raise TypeError(f"There is no listener for {type(event).__name__}.")
