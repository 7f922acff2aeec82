"""`menagerie customer`: accounts of a store's customers."""

from typing import Annotated
from uuid import UUID

import typer

from menagerie.accounts.customers import change_password, create_customer, get_customer_id, new_customer
from menagerie.accounts.models import Customer
from menagerie.cli.console import Json, say, say_json
from menagerie.cli.context import run_job
from menagerie.cli.passwords import Generate, PasswordStdin, new_password
from menagerie.database.session import WriteSession
from menagerie.runtime import Runtime
from menagerie.secrets.passwords import new_password_hash
from menagerie.security_log import SecurityEvent, record_of_operator

app = typer.Typer(help="Accounts of a store's customers.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Accounts of a store's customers."""


Slug = Annotated[str, typer.Argument(help="Slug of the store.", show_default=False)]
Email = Annotated[str, typer.Argument(help="The customer's email address.", show_default=False)]


@app.command()
def create(  # noqa: PLR0917  each is a separate option
    store: Slug,
    email: Email,
    name: Annotated[str, typer.Option(help="The customer's name.", show_default=False)],
    password_stdin: PasswordStdin = False,
    generate: Generate = False,
    json: Json = False,
) -> None:
    """Create a customer's account in a store."""
    password = new_password(stdin=password_stdin, generate=generate)

    async def job(opened: Runtime) -> Customer:
        home = await opened.stores.get(store)
        new = await new_customer(email=email, name=name, password=password.value)
        return await opened.database.write(home, lambda session: create_customer(session, home, new, actor="operator"))

    customer = run_job(job)
    if json:
        say_json({"store": store, "id": str(customer.id), "email": customer.email, **password.described()})
        return
    say(f"{customer.email} can sign in at /stores/{store}.")
    password.tell()


@app.command()
def password(
    store: Slug, email: Email, password_stdin: PasswordStdin = False, generate: Generate = False, json: Json = False
) -> None:
    """Set a new password for a customer; all their sessions end."""
    new = new_password(stdin=password_stdin, generate=generate)

    async def job(opened: Runtime) -> UUID:
        home = await opened.stores.get(store)
        password_hash = await new_password_hash(new.value)

        async def change(session: WriteSession) -> UUID:
            customer_id = await get_customer_id(session, home, email)
            await change_password(session, home, customer_id, password_hash, actor="operator")
            return customer_id

        return await opened.database.write(home, change)

    record_of_operator(SecurityEvent.PASSWORD_CHANGED, account=run_job(job), store=store)
    if json:
        say_json({"store": store, "email": email, **new.described()})
        return
    say(f"{email} has a new password at /stores/{store}, and is signed out everywhere.")
    new.tell()
