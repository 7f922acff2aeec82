"""Accounts in GraphQL, as merchants see them: themselves, and the customers whom they create."""

from typing import Annotated, Protocol
from uuid import UUID

import strawberry

from menagerie.accounts import customers
from menagerie.accounts.graphql import Customer, customer_of
from menagerie.database.session import Database
from menagerie.graphql.failures import InvalidInput, invalid_input
from menagerie.stores.graphql import PlatformContext, StoreContext
from menagerie.validation import FieldProblem


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


@strawberry.type(description="A merchant's account.")
class Merchant:
    """A merchant."""

    id: strawberry.ID
    login: str


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
            return invalid_input([FieldProblem("email", "There is already an account with this email address.")])


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
