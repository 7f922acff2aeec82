"""The doctor finds problems and suggests what to do; its exit code is 1 only if there are any."""

import pytest

from menagerie.stores.models import schema_name

CHECKS = {
    "settings",
    "database",
    "server role",
    "store roles",
    "search path",
    "timeouts",
    "set_config",
    "creation",
    "database TLS",
    "migrations",
    "data keys",
    "owner",
    "cache",
    "certificate",
    "memory",
    "disk",
}


def states(findings):
    return {finding["check"]: finding["state"] for finding in findings}


def test_a_fresh_installation_is_healthy(cli, two_stores):
    found = states(cli.json("doctor"))
    assert set(found) == CHECKS
    assert set(found.values()) == {"ok"}
    assert "Problems: 0, warnings: 0." in cli("doctor").stdout


SET_CONFIG = "FUNCTION pg_catalog.set_config(text, text, boolean)"


@pytest.mark.parametrize(
    ("harm", "cure", "check", "state"),
    [
        (
            f"GRANT EXECUTE ON {SET_CONFIG} TO PUBLIC",
            f"REVOKE EXECUTE ON {SET_CONFIG} FROM PUBLIC",
            "set_config",
            "warning",
        ),
        (
            "ALTER ROLE menagerie_server CREATEROLE",
            "ALTER ROLE menagerie_server NOCREATEROLE",
            "server role",
            "problem",
        ),
        ("ALTER ROLE menagerie_server INHERIT", "ALTER ROLE menagerie_server NOINHERIT", "store roles", "problem"),
        (
            "GRANT CREATE ON SCHEMA public TO menagerie_server",
            "REVOKE CREATE ON SCHEMA public FROM menagerie_server",
            "creation",
            "problem",
        ),
        (
            "CREATE TABLE public.mine AS SELECT 1; ALTER TABLE public.mine OWNER TO menagerie_server",
            "DROP TABLE public.mine",
            "server role",
            "problem",
        ),
        (
            "ALTER ROLE menagerie_server SET search_path TO public",
            "ALTER ROLE menagerie_server SET search_path TO ''",
            "search path",
            "problem",
        ),
        (
            "ALTER ROLE menagerie_server RESET statement_timeout",
            "ALTER ROLE menagerie_server SET statement_timeout TO '10s'",
            "timeouts",
            "warning",
        ),
    ],
)
def test_weak_privileges_in_the_database_are_found(cli, administer, two_stores, harm, cure, check, state):
    administer(harm)
    try:
        found = cli.json("doctor", exit_code=1 if state == "problem" else 0)
        assert states(found) == dict.fromkeys(CHECKS, "ok") | {check: state}
    finally:
        administer(cure)


def test_an_interrupted_restore_is_found(cli, administer, two_stores):
    administer("UPDATE platform.installation SET restoring = '20261128T162318.069Z-c92fa8'")
    try:
        [found] = [each for each in cli.json("doctor", exit_code=1) if each["check"] == "restore"]
        assert "backup restore --set 20261128T162318.069Z-c92fa8` resumes it" in found["message"]
    finally:
        administer("UPDATE platform.installation SET restoring = NULL")


def test_a_store_changed_by_hand_is_found_when_looked_for(cli, administer, up, two_stores):
    assert states(cli.json("doctor", "--deep"))["schemas"] == "ok"
    schema = schema_name(two_stores[0])
    administer(f"ALTER INDEX {schema}.pet_search_idx RENAME TO pet_lost_idx")
    try:
        assert set(states(cli.json("doctor")).values()) == {"ok"}
        found = {each["check"]: each for each in cli.json("doctor", "--deep", exit_code=1)}
        assert "schemas" not in found
        assert f"schema of {two_stores[1]}" not in found
        message = found[f"schema of {two_stores[0]}"]["message"]
        assert "index pet_search_idx is missing (CREATE INDEX pet_search_idx ON pet USING gin (search))" in message
        assert "index pet_lost_idx does not belong there" in message
        assert "restore the store from a backup" in message
    finally:
        administer(f"ALTER INDEX {schema}.pet_lost_idx RENAME TO pet_search_idx")


def test_schemas_cannot_be_compared_without_the_owner(elsewhere, two_stores):
    found = elsewhere.json("doctor", "--deep", MENAGERIE_OWNER_DATABASE_URL="")
    (schemas,) = [each for each in found if each["check"] == "schemas"]
    assert schemas["state"] == "warning"
    assert "MENAGERIE_OWNER_DATABASE_URL" in schemas["message"]


def test_an_inherited_store_role_is_found(cli, administer, up, two_stores):
    import psycopg

    with psycopg.connect(up.superuser_address, dbname="menagerie") as connection:
        row = connection.execute("SELECT role_name FROM platform.store WHERE slug = 'pawsome'").fetchone()
    assert row is not None
    role = row[0]
    administer(f"GRANT {role} TO menagerie_server WITH INHERIT TRUE")
    try:
        assert states(cli.json("doctor", exit_code=1))["store roles"] == "problem"
    finally:
        administer(f"GRANT {role} TO menagerie_server WITH INHERIT FALSE")


@pytest.mark.parametrize(
    ("variable", "value", "check", "state"),
    [
        ("MENAGERIE_DATABASE_URL", "postgresql://menagerie_server@127.0.0.1:1/menagerie", "database", "problem"),
        ("MENAGERIE_OWNER_DATABASE_URL", "", "owner", "warning"),
        ("MENAGERIE_OWNER_DATABASE_URL", "postgresql://menagerie_owner@127.0.0.1:1/menagerie", "owner", "problem"),
        ("MENAGERIE_REDIS_URL", "redis://127.0.0.1:1", "cache", "problem"),
        ("MENAGERIE_MASTER_KEYS", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "data keys", "problem"),
        ("MENAGERIE_TLS_KEY", "/nowhere/localhost.key", "certificate", "problem"),
        ("MENAGERIE_WORKERS", "no", "settings", "problem"),
        ("MENAGERIE_CACHE_MIB", "5000000", "settings", "problem"),
    ],
)
def test_problems_in_the_settings_are_found(elsewhere, two_stores, variable, value, check, state):
    found = elsewhere.json("doctor", exit_code=1 if state == "problem" else 0, **{variable: value})
    assert {name: found for name, found in states(found).items() if found != "ok"} == {check: state}
    assert "disk" not in states(found)


def test_more_memory_than_the_machine_has_is_found(elsewhere, two_stores):
    found = elsewhere.json("doctor", MENAGERIE_WORKERS="64", MENAGERIE_CACHE_MIB="4096")
    (memory,) = [finding for finding in found if finding["check"] == "memory"]
    assert memory["state"] == "warning"
    assert "269,934 MiB, more than this machine has" in memory["message"]


def test_an_embedded_installation_that_was_never_started_is_reported(cli, tmp_path):
    found = cli.json("doctor", exit_code=1, MENAGERIE_HOME=str(tmp_path / "nothing"))
    assert "make run" in found[0]["message"]
