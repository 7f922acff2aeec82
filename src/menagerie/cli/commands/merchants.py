"""`menagerie merchant`: accounts of merchants, who own stores."""

from typing import Annotated

import typer

from menagerie.accounts import merchants
from menagerie.accounts.merchants import MerchantSummary
from menagerie.accounts.models import Merchant
from menagerie.cli.console import Json, say, say_json, say_table
from menagerie.cli.context import run_job
from menagerie.cli.passwords import Generate, PasswordStdin, new_password
from menagerie.runtime import Runtime
from menagerie.secrets.passwords import new_password_hash
from menagerie.security_log import SecurityEvent, record_of_operator

app = typer.Typer(help="Accounts of merchants, who own stores.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="The merchant's login, as in merlin.", show_default=False)]


@app.command()
def create(login: Login, password_stdin: PasswordStdin = False, generate: Generate = False, json: Json = False) -> None:
    """Create a merchant's account."""
    password = new_password(stdin=password_stdin, generate=generate)

    async def job(opened: Runtime) -> Merchant:
        new = await merchants.new_merchant(login, password.value)
        return await opened.database.write_as_owner(lambda session: merchants.create_merchant(session, new))

    record_of_operator(SecurityEvent.MERCHANT_CREATED, account=run_job(job).id)
    if json:
        say_json({"login": login, "state": "active", **password.described()})
        return
    say(f"The merchant {login} can sign in.")
    password.tell()


@app.command()
def password(
    login: Login, password_stdin: PasswordStdin = False, generate: Generate = False, json: Json = False
) -> None:
    """Set a new password for a merchant; the old one stops working at once."""
    new = new_password(stdin=password_stdin, generate=generate)

    async def job(opened: Runtime) -> Merchant:
        password_hash = await new_password_hash(new.value)
        return await opened.database.write_as_owner(
            lambda session: merchants.change_password(session, login, password_hash)
        )

    merchant = run_job(job)
    record_of_operator(SecurityEvent.PASSWORD_CHANGED, account=merchant.id)
    if json:
        say_json({"login": login, "state": _state(merchant), **new.described()})
        return
    say(f"The merchant {login} has a new password.")
    if merchant.disabled_at is not None:
        say(f"They still can't sign in, because they are disabled. `menagerie merchant enable {login}` changes that.")
    new.tell()


@app.command()
def disable(login: Login, json: Json = False) -> None:
    """Stop a merchant from signing in. Their stores stay open."""
    merchant = run_job(lambda opened: opened.database.write_as_owner(lambda session: merchants.disable(session, login)))
    record_of_operator(SecurityEvent.MERCHANT_DISABLED, account=merchant.id)
    if json:
        say_json({"login": login, "state": "disabled"})
    else:
        say(f"The merchant {login} can no longer sign in.")


@app.command()
def enable(login: Login, json: Json = False) -> None:
    """Let a merchant who was disabled sign in again."""
    merchant = run_job(lambda opened: opened.database.write_as_owner(lambda session: merchants.enable(session, login)))
    record_of_operator(SecurityEvent.MERCHANT_ENABLED, account=merchant.id)
    if json:
        say_json({"login": login, "state": "active"})
    else:
        say(f"The merchant {login} can sign in.")


@app.command("list")
def list_merchants(json: Json = False) -> None:
    """List every merchant with their stores."""
    entries = run_job(lambda opened: opened.database.read_platform(merchants.list_merchants))
    if json:
        say_json([_described(entry) for entry in entries])
        return
    rows = [(e.login, _state(e), ", ".join(e.stores), f"{e.created_at:%Y-%m-%d}") for e in entries]
    say_table(
        ("Merchant", "State", "Stores", "Since"),
        rows,
        empty="There are no merchants yet. `menagerie merchant create` makes one.",
    )


def _state(entry: MerchantSummary | Merchant) -> str:
    return "active" if entry.disabled_at is None else "disabled"


def _described(entry: MerchantSummary) -> dict[str, object]:
    return {
        "login": entry.login,
        "id": str(entry.id),
        "state": _state(entry),
        "stores": entry.stores,
        "createdAt": entry.created_at.isoformat(),
    }
