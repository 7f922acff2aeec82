"""Customers of a store: creating and finding them, and their passwords.

Names and email addresses are sealed; an address is looked up by its blind index.
"""

from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

import psycopg
from uuid_utils.compat import uuid7

from menagerie.accounts import tokens
from menagerie.accounts.models import Customer
from menagerie.database.session import ReadSession, WriteSession
from menagerie.errors import DomainError
from menagerie.secrets.passwords import hash_password, problem_with
from menagerie.stores.audit import audit
from menagerie.stores.models import Store
from menagerie.validation import FieldProblem, Validation

_MAX_NAME_LENGTH = 80
_BY_ID: LiteralString = "SELECT id, email, name FROM customer WHERE id = %s"


class CustomerInvalidError(DomainError):
    """The account's details are invalid; `problems` lists the fields."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("The account was not created. " + " ".join(problem.message for problem in problems))
        self.problems = problems


class EmailTakenError(DomainError):
    """The store already has an account with this email address."""

    def __init__(self) -> None:
        super().__init__("There is already an account with this email address. Sign in instead.")


class CustomerNotFoundError(DomainError):
    """The store has no account with this email address; `menagerie customer create` creates one."""


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    email: bytes
    name: bytes


@dataclass(frozen=True, slots=True)
class CustomerSecret:
    """The hash that a customer's password is checked against."""

    id: UUID
    password_hash: str


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A validated account to create, with its password hashed."""

    email: str
    name: str
    password_hash: str


async def new_customer(*, email: str, name: str, password: str) -> NewCustomer:
    """Validate an account's details and hash its password, before opening a transaction.

    Raises:
        CustomerInvalidError: listing every invalid field.
    """
    validation = Validation()
    email = validation.email("email", email)
    name = validation.text("name", name, label="The name", max_length=_MAX_NAME_LENGTH)
    validation.check("password", problem_with(password))
    if validation.problems:
        raise CustomerInvalidError(validation.problems)
    return NewCustomer(email, name, await hash_password(password))


async def create_customer(session: WriteSession, store: Store, new: NewCustomer, *, actor: str) -> Customer:
    """Create an account in a store.

    Raises:
        EmailTakenError: if there is already an account with the address.
    """
    customer = Customer(uuid7(), new.email, new.name)
    session.translate(psycopg.errors.UniqueViolation, EmailTakenError())
    await session.execute(
        "INSERT INTO customer (id, email_index, email, name, password_hash) VALUES (%s, %s, %s, %s, %s)",
        (
            customer.id,
            store.key.blind_index(new.email),
            store.key.seal(new.email.encode(), table="customer", column="email", row=customer.id),
            store.key.seal(new.name.encode(), table="customer", column="name", row=customer.id),
            new.password_hash,
        ),
    )
    await audit(session, actor, "customer created", customer.id)
    return customer


async def change_password(
    session: WriteSession, store: Store, customer_id: UUID, password_hash: str, *, actor: str
) -> None:
    """Change a customer's password, which ends all of their sessions."""
    await session.execute("UPDATE customer SET password_hash = %s WHERE id = %s", (password_hash, customer_id))
    await tokens.revoke_all(session, store, customer_id)
    await audit(session, actor, "password changed", customer_id)


async def get_customer_id(session: ReadSession, store: Store, email: str) -> UUID:
    """The id of the customer with this address.

    Raises:
        CustomerNotFoundError: if there is none.
    """
    secret = await session.fetch_one(
        CustomerSecret,
        "SELECT id, password_hash FROM customer WHERE email_index = %s",
        (store.key.blind_index(email.strip()),),
    )
    if secret is None:
        raise CustomerNotFoundError(f"The store {store.slug} has no customer with this email address.")
    return secret.id


async def find_customer(session: ReadSession, store: Store, customer_id: UUID) -> Customer | None:
    """Find a customer and unseal their details. Ends the session."""
    row = await session.finish_one(_Row, _BY_ID, (customer_id,))
    return _unsealed(store, row) if row is not None else None


async def sign_in(
    session: WriteSession, store: Store, customer_id: UUID, *, hours: int
) -> tuple[Customer | None, tokens.Issued]:
    """Issue a token to the customer and find them, in one round trip. Ends the session."""
    found = await session.send(_Row, _BY_ID, (customer_id,))
    issued = await tokens.issue(session, store, customer_id, hours=hours)
    rows = await found.rows()
    return (_unsealed(store, rows[0]) if rows else None), issued


def _unsealed(store: Store, row: _Row) -> Customer:
    email = store.key.unseal(row.email, table="customer", column="email", row=row.id)
    name = store.key.unseal(row.name, table="customer", column="name", row=row.id)
    return Customer(row.id, email.decode(), name.decode())


async def password_hash(session: ReadSession, customer_id: UUID) -> str | None:
    """The hash of this customer's password; None if the customer is gone. Ends the session."""
    row = await session.finish_one(
        CustomerSecret, "SELECT id, password_hash FROM customer WHERE id = %s", (customer_id,)
    )
    return row.password_hash if row else None


async def find_secret(session: ReadSession, email_index: bytes) -> CustomerSecret | None:
    """Find the password hash of the customer with this email address. Ends the session."""
    return await session.finish_one(
        CustomerSecret, "SELECT id, password_hash FROM customer WHERE email_index = %s", (email_index,)
    )


@dataclass(frozen=True, slots=True)
class _Count:
    customers: int


async def count_customers(session: ReadSession) -> int:
    """Count the store's customer accounts."""
    count = await session.fetch_one(_Count, "SELECT count(*) AS customers FROM customer")
    return count.customers if count is not None else 0
