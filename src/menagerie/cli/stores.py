"""`menagerie store`: making, looking at, closing and deleting stores."""

import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from menagerie.accounts.merchants import get_merchant
from menagerie.cli.console import say, say_json, say_table
from menagerie.cli.place import work
from menagerie.cli.usage import WrongUsage
from menagerie.database.session import ReadSession
from menagerie.runtime import Runtime
from menagerie.stores.models import NewStore, Store
from menagerie.stores.provision import create_store, delete_store
from menagerie.stores.service import owners

app = typer.Typer(help="Make, look at, close and delete stores.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="The store's name in addresses, as in happy-paws.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@dataclass(frozen=True, slots=True)
class _Counts:
    available: int
    sold: int
    removed: int
    customers: int


@app.command()
def create(
    slug: Slug,
    name: Annotated[str, typer.Option(help="What the store is called.", show_default=False)],
    merchant: Annotated[str, typer.Option(help="Login of the merchant who will own it.", show_default=False)],
    description: Annotated[str, typer.Option(help="A sentence about it.")] = "",
    time_zone: Annotated[str, typer.Option(help="Whose days its reports count, as in Europe/Berlin.")] = "UTC",
) -> None:
    """Make a store that belongs to a merchant."""

    async def job(opened: Runtime) -> Store:
        owner = await get_merchant(opened.database, merchant)
        wanted = NewStore(slug, name, description, time_zone)
        return await create_store(opened.stores, wanted, merchant_id=owner.id)

    store = work(job)
    say(f"The store {store.slug} is open. Its page is /stores/{store.slug}, and {merchant} owns it.")


@app.command("list")
def list_stores(json: Json = False) -> None:
    """List every store."""
    stores = work(lambda opened: opened.stores.all())
    if json:
        say_json([_described(store) for store in stores])
        return
    rows = [(s.slug, s.name, s.time_zone, _state(s), s.revision, f"{s.created_at:%Y-%m-%d}") for s in stores]
    say_table(
        ("Store", "Name", "Time zone", "State", "Revision", "Since"),
        rows,
        empty="There are no stores yet. `menagerie store create` makes one.",
    )


@app.command()
def show(slug: Slug, json: Json = False) -> None:
    """Show a store with its owners and how much is in it."""

    async def job(opened: Runtime) -> tuple[Store, list[str], _Counts]:
        store = await opened.stores.get(slug)
        logins = await opened.database.read_platform(lambda session: owners(session, store.id))
        return store, list(logins), await opened.database.read(store, _counts)

    store, logins, counts = work(job)
    pets = {"available": counts.available, "sold": counts.sold, "removed": counts.removed}
    if json:
        say_json(_described(store) | {"owners": logins, "pets": pets, "customers": counts.customers})
        return
    say_table(
        ("Store", store.slug),
        [
            ("Name", store.name),
            ("Description", store.description),
            ("Time zone", store.time_zone),
            ("State", _state(store)),
            ("Owners", ", ".join(logins)),
            ("Pets", ", ".join(f"{count} {state}" for state, count in pets.items())),
            ("Customers", str(counts.customers)),
            ("Revision", store.revision),
            ("Id", str(store.id)),
        ],
        empty="",
    )


@app.command()
def suspend(slug: Slug) -> None:
    """Close a store for customers and merchants, until it is resumed."""

    async def job(opened: Runtime) -> None:
        await opened.stores.suspend(await opened.stores.get(slug))

    work(job)
    say(f"The store {slug} is suspended. `menagerie store resume {slug}` opens it again.")


@app.command()
def resume(slug: Slug) -> None:
    """Open a suspended store again."""

    async def job(opened: Runtime) -> None:
        await opened.stores.resume(await opened.stores.get(slug))

    work(job)
    say(f"The store {slug} is open.")


@app.command()
def delete(
    slug: Slug,
    confirm: Annotated[
        str | None,
        typer.Option(help="The slug once more, where there is no terminal to ask at.", metavar="SLUG"),
    ] = None,
) -> None:
    """Delete a store, its pets and its customers, for ever."""
    if confirm is None:
        if not sys.stdin.isatty():
            raise WrongUsage(f"Deleting a store cannot be undone. Confirm it with --confirm {slug}.")
        confirm = typer.prompt(f"Everything in {slug} will be gone for ever. Type its name to delete it", err=True)
    if confirm != slug:
        raise WrongUsage(f"{confirm!r} is not {slug!r}, so nothing was deleted.")

    async def job(opened: Runtime) -> None:
        await delete_store(opened.stores, await opened.stores.get(slug))

    work(job)
    say(f"The store {slug} is deleted, and with its key the copies of it in backups.")


async def _counts(session: ReadSession) -> _Counts:
    counts = await session.fetch_one(
        _Counts,
        "SELECT count(*) FILTER (WHERE sold_at IS NULL AND removed_at IS NULL) AS available, "
        "count(*) FILTER (WHERE sold_at IS NOT NULL) AS sold, count(*) FILTER (WHERE removed_at IS NOT NULL) AS "
        "removed, (SELECT count(*) FROM customer) AS customers FROM pet",
    )
    return counts or _Counts(0, 0, 0, 0)


def _state(store: Store) -> str:
    return "open" if store.open else "suspended"


def _described(store: Store) -> dict[str, object]:
    return {
        "slug": store.slug,
        "id": str(store.id),
        "name": store.name,
        "description": store.description,
        "timeZone": store.time_zone,
        "state": _state(store),
        "signUpOpen": store.sign_up_open,
        "revision": store.revision,
        "createdAt": store.created_at.isoformat(),
    }
