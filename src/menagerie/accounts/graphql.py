"""Accounts in GraphQL, as customers see theirs: who am I, signing in and out, and another password."""

from datetime import datetime
from typing import Annotated, Protocol

import strawberry

from menagerie.accounts import customers, tokens
from menagerie.accounts.models import Caller
from menagerie.accounts.models import Customer as CustomerModel
from menagerie.database.session import Database
from menagerie.graphql.failures import InvalidInput, invalid_input
from menagerie.stores.graphql import StoreContext
from menagerie.validation import FieldProblem


class CustomerContext(StoreContext, Protocol):
    """What a customer's resolvers are given."""

    @property
    def caller(self) -> Caller:
        """The customer."""
        ...

    @property
    def database(self) -> Database:
        """The database."""
        ...

    @property
    def token_hours(self) -> int:
        """How long a sign-in lasts."""
        ...

    async def is_password(self, password: str) -> bool:
        """Whether this is the caller's password; raises TooManyAttempts."""
        ...

    def remember_token(self, issued: tokens.Issued) -> None:
        """Expect the caller to come back with this token."""
        ...


@strawberry.type(description="A customer of this store.")
class Customer:
    """A customer."""

    id: strawberry.ID
    email: str
    name: str


@strawberry.type(description="A sign-in: the token is used as the Basic password from then on.")
class Session:
    """A token and whose it is."""

    token: str
    expires_at: datetime
    customer: Customer


def customer_of(model: CustomerModel) -> Customer:
    """A customer as GraphQL shows them."""
    return Customer(id=strawberry.ID(str(model.id)), email=model.email, name=model.name)


async def _me(info: strawberry.Info[CustomerContext, None]) -> Customer:
    caller = info.context.caller
    store = info.context.store
    model = await info.context.read(lambda session: customers.find_customer(session, store, caller.account_id))
    if model is None:
        raise LookupError("The account that just proved itself is gone.")
    return customer_of(model)


async def _new_session(info: strawberry.Info[CustomerContext, None]) -> Session:
    caller, hours = info.context.caller, info.context.token_hours
    issued = await info.context.write(lambda session: tokens.issue(session, caller.account_id, hours=hours))
    info.context.remember_token(issued)
    return Session(token=issued.token, expires_at=issued.expires_at, customer=await _me(info))


@strawberry.type
class CustomerQuery:
    """What a customer may ask about themself."""

    @strawberry.field(description="You.")
    async def me(self, info: strawberry.Info[CustomerContext, None]) -> Customer:
        """The customer who asks."""
        return await _me(info)


@strawberry.input(description="A password in place of another.")
class ChangePasswordInput:
    """The password as it is, and as it shall be."""

    current_password: str
    new_password: str


ChangePasswordResult = Annotated[Session | InvalidInput, strawberry.union("ChangePasswordResult")]


@strawberry.type
class SessionMutation:
    """Signing in and out, and what one signs in with."""

    @strawberry.mutation(description="Exchange the password for a token that can be revoked.")
    async def sign_in(self, info: strawberry.Info[CustomerContext, None]) -> Session:
        """Issue a token."""
        return await _new_session(info)

    @strawberry.mutation(description="Revoke the token that this request came with. False when it had none.")
    async def sign_out(self, info: strawberry.Info[CustomerContext, None]) -> bool:
        """Revoke the token."""
        caller, store = info.context.caller, info.context.store
        return await info.context.write(lambda session: tokens.revoke(session, store, caller))

    @strawberry.mutation(description="Revoke all of your tokens, and with them every session on every device.")
    async def sign_out_everywhere(self, info: strawberry.Info[CustomerContext, None]) -> bool:
        """Revoke all tokens."""
        caller, store = info.context.caller, info.context.store
        await info.context.write(lambda session: tokens.revoke_all(session, store, caller.account_id))
        return True

    @strawberry.mutation(
        description="Give yourself another password. Every session ends; the one that this returns takes their place."
    )
    async def change_password(
        self,
        info: strawberry.Info[CustomerContext, None],
        input: ChangePasswordInput,  # noqa: A002  the contract's word
    ) -> ChangePasswordResult:
        """Change the password."""
        context, caller = info.context, info.context.caller
        if not await context.is_password(input.current_password):
            return invalid_input([FieldProblem("currentPassword", "This is not your current password.")])
        try:
            await customers.change_password(
                context.database, context.store, caller.account_id, input.new_password, actor=caller.actor
            )
        except customers.PasswordInvalid as problem:
            return invalid_input([FieldProblem("newPassword", str(problem))])
        return await _new_session(info)
