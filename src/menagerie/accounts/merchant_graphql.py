"""Accounts in GraphQL, as merchants see them: their own, and the customers that they create."""

from typing import Annotated

import strawberry

from menagerie.accounts import customers
from menagerie.accounts.credentials import Client
from menagerie.accounts.graphql import Customer, customer_of
from menagerie.graphql.context import Info
from menagerie.graphql.failures import InvalidInput, invalid_input
from menagerie.stores.graphql import write
from menagerie.stores.models import Actor, Store
from menagerie.validation import FieldProblem


@strawberry.type(description="A merchant's account.")
class Merchant:
    """A merchant."""

    id: strawberry.ID
    login: str


@strawberry.input(description="A new customer's account.")
class CreateCustomerInput:
    """A new customer's details."""

    email: str
    name: str
    password: str


CreateCustomerResult = Annotated[Customer | InvalidInput, strawberry.union("CreateCustomerResult")]


@strawberry.type
class MerchantCustomerMutation:
    """What a merchant may do with customers."""

    @strawberry.mutation(description="Create an account for a customer of this store.")
    async def create_customer(
        self,
        info: Info,
        input: CreateCustomerInput,  # noqa: A002  named by the GraphQL contract
    ) -> CreateCustomerResult:
        """Create a customer."""
        store, actor = info.context[Store], info.context[Actor].name
        try:
            new = await customers.new_customer(email=input.email, name=input.name, password=input.password)
            return customer_of(
                await write(info.context, lambda session: customers.create_customer(session, store, new, actor=actor))
            )
        except customers.CustomerInvalidError as error:
            return invalid_input(error.problems)
        except customers.EmailTakenError:
            return invalid_input([FieldProblem("email", "There is already an account with this email address.")])


@strawberry.type
class PlatformMeQuery:
    """What merchants may query about themselves."""

    @strawberry.field(description="You.")
    async def me(self, info: Info) -> Merchant:
        """The calling merchant."""
        context = info.context
        return Merchant(id=strawberry.ID(str(context[Actor].account_id)), login=context[Client].login)
