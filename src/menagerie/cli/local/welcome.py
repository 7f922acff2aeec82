"""What `menagerie run` prints when everything is ready."""

import sys
from pathlib import Path

from menagerie.cli.console import say, say_table
from menagerie.demo.stores import DEMO_PASSWORD, DEMO_STORES
from menagerie.local.installation import Installation, default_home
from menagerie.settings import Settings

_QUERY = '{"query": "{ store { name } unsoldPets(first: 3) { totalCount nodes { name species } } }"}'


def welcome(settings: Settings, installation: Installation, *, vite: str | None) -> None:
    """Print where everything is, who may sign in, and what to try first."""
    address = settings.public_url.rstrip("/")
    command = _command(installation)
    say()
    say(f"Menagerie is ready at {address}", style="bold green")
    say()
    if settings.demo:
        _say_demo(address, installation)
    else:
        say("There is no demo here. Create a merchant and a store:")
        say(f"  {command} merchant create merlin")
        say(f'  {command} store create pawsome --name "Pawsome" --merchant merlin')
    if vite:
        say()
        say(f"Vite serves the storefront from its sources: {vite}/stores/{DEMO_STORES[0].slug}")
    say()
    say("Until this machine trusts the local authority, browsers warn about the certificate. To trust it:")
    say(f"  {command} certificates trust")
    say()
    say(f"Ctrl-C stops everything; the data stay in {installation.home}")
    say("Its file master.keys opens the data and their backups. Keep a copy elsewhere:")
    say(f"  {command} keys save FILE")


def _say_demo(address: str, installation: Installation) -> None:
    rows = [
        (
            store.name,
            f"{address}/stores/{store.slug}",
            ", ".join(customer.email for customer in store.customers),
            store.merchant,
        )
        for store in DEMO_STORES
    ]
    say_table(("Store", "Page", "Customers", "Merchant"), rows, empty="")
    say(f"The password of each of them is {DEMO_PASSWORD}")
    first = DEMO_STORES[0]
    say()
    say("Merchants use GraphQL. Try:")
    say(
        f"  curl --cacert {installation.certificates().authority} --user {first.slug}/{first.merchant}:{DEMO_PASSWORD} "
        f"-H 'Content-Type: application/json' -d '{_QUERY}' {address}/graphql/merchant"
    )


def _command(installation: Installation) -> str:
    """How to call the command from here, for this installation."""
    called = Path(sys.argv[0])
    name = str(called) if called.name == "menagerie" else "menagerie"
    return name if installation.home == default_home() else f"MENAGERIE_HOME={installation.home} {name}"
