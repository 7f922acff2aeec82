"""Accounts in GraphQL, as visitors create them."""

from typing import Annotated

import strawberry

from menagerie.accounts import customers
from menagerie.accounts.credentials import Client
from menagerie.accounts.graphql import Customer, customer_of
from menagerie.accounts.throttle import Throttle
from menagerie.database.session import Database
from menagerie.graphql.context import Info
from menagerie.graphql.failures import Failure, InvalidInput, invalid_input
from menagerie.security_log import SecurityEvent, record
from menagerie.stores.service import Stores
from menagerie.text import bidi_isolate
from menagerie.validation import FieldProblem


@strawberry.input(description="A visitor's new account.")
class SignUpInput:
    """A visitor's details."""

    store: str
    email: str
    name: str
    password: str


@strawberry.type(name="EmailTaken", description="There is already an account with this email address.")
class EmailTakenFailure(Failure):
    """The email address already has an account."""


@strawberry.type(description="The store is not accepting new accounts from visitors.")
class SignUpClosed(Failure):
    """Sign-up is closed."""


SignUpResult = Annotated[Customer | InvalidInput | EmailTakenFailure | SignUpClosed, strawberry.union("SignUpResult")]


@strawberry.type
class SignUpMutation:
    """What a visitor may do."""

    @strawberry.mutation(description="Create an account in a store.")
    async def sign_up(
        self,
        info: Info,
        input: SignUpInput,  # noqa: A002  named by the GraphQL contract
    ) -> SignUpResult:
        """Sign up."""
        await info.context[Throttle].before_sign_up(info.context[Client].address)
        store = await info.context[Stores].find(input.store)
        if store is None:
            return invalid_input([FieldProblem("store", "There is no store at this address.")])
        if not (store.open and store.sign_up_open):
            return SignUpClosed(message=f"{bidi_isolate(store.name)} is not accepting new accounts right now.")
        try:
            new = await customers.new_customer(email=input.email, name=input.name, password=input.password)
            customer = await info.context[Database].write(
                store, lambda session: customers.create_customer(session, store, new, actor="visitor")
            )
        except customers.CustomerInvalidError as error:
            return invalid_input(error.problems)
        except customers.EmailTakenError as error:
            return EmailTakenFailure(message=str(error))
        address = info.context[Client].address
        record(SecurityEvent.SIGNED_UP, account=customer.id, store=store.slug, address=address)
        return customer_of(customer)
