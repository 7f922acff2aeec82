"""Finds the account that credentials name; checking the password is a separate step."""

from dataclasses import dataclass

from menagerie.accounts import customers, merchants, tokens
from menagerie.accounts.credentials import Credentials
from menagerie.accounts.models import Caller, Role
from menagerie.database.session import Database
from menagerie.database.tenant import StoreGoneError
from menagerie.secrets.passwords import TOKEN_PREFIX
from menagerie.stores.models import Store
from menagerie.stores.store_cache import StoreCache


@dataclass(frozen=True, slots=True)
class Found:
    """An account that the credentials name."""

    caller: Caller
    password_hash: str | None
    """None: a token was found, which is proof enough."""
    owns: bool = True


async def find_account(stores: StoreCache, database: Database, credentials: Credentials) -> Found | None:
    """Find the account that the credentials name, if any. A customer costs one statement, even in an unknown store."""
    store = await stores.find(credentials.slug) if credentials.slug is not None else None
    if credentials.role is Role.CUSTOMER and credentials.slug is not None:
        if store is None:
            return None
        try:
            return await _find_customer(database, credentials, store)
        except StoreGoneError:
            return None
    secret = await database.read_platform(
        lambda session: merchants.find_secret(session, credentials.login, store.id if store else None)
    )
    unknown_store = credentials.slug is not None and store is None
    if secret is None or secret.disabled_at is not None or unknown_store:
        return None
    owns = store is None or secret.owns
    return Found(Caller(Role.MERCHANT, secret.id, store), secret.password_hash, owns)


async def _find_customer(database: Database, credentials: Credentials, store: Store) -> Found | None:
    index = store.key.blind_index(credentials.login)
    if credentials.password.startswith(TOKEN_PREFIX):
        token = await database.read(store, lambda session: tokens.find(session, index, credentials.password))
        if token is None:
            return None
        token_hash = tokens.token_hash(credentials.password)
        return Found(Caller(Role.CUSTOMER, token.customer_id, store, token_hash, token.expires_at), None)
    secret = await database.read(store, lambda session: customers.find_secret(session, index))
    return Found(Caller(Role.CUSTOMER, secret.id, store), secret.password_hash) if secret else None
