"""Accounts in GraphQL, as customers see their own: who am I, signing in and out, changing the password."""

from datetime import datetime
from typing import Annotated

import strawberry

from menagerie.accounts import customers, tokens
from menagerie.accounts.authenticate import Authenticator, ForbiddenError
from menagerie.accounts.credentials import Client
from menagerie.accounts.devices import Devices
from menagerie.accounts.models import Caller
from menagerie.accounts.models import Customer as CustomerModel
from menagerie.graphql.context import Info
from menagerie.graphql.failures import InvalidInput, invalid_input
from menagerie.secrets.passwords import PasswordInvalidError, new_password_hash
from menagerie.security_log import SecurityEvent, record
from menagerie.settings import Settings
from menagerie.stores.graphql import read, write
from menagerie.stores.models import Store
from menagerie.validation import FieldProblem


@strawberry.type(description="A customer of this store.")
class Customer:
    """A customer."""

    id: strawberry.ID
    email: str
    name: str


@strawberry.type(description="A session: from now on, use its token as the Basic password.")
class Session:
    """A token and its customer."""

    token: str
    expires_at: datetime
    customer: Customer
    device: str = strawberry.field(
        description="Send it in the header Menagerie-Device when you sign in again, so that other people's attempts to "
        "guess your password don't make you wait. It's valid for a year and can't be used to sign in."
    )


def customer_of(model: CustomerModel) -> Customer:
    """A customer as GraphQL shows them."""
    return Customer(id=strawberry.ID(str(model.id)), email=model.email, name=model.name)


def _existing(model: CustomerModel | None) -> Customer:
    if model is None:
        raise LookupError("The account that has just authenticated no longer exists.")
    return customer_of(model)


def _record(event: SecurityEvent, info: Info) -> None:
    """Record the caller's action in the security log."""
    record(event, account=info.context[Caller].account_id, address=info.context[Client].address)


async def _new_session(info: Info) -> Session:
    context, caller = info.context, info.context[Caller]
    hours = context[Settings].token_hours
    store = context[Store]
    customer, issued = await write(
        context,
        lambda session: customers.sign_in(session, store, caller.account_id, hours=hours),
    )
    context[Authenticator].remember_token(context[Client].authorization, issued)
    device = context[Devices].new(context[Client].user_id)
    return Session(token=issued.token, expires_at=issued.expires_at, customer=_existing(customer), device=device)


@strawberry.type
class CustomerQuery:
    """What customers may query about themselves."""

    @strawberry.field(description="You.")
    async def me(self, info: Info) -> Customer:
        """The calling customer."""
        caller, store = info.context[Caller], info.context[Store]
        return _existing(
            await read(info.context, lambda session: customers.find_customer(session, store, caller.account_id))
        )


@strawberry.input(description="The current password and the new one.")
class ChangePasswordInput:
    """The current password and the new one."""

    current_password: str
    new_password: str


ChangePasswordResult = Annotated[Session | InvalidInput, strawberry.union("ChangePasswordResult")]


@strawberry.type
class SessionMutation:
    """Signing in and out, and changing the password."""

    @strawberry.mutation(
        description="Exchange the password for a token that can be revoked. A token can't be exchanged."
    )
    async def sign_in(self, info: Info) -> Session:
        """Issue a token. A token can't be exchanged for a new one, or a stolen token could be renewed forever."""
        if info.context[Caller].token_hash is not None:
            raise ForbiddenError("Sign in with your password. A token can't be exchanged for another one.")
        session = await _new_session(info)
        _record(SecurityEvent.SIGNED_IN, info)
        return session

    @strawberry.mutation(description="Revoke the token that authenticated this request. False if there was none.")
    async def sign_out(self, info: Info) -> bool:
        """Revoke the token."""
        caller, store = info.context[Caller], info.context[Store]
        revoked = await write(info.context, lambda session: tokens.revoke(session, store, caller))
        if revoked:
            _record(SecurityEvent.SIGNED_OUT, info)
        return revoked

    @strawberry.mutation(description="Revoke all of your tokens, and with them every session on every device.")
    async def sign_out_everywhere(self, info: Info) -> bool:
        """Revoke all tokens."""
        caller, store = info.context[Caller], info.context[Store]
        await write(info.context, lambda session: tokens.revoke_all(session, store, caller.account_id))
        _record(SecurityEvent.SIGNED_OUT_EVERYWHERE, info)
        return True

    @strawberry.mutation(description="Change your password. This ends every session and returns a new one.")
    async def change_password(
        self,
        info: Info,
        input: ChangePasswordInput,  # noqa: A002  named by the GraphQL contract
    ) -> ChangePasswordResult:
        """Change the password."""
        context, caller, client = info.context, info.context[Caller], info.context[Client]
        if not await context[Authenticator].is_password(caller, input.current_password, client):
            return invalid_input([FieldProblem("currentPassword", "This is not your current password.")])
        try:
            password_hash = await new_password_hash(input.new_password)
        except PasswordInvalidError as error:
            return invalid_input([FieldProblem("newPassword", str(error))])
        await write(
            context,
            lambda session: customers.change_password(
                session, context[Store], caller.account_id, password_hash, actor=caller.actor
            ),
        )
        _record(SecurityEvent.PASSWORD_CHANGED, info)
        return await _new_session(info)
