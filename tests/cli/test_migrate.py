"""Migrating: pending migrations are applied, and failures are named."""

import pytest

from menagerie.database.bootstrap import bootstrap
from menagerie.database.lineages import head


@pytest.fixture
def unmigrated(up, administer):
    """The environment variables of a new database."""
    bootstrap(up.superuser_address, "empty")
    settings = up.settings()
    yield {
        "MENAGERIE_DATABASE_URL": settings.database_url.get_secret_value().replace("/menagerie?", "/empty?"),
        "MENAGERIE_OWNER_DATABASE_URL": settings.owner_database_url.get_secret_value().replace(
            "/menagerie?", "/empty?"
        ),
    }
    administer("DROP DATABASE empty WITH (FORCE)")


def test_an_empty_database_is_migrated_once(elsewhere, unmigrated):
    assert "menagerie migrate" in elsewhere("store", "list", exit_code=1, **unmigrated).stderr
    assert not elsewhere.json("migrate", "status", exit_code=1, **unmigrated)["complete"]
    problem = {f["check"]: f for f in elsewhere.json("doctor", exit_code=1, **unmigrated)}["migrations"]
    assert problem["state"] == "problem"
    assert "Migrated" in elsewhere("migrate", "--jobs", 1, **unmigrated).stdout
    assert "already up to date" in elsewhere("migrate", **unmigrated).stdout
    assert elsewhere.json("migrate", "status", **unmigrated)["complete"]
    assert elsewhere.json("store", "list", **unmigrated) == []
    assert "store create" in elsewhere("store", "list", **unmigrated).stdout


def test_an_empty_database_is_migrated_by_a_script(elsewhere, unmigrated):
    migrated = elsewhere.json("migrate", **unmigrated)
    assert (migrated["migrated"], migrated["complete"]) == (True, True)


def test_a_store_that_cannot_be_migrated_is_named(cli, administer, two_stores):
    administer("UPDATE platform.store SET revision = 'of-tomorrow' WHERE slug = 'pawsome'")
    try:
        assert cli.json("migrate", "status", exit_code=1)["stores"]["behind"] == {"of-tomorrow": 1}
        assert "of-tomorrow" in cli("migrate", "status", exit_code=1).stdout
        output = cli("migrate", exit_code=1).stderr
        assert "pawsome" in output
        assert "happy-frogs" not in output
    finally:
        administer(f"UPDATE platform.store SET revision = '{head('stores')}' WHERE slug = 'pawsome'")
    cli("migrate", "status")


def test_without_the_owner_the_missing_setting_is_named(elsewhere):
    output = elsewhere("migrate", exit_code=1, MENAGERIE_OWNER_DATABASE_URL="").stderr
    assert "MENAGERIE_OWNER_DATABASE_URL" in output


def test_the_script_for_administrators_names_their_database(cli):
    script = cli("database", "script", "--database", "pets").stdout
    assert 'CREATE DATABASE "pets"' in script
    assert "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config" in script
