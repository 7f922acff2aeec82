"""Accounts for tests, created as operators create them."""

from menagerie.accounts import customers, merchants
from menagerie.accounts.models import Customer, Merchant
from menagerie.database.session import Database
from menagerie.stores.models import Store


async def add_customer(database: Database, store: Store, *, email: str, name: str, password: str) -> Customer:
    new = await customers.new_customer(email=email, name=name, password=password)
    return await database.write(store, lambda session: customers.create_customer(session, store, new, actor="test"))


async def add_merchant(database: Database, login: str, password: str) -> Merchant:
    new = await merchants.new_merchant(login, password)
    return await database.write_as_owner(lambda session: merchants.create_merchant(session, new))
