"""Restore a store in one transaction, which commits only once the bundle has been read to its end and is intact."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from alembic.util import CommandError
from psycopg import sql
from uuid_utils.compat import uuid7

from menagerie.backups.bundles import Source
from menagerie.backups.keys import StoreKey
from menagerie.backups.manifest import Bundle
from menagerie.backups.resealing import Resealing
from menagerie.backups.sealing import BundleDamagedError
from menagerie.database.copies import Loading, loading
from menagerie.database.grants import store_grants
from menagerie.database.lineages import Lineage, head, statements
from menagerie.database.tables import PLATFORM_SCHEMA
from menagerie.errors import DomainError
from menagerie.stores.models import problem_with_slug, role_name, schema_name
from menagerie.stores.provision import role_statements, schema_statements


class StoreExistsError(DomainError):
    """The store already exists here; replace it, or keep it."""


class NewerBackupError(DomainError):
    """The backup was made by a newer version; restore with that one."""


class OwnersMissingError(DomainError):
    """None of the store's owners exists here; create the merchant, or name another."""


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """How to restore a store."""

    replace: bool = False
    """Replace the existing store."""
    copy_as: str | None = None
    """The address of a copy to make, which is a store of its own; the original is left alone."""
    merchant: str | None = None
    """Login of the merchant who will own it, instead of its former owners."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored store."""

    id: UUID
    slug: str


def restore_store(
    address: str, source: Source, bundle: Bundle, options: RestoreOptions, advance: Callable[[int], None]
) -> Restored:
    """Restore a store from its bundle.

    Args:
        address: the owner's database URL; the platform must be migrated.
        source: the backup.
        bundle: the store's bundle.
        options: how to restore it.
        advance: called with the number of bytes read so far.

    Raises:
        StoreExistsError: when the store, or the address of the copy, already exists here.
        OwnersMissingError: when none of its owners exists here.
        NewerBackupError: when a newer version made the backup.
        BundleDamagedError: when the bundle was truncated or changed.
        KeyDestroyedError: when the store was deleted.
        KeyMismatchError: when no master key opens it.
    """
    if options.copy_as and (reason := problem_with_slug(options.copy_as)):
        raise StoreExistsError(reason)
    key = source.store_key(bundle)
    kind = _Copy if options.copy_as else _Store
    try:
        with loading(address) as load:
            store = kind(load, source, bundle, key, options)
            source.read(bundle, key.key, store, advance)
            return store.finish()
    except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateSchema):
        raise StoreExistsError(
            f"Somebody else created or restored the store {options.copy_as or bundle.slug} in the meantime, so nothing "
            "was restored."
        ) from None


def steps(lineage: Lineage, current: str | None, target: str | None = None) -> tuple[str, ...]:
    """The statements between two revisions.

    Raises:
        NewerBackupError: when this version does not know one of them.
    """
    try:
        return statements(lineage, current, target)
    except CommandError:
        raise NewerBackupError(
            f"This backup is at revision {target or current} ({lineage}), which this version of Menagerie does not "
            "know. A newer version made it: restore with that one."
        ) from None


