"""`menagerie store`: creates, shows, changes, suspends and deletes stores."""

import sys
from typing import Annotated

import typer

from menagerie.accounts.customers import count_customers
from menagerie.accounts.merchants import get_merchant
from menagerie.cli.console import Json, say, say_json, say_table
from menagerie.cli.context import run_job
from menagerie.cli.errors import UsageError
from menagerie.database.session import ReadSession
from menagerie.pets.models import AvailabilityCounts
from menagerie.pets.queries import availability_counts
from menagerie.runtime import Runtime
from menagerie.security_log import SecurityEvent, record_of_operator
from menagerie.stores.models import NewStore, Store, StoreChanges
from menagerie.stores.provision import create_store, delete_store
from menagerie.stores.service import owner_logins

app = typer.Typer(help="Create, inspect, change, suspend and delete stores.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="The store's name in addresses, as in happy-paws.", show_default=False)]
_DESCRIPTION = "A sentence about the store."
_WELCOME = "A greeting above the shelf."
_ACCENT = "The colour of buttons and links, as in #2c6b45 or darkgreen."
_TIME_ZONE = "The time zone of its reports, as in Europe/Berlin."


@app.command()
def create(  # noqa: PLR0917  each is a separate option
    slug: Slug,
    name: Annotated[str, typer.Option(help="The store's display name.", show_default=False)],
    merchant: Annotated[str, typer.Option(help="Login of the merchant who will own it.", show_default=False)],
    description: Annotated[str, typer.Option(help=_DESCRIPTION)] = "",
    welcome: Annotated[str, typer.Option(help=_WELCOME)] = "",
    accent: Annotated[str, typer.Option(help=_ACCENT)] = "",
    time_zone: Annotated[str, typer.Option(help=_TIME_ZONE)] = "UTC",
    json: Json = False,
) -> None:
    """Create a store that belongs to a merchant."""

    async def job(opened: Runtime) -> Store:
        owner = await opened.database.read_platform(lambda session: get_merchant(session, merchant))
        wanted = NewStore(slug, name, description, time_zone, welcome, accent)
        return await create_store(opened.stores, wanted, merchant_id=owner.id)

    store = run_job(job)
    _report(
        store, f"The store {store.slug} is open. Its page is /stores/{store.slug}, and {merchant} owns it.", json=json
    )


@app.command()
def change(  # noqa: PLR0917  each is a separate option
    slug: Slug,
    name: Annotated[str | None, typer.Option(help="The store's display name.")] = None,
    description: Annotated[str | None, typer.Option(help=_DESCRIPTION)] = None,
    welcome: Annotated[str | None, typer.Option(help=_WELCOME)] = None,
    accent: Annotated[str | None, typer.Option(help=_ACCENT)] = None,
    time_zone: Annotated[str | None, typer.Option(help=_TIME_ZONE)] = None,
    open: Annotated[  # noqa: A002  it names the option
        bool | None, typer.Option("--open/--closed", help="Whether customers may use it; its merchants always may.")
    ] = None,
    sign_up: Annotated[bool | None, typer.Option(help="Whether visitors may create accounts.")] = None,
    json: Json = False,
) -> None:
    """Change a store's details; what you leave out stays as it is."""
    changes = StoreChanges(name, description, welcome, accent, time_zone, open, sign_up)
    if changes == StoreChanges():
        raise UsageError("Specify what to change, as in --accent darkgreen. `--help` lists what you can change.")

    async def job(opened: Runtime) -> Store:
        return await opened.stores.change(await opened.stores.get(slug), changes, actor="operator")

    _report(run_job(job), f"The store {slug} has been changed. `menagerie store show {slug}` shows it.", json=json)


@app.command("list")
def list_stores(json: Json = False) -> None:
    """List every store."""
    stores = run_job(lambda opened: opened.stores.all())
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
    """Show a store, its owners, and how many pets and customers it has."""

    async def job(opened: Runtime) -> tuple[Store, list[str], AvailabilityCounts, int]:
        store = await opened.stores.get(slug)
        logins = await opened.database.read_platform(lambda session: owner_logins(session, store.id))
        return store, list(logins), *await opened.database.read(store, _counts)

    store, logins, counts, customers = run_job(job)
    pets = {"available": counts.available, "sold": counts.sold, "removed": counts.removed}
    if json:
        say_json(_described(store) | {"owners": logins, "pets": pets, "customers": customers})
        return
    say_table(
        ("Store", store.slug),
        [
            ("Name", store.name),
            ("Description", store.description),
            ("Welcome", store.welcome),
            ("Accent", store.accent or "the platform's"),
            ("Time zone", store.time_zone),
            ("State", _state(store)),
            ("Sign-up", "open" if store.sign_up_open else "closed"),
            ("Owners", ", ".join(logins)),
            ("Pets", ", ".join(f"{count} {state}" for state, count in pets.items())),
            ("Customers", str(customers)),
            ("Revision", store.revision),
            ("Id", str(store.id)),
        ],
        empty="",
    )


@app.command()
def suspend(slug: Slug, json: Json = False) -> None:
    """Close a store for customers and merchants, until it is resumed."""

    async def job(opened: Runtime) -> Store:
        await opened.stores.suspend(await opened.stores.get(slug))
        return await opened.stores.get(slug)

    store = run_job(job)
    record_of_operator(SecurityEvent.STORE_SUSPENDED, store=slug)
    _report(store, f"The store {slug} is suspended. `menagerie store resume {slug}` opens it again.", json=json)


@app.command()
def resume(slug: Slug, json: Json = False) -> None:
    """Open a suspended store again."""

    async def job(opened: Runtime) -> Store:
        await opened.stores.resume(await opened.stores.get(slug))
        return await opened.stores.get(slug)

    store = run_job(job)
    record_of_operator(SecurityEvent.STORE_RESUMED, store=slug)
    _report(store, f"The store {slug} is open.", json=json)


@app.command()
def delete(
    slug: Slug,
    confirm: Annotated[
        str | None,
        typer.Option(help="Repeat the slug to confirm, if there is no terminal to ask at.", metavar="SLUG"),
    ] = None,
    json: Json = False,
) -> None:
    """Permanently delete a store, its pets and its customers."""
    if confirm is None:
        if not sys.stdin.isatty():
            raise UsageError(f"Deleting a store cannot be undone. Confirm it with --confirm {slug}.")
        confirm = typer.prompt(f"This permanently deletes everything in {slug}. Type its slug to confirm", err=True)
    if confirm != slug:
        raise UsageError(f"{confirm!r} is not {slug!r}, so nothing was deleted.")

    async def job(opened: Runtime) -> Store:
        store = await opened.stores.get(slug)
        await delete_store(opened.stores, store)
        return store

    store = run_job(job)
    record_of_operator(SecurityEvent.STORE_DELETED, store=slug)
    if json:
        say_json({"slug": store.slug, "id": str(store.id), "state": "deleted"})
        return
    say(f"The store {slug} is deleted. The next `menagerie backup create` makes its copies in backups unreadable.")


def _report(store: Store, sentence: str, *, json: bool) -> None:
    if json:
        say_json(_described(store))
    else:
        say(sentence)


async def _counts(session: ReadSession) -> tuple[AvailabilityCounts, int]:
    return await availability_counts(session), await count_customers(session)


def _state(store: Store) -> str:
    if store.suspended:
        return "suspended"
    return "open" if store.open else "closed"


def _described(store: Store) -> dict[str, object]:
    return {
        "slug": store.slug,
        "id": str(store.id),
        "name": store.name,
        "description": store.description,
        "welcome": store.welcome,
        "accent": store.accent or None,
        "timeZone": store.time_zone,
        "state": _state(store),
        "signUpOpen": store.sign_up_open,
        "revision": store.revision,
        "createdAt": store.created_at.isoformat(),
    }
