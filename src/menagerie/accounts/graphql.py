"""Accounts in GraphQL: who am I, signing in and out, and creating customers."""

from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

import strawberry

from menagerie.accounts import customers, tokens
from menagerie.accounts.models import Caller
from menagerie.accounts.models import Customer as CustomerModel
from menagerie.database.session import Database
from menagerie.stores.graphql import Failure, InvalidInput, PlatformContext, StoreContext, VisitorContext, invalid_input
from menagerie.validation import FieldProblem


class CustomerContext(StoreContext, Protocol):
    """What a customer's resolvers are given."""

    @property
    def caller(self) -> Caller:
        """The customer."""
        ...

    @property
    def token_hours(self) -> int:
        """How long a sign-in lasts."""
        ...


class CreatingContext(StoreContext, Protocol):
    """What a merchant who creates customers is given."""

    @property
    def database(self) -> Database:
        """The database."""
        ...

    @property
    def actor(self) -> str:
        """How the audit names the merchant."""
        ...


class SignUpContext(VisitorContext, Protocol):
    """What a visitor who signs up is given."""

    @property
    def database(self) -> Database:
        """The database."""
        ...

    async def before_sign_up(self) -> None:
        """Count the attempt; raises TooManyAttempts."""
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


@strawberry.type(description="A merchant's account.")
class Merchant:
    """A merchant."""

    id: strawberry.ID
    login: str


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


@strawberry.type
class CustomerQuery:
    """What a customer may ask about themself."""

    @strawberry.field(description="You.")
    async def me(self, info: strawberry.Info[CustomerContext, None]) -> Customer:
        """The customer who asks."""
        return await _me(info)


@strawberry.type
class SessionMutation:
    """Signing in and out."""

    @strawberry.mutation(description="Exchange the password for a token that can be revoked.")
    async def sign_in(self, info: strawberry.Info[CustomerContext, None]) -> Session:
        """Issue a token."""
        caller, hours = info.context.caller, info.context.token_hours
        issued = await info.context.write(lambda session: tokens.issue(session, caller.account_id, hours=hours))
        return Session(token=issued.token, expires_at=issued.expires_at, customer=await _me(info))

    @strawberry.mutation(description="Revoke the token that this request came with. False when it had none.")
    async def sign_out(self, info: strawberry.Info[CustomerContext, None]) -> bool:
        """Revoke the token."""
        caller, store = info.context.caller, info.context.store
        return await info.context.write(lambda session: tokens.revoke(session, store, caller))


@strawberry.input(description="A customer's account to be.")
class CreateCustomerInput:
    """What is said about a new customer."""

    email: str
    name: str
    password: str


CreateCustomerResult = Annotated[Customer | InvalidInput, strawberry.union("CreateCustomerResult")]


@strawberry.type
class MerchantCustomerMutation:
    """What a merchant may do about customers."""

    @strawberry.mutation(description="Create an account for a customer of this store.")
    async def create_customer(
        self,
        info: strawberry.Info[CreatingContext, None],
        input: CreateCustomerInput,  # noqa: A002  the contract's word
    ) -> CreateCustomerResult:
        """Create a customer."""
        try:
            return customer_of(
                await customers.create_customer(
                    info.context.database,
                    info.context.store,
                    email=input.email,
                    name=input.name,
                    password=input.password,
                    actor=info.context.actor,
                )
            )
        except customers.CustomerInvalid as problem:
            return invalid_input(problem.problems)
        except customers.EmailTaken:
            return invalid_input([FieldProblem("email", "There is already an account with this e-mail address.")])


@strawberry.type
class PlatformMeQuery:
    """What a merchant may ask about themself."""

    @strawberry.field(description="You.")
    async def me(self, info: strawberry.Info["MerchantMeContext", None]) -> Merchant:
        """The merchant who asks."""
        return Merchant(id=strawberry.ID(str(info.context.account_id)), login=info.context.login)


class MerchantMeContext(PlatformContext, Protocol):
    """What a merchant's question about themself is answered from."""

    @property
    def login(self) -> str:
        """The merchant's login."""
        ...

    @property
    def account_id(self) -> UUID:
        """The merchant's id."""
        ...


@strawberry.input(description="A visitor's account to be.")
class SignUpInput:
    """What a visitor says."""

    store: str
    email: str
    name: str
    password: str


@strawberry.type(name="EmailTaken", description="There is already an account with this e-mail address.")
class EmailTakenFailure(Failure):
    """The address has an account."""


@strawberry.type(description="The store does not take new accounts from visitors now.")
class SignUpClosed(Failure):
    """Sign-up is closed."""


SignUpResult = Annotated[Customer | InvalidInput | EmailTakenFailure | SignUpClosed, strawberry.union("SignUpResult")]


@strawberry.type
class SignUpMutation:
    """What a visitor may do."""

    @strawberry.mutation(description="Create an account in a store.")
    async def sign_up(
        self,
        info: strawberry.Info[SignUpContext, None],
        input: SignUpInput,  # noqa: A002  the contract's word
    ) -> SignUpResult:
        """Sign up."""
        await info.context.before_sign_up()
        store = await info.context.stores.find(input.store)
        if store is None:
            return invalid_input([FieldProblem("store", "There is no store at this address.")])
        if not (store.open and store.sign_up_open):
            return SignUpClosed(message=f"{store.name} does not take new accounts for now.")
        try:
            return customer_of(
                await customers.create_customer(
                    info.context.database,
                    store,
                    email=input.email,
                    name=input.name,
                    password=input.password,
                    actor="visitor",
                )
            )
        except customers.CustomerInvalid as problem:
            return invalid_input(problem.problems)
        except customers.EmailTaken as problem:
            return EmailTakenFailure(message=str(problem))