class _Store:
    """A store being restored."""

    action = "store restored"
    """As the audit calls it."""

    def __init__(self, load: Loading, source: Source, bundle: Bundle, key: StoreKey, options: RestoreOptions) -> None:
        self._load = load
        self._source = source
        self._bundle = bundle
        self._options = options
        self._id = bundle.holder
        self._wrapped = key.wrapped
        self._row = dict[str, Any]()
        self._revision = ""
        self._owners = list[UUID]()
        self._existing: dict[str, Any] | None = None

    def begin(self, header: dict[str, Any]) -> None:
        """Check that it can be restored, and create the schema at the backup's revision."""
        self._row, self._revision = header["store"], str(header["store_revision"])
        if self._row["id"] != str(self._bundle.holder):
            raise BundleDamagedError("it belongs to another store")
        steps("platform", str(header["platform_revision"]))
        creation = steps("stores", None, self._revision)
        self._identify()
        self._find_existing()
        self._owners = self._find_owners(header["owners"])
        self._role = role_name(self._slug, self._id)
        # Fill a schema next to an existing one and swap them at the end, so that the store serves until then.
        self._schema = f"restoring_{self._id.hex}" if self._existing else schema_name(self._slug)
        if not self._load.rows("SELECT 1 FROM pg_roles WHERE rolname = %s", (self._role,)):
            self._load.run(role_statements(self._role))
        self._load.run(schema_statements(self._schema, self._role))
        self._load.run(creation)

    def table(self, name: str, columns: Sequence[str], lines: Iterator[bytes]) -> int:
        """Fill a table."""
        return self._load.copy_in(name, columns, lines)

    def finish(self) -> Restored:
        """Migrate it to this version's revision, and put it in place."""
        load, store_id = self._load, self._id
        load.run(steps("stores", self._revision))
        load.run(store_grants(self._role))
        load.insert(
            self._schema,
            "audit_event",
            {
                "id": uuid7(),
                "actor": "operator",
                "action": self.action,
                "subject_id": store_id,
                "details": json.dumps({"backup": self._source.manifest.name}),
            },
        )
        if self._existing:
            self._replace(self._existing)
        load.insert(
            PLATFORM_SCHEMA,
            "store",
            self._row | {"schema_name": schema_name(self._slug), "role_name": self._role, "revision": head("stores")},
        )
        load.insert(PLATFORM_SCHEMA, "data_key", {"store_id": store_id, "wrapped": self._wrapped})
        for owner in self._owners:
            load.insert(PLATFORM_SCHEMA, "ownership", {"merchant_id": owner, "store_id": store_id})
        load.rows("DELETE FROM platform.deleted_store WHERE id = %s", (store_id,))
        return Restored(store_id, self._slug)

    def _identify(self) -> None:
        self._slug = str(self._row["slug"])

    def _find_existing(self) -> None:
        for row in self._load.rows(
            "SELECT id, slug, schema_name, role_name FROM platform.store WHERE id = %s OR slug = %s",
            (self._id, self._slug),
        ):
            if row["id"] == self._id:
                self._existing = row
            else:
                raise StoreExistsError(self._taken())
        if self._existing and not self._options.replace:
            raise StoreExistsError(
                f"The store {self._existing['slug']} already exists here. Replace it with --replace, which loses "
                f"everything that happened in it since the backup {self._source.manifest.name}, or make a copy next "
                "to it with --as SLUG."
            )

    def _taken(self) -> str:
        return (
            f"The address {self._slug} belongs to another store here. Make a copy of this one under another address: "
            f"--as {self._slug}-copy."
        )

    def _find_owners(self, owners: Sequence[dict[str, str]]) -> list[UUID]:
        if self._options.merchant:
            found = self._load.rows("SELECT id FROM platform.merchant WHERE login = %s", (self._options.merchant,))
            if not found:
                raise OwnersMissingError(
                    f"There is no merchant {self._options.merchant!r}. "
                    f"`menagerie merchant create {self._options.merchant}` creates one."
                )
        else:
            found = self._load.rows(
                "SELECT id FROM platform.merchant WHERE id = ANY(%s)", ([UUID(owner["id"]) for owner in owners],)
            )
        if not found and self._existing:
            found = self._load.rows("SELECT merchant_id AS id FROM platform.ownership WHERE store_id = %s", (self._id,))
        if not found:
            logins = ", ".join(owner["login"] for owner in owners) or "none recorded"
            raise OwnersMissingError(
                f"None of the owners of the store {self._bundle.slug} exists here ({logins}). Name a merchant to own "
                "it: --merchant LOGIN."
            )
        return [row["id"] for row in found]

    def _replace(self, existing: dict[str, Any]) -> None:
        load = self._load
        load.rows("DELETE FROM platform.store WHERE id = %s", (self._id,))
        load.run([sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(existing["schema_name"]))])
        if existing["role_name"] != self._role:
            load.run([sql.SQL("DROP ROLE {}").format(sql.Identifier(existing["role_name"]))])
        names = (sql.Identifier(self._schema), sql.Identifier(schema_name(self._slug)))
        load.run([sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(*names)])


class _Copy(_Store):
    """A copy of a store: it has an id, a data key and a role of its own, and the original is left alone."""

    action = "store copied"

    def __init__(self, load: Loading, source: Source, bundle: Bundle, key: StoreKey, options: RestoreOptions) -> None:
        super().__init__(load, source, bundle, key, options)
        self._id = uuid7()
        self._wrapped = source.keys.new_data_key(self._id)
        self._resealing = Resealing(original=key.key, copy=source.keys.unwrap(self._wrapped, self._id))

    def table(self, name: str, columns: Sequence[str], lines: Iterator[bytes]) -> int:
        """Fill a table with rows that open with the copy's data key."""
        return super().table(name, columns, self._resealing.rows(name, columns, lines))

    def _identify(self) -> None:
        self._slug = str(self._options.copy_as)
        self._row |= {"id": self._id, "slug": self._slug}
        del self._row["created_at"]

    def _taken(self) -> str:
        return f"The address {self._slug} is taken. Choose another for the copy."
