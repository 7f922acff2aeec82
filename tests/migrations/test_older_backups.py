"""Backups of an older version are restored unchanged and then migrated; those of a newer one are refused."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from claims import writable
from menagerie.backups.bundles import Source
from menagerie.backups.creation import NotMigratedError, create
from menagerie.backups.manifest import newest_backup
from menagerie.backups.recovery import NotEmptyError, Recovery, restore_everything
from menagerie.backups.restoration import NewerBackupError, RestoreOptions, restore_store
from menagerie.backups.storage import WritableStorage, open_storage
from menagerie.database.lineages import head
from menagerie.database.migrate import migrate, status
from menagerie.secrets.envelope import MasterKeys
from menagerie.settings import Settings


def ignore_progress(*_numbers: int) -> None:
    """Drop the report of progress."""


@pytest.fixture
def keys(settings: Settings) -> MasterKeys:
    return MasterKeys(settings.master_key_bytes)


@pytest.fixture
def storage(tmp_path: Path, settings: Settings) -> WritableStorage:
    return writable(open_storage(str(tmp_path / "backups"), settings, make=True))


@pytest.fixture
def two(make_stores: Callable, keys: MasterKeys):
    """A database with two stores, each with a key, a merchant and a pet."""
    many = make_stores(2)
    with psycopg.connect(many.address) as connection:
        connection.execute(
            "INSERT INTO platform.merchant (id, login, password_hash) VALUES (gen_random_uuid(), 'merlin', '')"
        )
        connection.execute(
            "INSERT INTO platform.ownership SELECT m.id, s.id FROM platform.merchant m, platform.store s"
        )
        for store_id, schema in connection.execute("SELECT id, schema_name FROM platform.store").fetchall():
            connection.execute("INSERT INTO platform.data_key VALUES (%s, %s)", (store_id, keys.new_data_key(store_id)))
            for statement in (
                "INSERT INTO {}.picture (id, width, height, placeholder) VALUES (gen_random_uuid(), 1, 1, '')",
                (
                    "INSERT INTO {0}.pet (id, name, species, age_years, description, picture_id, breeder_name, "
                    "breeder_email) SELECT gen_random_uuid(), 'Luna', 'CAT', 3, '', id, '', '' FROM {0}.picture"
                ),
            ):
                connection.execute(sql.SQL(statement).format(sql.Identifier(schema)))
    return many


def _source(storage: WritableStorage, keys: MasterKeys) -> Source:
    return Source(storage, newest_backup(storage, keys, name=None), keys)


def test_an_older_store_is_restored_and_migrated_with_its_data(
    two, lineage, storage: WritableStorage, keys: MasterKeys
) -> None:
    create(two.address, storage, keys, (), ignore_progress)
    # In both lineages, a revision whose new column is filled from existing data.
    lineage.add("ALTER TABLE pet ADD COLUMN nickname TEXT", "UPDATE pet SET nickname = 'old ' || name")
    lineage.add("ALTER TABLE platform.store ADD COLUMN motto TEXT NOT NULL DEFAULT 'meow'", lineage="platform")
    migrate(two.address)
    source = _source(storage, keys)
    bundle = source.manifest.stores[0]
    restore_store(two.address, source, bundle, RestoreOptions(replace=True), ignore_progress)
    schema = f"store_{bundle.slug.replace('-', '_')}"
    assert two.rows(f"SELECT name, nickname FROM {schema}.pet") == [("Luna", "old Luna")]
    restored = two.rows("SELECT revision, motto FROM platform.store WHERE slug = %s", bundle.slug)
    assert restored == [(head("stores"), "meow")]
    assert status(two.address).complete


def test_an_older_installation_is_restored_and_migrated_with_its_data(
    two, make_stores: Callable, lineage, storage: WritableStorage, keys: MasterKeys
) -> None:
    create(two.address, storage, keys, (), ignore_progress)
    lineage.add(
        "ALTER TABLE platform.merchant ADD COLUMN greeting TEXT",
        "UPDATE platform.merchant SET greeting = 'hello ' || login",
        lineage="platform",
    )
    lineage.add("ALTER TABLE pet ADD COLUMN nickname TEXT", "UPDATE pet SET nickname = 'old ' || name")
    # The same database, lost and created again by the newer version.
    for schema in (*two.schemas, "platform"):
        two.do(f"DROP SCHEMA {schema} CASCADE")
    migrate(two.address)
    recovery = Recovery()
    restore_everything(two.address, _source(storage, keys), recovery, ignore_progress)
    assert recovery.failures == []
    assert status(two.address).complete
    assert two.rows("SELECT greeting FROM platform.merchant") == [("hello merlin",)]
    for schema in two.schemas:
        assert two.rows(f"SELECT nickname FROM {schema}.pet") == [("old Luna",)]


def test_a_newer_backup_is_refused_with_a_message(two, lineage, storage: WritableStorage, keys: MasterKeys) -> None:
    lineage.add("ALTER TABLE pet ADD COLUMN nickname TEXT")
    migrate(two.address)
    newer = head("stores")
    create(two.address, storage, keys, (), ignore_progress)
    lineage.go_back_to_older_code()
    source = _source(storage, keys)
    before = two.rows("SELECT id, xmin::text FROM platform.store ORDER BY id")
    with pytest.raises(NewerBackupError, match=rf"{newer} \(stores\).*newer version made it"):
        restore_store(two.address, source, source.manifest.stores[0], RestoreOptions(replace=True), ignore_progress)
    assert two.rows("SELECT id, xmin::text FROM platform.store ORDER BY id") == before


def test_a_newer_installation_is_refused_before_anything_is_created(
    two, lineage, storage: WritableStorage, keys: MasterKeys
) -> None:
    lineage.add("CREATE TABLE platform.newer (id INTEGER)", lineage="platform")
    migrate(two.address)
    create(two.address, storage, keys, (), ignore_progress)
    for schema in (*two.schemas, "platform"):
        two.do(f"DROP SCHEMA {schema} CASCADE")
    lineage.go_back_to_older_code()
    with pytest.raises(NewerBackupError, match=r"\(platform\)"):
        restore_everything(two.address, _source(storage, keys), Recovery(), ignore_progress)
    assert status(two.address).platform is None
    make_again = migrate(two.address)
    assert make_again.complete


def test_an_unmigrated_store_is_not_backed_up(two, lineage, storage: WritableStorage, keys: MasterKeys) -> None:
    lineage.add("ALTER TABLE pet ADD COLUMN nickname TEXT")
    two.do(f"UPDATE platform.store SET revision = '{head('stores')}' WHERE schema_name = '{two.schemas[0]}'")
    manifest = create(two.address, storage, keys, (), ignore_progress).manifest
    assert len(manifest.stores) == 1
    assert "menagerie migrate" in manifest.missing[0].reason
    with pytest.raises(NotEmptyError):
        restore_everything(two.address, _source(storage, keys), Recovery(), ignore_progress)
    lineage.add("CREATE TABLE platform.newer (id INTEGER)", lineage="platform")
    with pytest.raises(NotMigratedError, match="menagerie migrate"):
        create(two.address, storage, keys, (), ignore_progress)
