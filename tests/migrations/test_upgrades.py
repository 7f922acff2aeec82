"""Migrating upgrades every store; any that fails is named and left as it was."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy import Column, Integer, Table

from menagerie.database import grants, lineages, tables
from menagerie.database import migrate as migrations
from menagerie.database.migrate import MigrationError, migrate, status
from menagerie.database.revisions import STORES_REVISION
from menagerie.database.rollout import may_serve

COLUMN = "ALTER TABLE pet ADD COLUMN nickname TEXT"


def test_with_nothing_to_do_it_ends_at_once(make_stores: Callable) -> None:
    many = make_stores(2)
    state = migrate(many.address)
    assert state.complete
    assert (state.platform, state.current, state.behind) == (lineages.head("platform"), 2, {})


def test_every_old_store_is_migrated(make_stores: Callable, lineage) -> None:
    many = make_stores(3)
    old = lineages.head("stores")
    lineage.add(COLUMN, "CREATE INDEX pet_nickname_idx ON pet (nickname)")
    before = status(many.address)
    assert (before.complete, before.behind) == (False, {old: 3})
    progress: list[tuple[int, int]] = []

    after = migrate(many.address, progress=lambda done, all_: progress.append((done, all_)))

    assert after.complete
    assert set(many.revisions.values()) == {lineages.head("stores")}
    assert many.with_column("nickname") == set(many.schemas)
    assert progress[-1] == (3, 3)


def test_a_new_table_comes_with_the_stores_privileges(make_stores: Callable, lineage) -> None:
    many = make_stores(2)
    lineage.add("CREATE TABLE toy (id INTEGER)")
    toy = Table("toy", tables.stores, Column("id", Integer), info={"grants": "SELECT, INSERT"})
    grants._tables_by_privileges.cache_clear()
    try:
        assert migrate(many.address).complete
    finally:
        tables.stores.remove(toy)
        grants._tables_by_privileges.cache_clear()
    query = """SELECT role_name, table_schema = schema_name, string_agg(privilege_type, ', ' ORDER BY privilege_type)
        FROM platform.store JOIN information_schema.role_table_grants ON grantee = role_name
        WHERE table_name = 'toy' GROUP BY 1, 2"""
    granted = many.rows(query)
    assert len(granted) == 2
    assert {(own, privileges) for _, own, privileges in granted} == {(True, "INSERT, SELECT")}


def test_a_store_that_is_ahead_of_the_others_is_left_alone(make_stores: Callable, lineage) -> None:
    make_stores(1)
    lineage.add(COLUMN)
    many = make_stores(0)
    many.do(f"ALTER TABLE {many.schemas[0]}.pet ADD COLUMN nickname TEXT")
    many.do(f"UPDATE platform.store SET revision = '{lineages.head('stores')}'")
    assert migrate(many.address).complete


def test_batches_and_jobs_make_no_difference(make_stores: Callable, lineage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "_BATCH", 2)
    many = make_stores(7)
    lineage.add(COLUMN)
    assert migrate(many.address, jobs=3).current == 7
    assert many.with_column("nickname") == set(many.schemas)


def test_a_failing_store_is_named_and_unchanged_and_the_others_are_migrated(make_stores: Callable, lineage) -> None:
    many = make_stores(4)
    old = lineages.head("stores")
    broken = many.schemas[1]
    many.do(f"ALTER TABLE {broken}.pet ADD COLUMN nickname INTEGER")
    slug = next(slug for slug in many.revisions if slug.replace("-", "_") in broken)
    lineage.add("CREATE TABLE planted (id INTEGER)", COLUMN)

    with pytest.raises(MigrationError) as failure:
        migrate(many.address)

    assert slug in str(failure.value)
    assert "nickname" in str(failure.value)
    assert str(failure.value).startswith("1 of 4 stores")
    revisions = many.revisions
    assert revisions.pop(slug) == old
    assert set(revisions.values()) == {lineages.head("stores")}
    planted = many.rows("SELECT table_schema FROM information_schema.tables WHERE table_name = 'planted'")
    assert {schema for (schema,) in planted} == set(many.schemas) - {broken}
    found = status(many.address)
    assert found.behind == {old: 1}
    assert [each.slug for each in found.failed] == [slug]
    assert "nickname" in found.failed[0].reason
    assert may_serve(found)

    many.do(f"ALTER TABLE {broken}.pet DROP COLUMN nickname")
    assert migrate(many.address).complete
    assert many.rows("SELECT FROM platform.failed_migration") == []


def test_servers_need_the_newest_revision() -> None:
    """They compare revisions as text."""
    assert lineages.head("stores") == STORES_REVISION
    revisions = [script.revision for script in lineages.scripts("stores").walk_revisions()]
    assert sorted(revisions, reverse=True) == revisions


def test_a_failing_platform_migration_changes_nothing_and_reports_why(make_stores: Callable, lineage) -> None:
    many = make_stores(1)
    before, old = status(many.address).platform, lineages.head("stores")
    lineage.add("CREATE TABLE platform.planted (id INTEGER)", "SELECT 1 / 0", lineage="platform")
    lineage.add(COLUMN)
    with pytest.raises(MigrationError, match=r"The platform was not migrated.*division by zero"):
        migrate(many.address)
    assert status(many.address).platform == before
    assert set(many.revisions.values()) == {old}
    assert many.rows("SELECT 1 FROM information_schema.tables WHERE table_name = 'planted'") == []


def test_concurrent_runs_migrate_each_store_once(make_stores: Callable, lineage) -> None:
    """The statement fails the second time, so a store that is migrated twice would be reported."""
    many = make_stores(5)
    lineage.add(COLUMN)
    barrier = threading.Barrier(3)

    def run() -> bool:
        barrier.wait()
        return migrate(many.address).complete

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(lambda _: run(), range(3))) == [True] * 3
    assert many.with_column("nickname") == set(many.schemas)


def test_a_run_waits_a_while_for_another_and_then_reports_it(
    make_stores: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = make_stores(0)
    monkeypatch.setattr(migrations, "_LOCK_WAIT", "100ms")
    with ExitStack() as stack:
        holder = stack.enter_context(psycopg.connect(many.address, autocommit=True))
        holder.execute("SELECT pg_advisory_lock(%s)", (migrations._LOCK,))
        with pytest.raises(MigrationError, match="Another migration is running"):
            migrate(many.address)
    assert migrate(many.address).complete


@pytest.mark.parametrize("table", ["platform.store", "pet"])
def test_a_change_waits_for_a_table_in_use_and_lets_others_pass(
    make_stores: Callable, lineage, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    many = make_stores(1)
    busy = table if "." in table else f"{many.schemas[0]}.{table}"
    lineage.add(f"ALTER TABLE {table} ADD COLUMN nickname TEXT", lineage="platform" if "." in table else "stores")
    monkeypatch.setattr(migrations, "_TABLE_WAIT", "200ms")
    monkeypatch.setattr(migrations, "_PAUSE_SECONDS", 0.2)
    waits: list[float] = []
    with ThreadPoolExecutor(1) as threads, psycopg.connect(many.address) as reader:
        reader.execute(f"SELECT FROM {busy}".encode())
        migration = threads.submit(migrate, many.address)
        for _ in range(20):
            before = time.monotonic()
            many.rows(f"SELECT FROM {busy}")
            waits.append(time.monotonic() - before)
            time.sleep(0.1)
        assert not migration.done()
        reader.rollback()
        assert migration.result(30).complete
    # Readers wait behind the change, but never as long as the table is in use.
    assert 0.05 < max(waits) < 1


def test_a_table_that_is_always_in_use_is_reported(
    make_stores: Callable, lineage, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = make_stores(2)
    lineage.add(COLUMN)
    monkeypatch.setattr(migrations, "_TABLE_WAIT", "50ms")
    monkeypatch.setattr(migrations, "_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(migrations, "_TRIES", 2)
    with psycopg.connect(many.address) as reader:
        reader.execute(f"SELECT FROM {many.schemas[0]}.pet".encode())
        with pytest.raises(MigrationError, match="lock timeout") as failure:
            migrate(many.address)
        assert str(failure.value).startswith("1 of 2 stores")
        reader.rollback()
        lineage.add("CREATE TABLE platform.planted (id INTEGER)", "LOCK TABLE platform.store", lineage="platform")
        reader.execute(b"SELECT FROM platform.store")
        with pytest.raises(MigrationError, match="in use in each of 2 attempts"):
            migrate(many.address)
    assert migrate(many.address).complete


def test_a_platform_of_a_newer_version_is_refused_with_a_message(make_stores: Callable, lineage) -> None:
    many = make_stores(1)
    lineage.add("CREATE TABLE platform.newer (id INTEGER)", lineage="platform")
    migrate(many.address)
    lineage.go_back_to_older_code()
    with pytest.raises(MigrationError, match=r"newer version: install that one\."):
        migrate(many.address)


def test_a_store_of_a_newer_version_is_named(make_stores: Callable, lineage) -> None:
    many = make_stores(2)
    lineage.add(COLUMN)
    newer = lineages.head("stores")
    migrate(many.address)
    lineage.go_back_to_older_code()
    with pytest.raises(MigrationError) as failure:
        migrate(many.address)
    assert all(slug in str(failure.value) for slug in many.revisions)
    assert set(many.revisions.values()) == {newer}


def test_every_revision_runs_one_statement_at_a_time() -> None:
    """Nothing that Citus or the extended protocol can't run."""
    for lineage_ in ("platform", "stores"):
        for statement in lineages.statements(lineage_, None):
            assert ";" not in statement
            assert not statement.upper().startswith(("DO ", "BEGIN", "COMMIT"))
