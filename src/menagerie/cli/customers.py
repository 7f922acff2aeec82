"""`menagerie customer`: accounts of a store's customers."""

from typing import Annotated

import typer

from menagerie.accounts.customers import create_customer
from menagerie.accounts.models import Customer
from menagerie.cli.console import say
from menagerie.cli.passwords import Generate, PasswordStdin, new_password
from menagerie.cli.place import work
from menagerie.runtime import Runtime

app = typer.Typer(help="Accounts of a store's customers.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Accounts of a store's customers."""


@app.command()
def create(
    store: Annotated[str, typer.Argument(help="Slug of the store.", show_default=False)],
    email: Annotated[str, typer.Argument(help="The customer's e-mail address.", show_default=False)],
    name: Annotated[str, typer.Option(help="The customer's name.", show_default=False)],
    password_stdin: PasswordStdin = False,
    generate: Generate = False,
) -> None:
    """Make a customer's account in a store."""
    password = new_password(stdin=password_stdin, generate=generate)

    async def job(opened: Runtime) -> Customer:
        home = await opened.stores.get(store)
        return await create_customer(
            opened.database, home, email=email, name=name, password=password.value, actor="operator"
        )

    customer = work(job)
    say(f"{customer.email} can sign in at /stores/{store}.")
    password.tell()
