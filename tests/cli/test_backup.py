"""Backups as an operator creates, lists, verifies, restores and prunes them."""

import base64
import json
import os
from uuid import uuid4

import pytest

from menagerie.database.bootstrap import bootstrap


@pytest.fixture
def place(tmp_path):
    return tmp_path / "backups"


def _only_backup(cli, place):
    [found] = cli.json("backup", "list", "--from", place)
    return found


def test_a_backup_is_created_listed_and_verified(cli, two_stores, place):
    made = cli("backup", "create", "--to", place)
    assert "the platform and " in made.stdout
    found = _only_backup(cli, place)
    assert found["state"] == "complete"
    assert found["whole"]
    assert set(two_stores) <= {store["slug"] for store in found["stores"]}
    assert found["name"] in made.stdout
    assert "complete" in cli("backup", "list", "--from", place).stdout
    results = cli.json("backup", "verify", "--from", place)
    assert {result["state"] for result in results} == {"sound"}
    assert {"platform", *two_stores} <= {result["bundle"] for result in results}
    assert "sound" in cli("backup", "verify", "--all", "--from", place).stdout


def test_one_store_is_restored_and_the_other_untouched(cli, two_stores, place):
    pawsome, frogs = two_stores
    cli("backup", "create", pawsome, "--to", place)
    before = cli.json("store", "show", pawsome)
    others = cli.json("store", "show", frogs)["customers"]
    cli("customer", "create", frogs, "later@example.com", "--name", "Later", "--generate")
    cli("customer", "create", pawsome, "later@example.com", "--name", "Later", "--generate")
    assert "--replace" in cli("backup", "restore", pawsome, "--from", place, exit_code=1).stderr
    output = cli("backup", "restore", pawsome, "--from", place, "--replace").stdout
    assert f"/stores/{pawsome}" in output
    assert "Everybody has been signed out there" in output
    assert cli.json("store", "show", pawsome) == before
    assert cli.json("store", "show", frogs)["customers"] == others + 1
    cli("customer", "password", frogs, "later@example.com", "--generate")


def test_a_deleted_store_can_be_restored_only_until_the_next_backup(cli, two_stores, place):
    cli("store", "create", "short-lived", "--name", "Short", "--merchant", "merlin")
    cli("backup", "create", "--to", place)
    cli("store", "delete", "short-lived", "--confirm", "short-lived")
    cli("backup", "restore", "short-lived", "--from", place)
    assert cli.json("store", "show", "short-lived")["owners"] == ["merlin"]
    cli("store", "delete", "short-lived", "--confirm", "short-lived")
    assert "1 deleted store" in cli("backup", "create", "--to", place).stdout
    output = cli("backup", "restore", "short-lived", "--from", place, exit_code=1).stderr
    assert "short-lived was deleted" in output
    assert "short-lived" not in [store["slug"] for store in cli.json("store", "list")]
    states = {(each["bundle"], each["state"]) for each in cli.json("backup", "verify", "--all", "--from", place)}
    assert ("short-lived", "deleted") in states


def test_a_store_is_restored_under_another_slug_which_is_recorded(cli, two_stores, place, tmp_path):
    cli("store", "create", "old-name", "--name", "Old", "--merchant", "merlin")
    cli("backup", "create", "old-name", "--to", place)
    cli("store", "delete", "old-name", "--confirm", "old-name")
    log = tmp_path / "security.log"
    recorded = {"MENAGERIE_SECURITY_LOG": str(log)}
    cli("backup", "restore", "old-name", "--as", "new-name", "--merchant", "flora", "--from", place, **recorded)
    entry = json.loads(log.read_text())
    assert (entry["event"], entry["store"]) == ("backup restored", "new-name")
    assert cli.json("store", "show", "new-name")["owners"] == ["flora"]
    cli("store", "delete", "new-name", "--confirm", "new-name")


def test_old_backups_are_pruned(cli, two_stores, place):
    pawsome, _ = two_stores
    for _ in range(3):
        cli("backup", "create", pawsome, "--to", place)
    names = [each["name"] for each in cli.json("backup", "list", "--from", place)]
    output = cli("backup", "prune", "--keep", "2", "--dry-run", "--from", place).stdout
    assert f"{names[0]} would be removed" in output
    assert len(cli.json("backup", "list", "--from", place)) == 3
    assert f"{names[0]} was removed" in cli("backup", "prune", "--keep", "2", "--from", place).stdout
    cli("backup", "create", pawsome, "--to", place, "--keep", "1")
    left = [each["name"] for each in cli.json("backup", "list", "--from", place)]
    assert len(left) == 1
    assert left[0] not in names


def test_the_storage_may_come_from_the_settings(cli, two_stores, place):
    assert "MENAGERIE_BACKUP_PLACE" in cli("backup", "create", "--help").stdout.replace("\n", "")
    assert "--from" in cli("backup", "list", exit_code=2).stderr
    cli("backup", "create", MENAGERIE_BACKUP_PLACE=str(place))
    assert len(cli.json("backup", "list", MENAGERIE_BACKUP_PLACE=str(place))) == 1


def test_damaged_bundles_are_named(cli, two_stores, place):
    pawsome, frogs = two_stores
    cli("backup", "create", "--to", place)
    name = _only_backup(cli, place)["name"]
    bundle = place / "sets" / name / f"{pawsome}.bundle"
    bundle.write_bytes(bundle.read_bytes()[:-1])
    done = cli("backup", "verify", "--from", place, exit_code=1)
    assert f"{pawsome}.bundle" in done.stderr
    assert "damaged" in done.stdout
    assert "sound" in done.stdout
    assert "damaged" in cli("backup", "restore", pawsome, "--replace", "--from", place, exit_code=1).stderr
    output = cli("backup", "restore", pawsome, frogs, "--replace", "--from", place, exit_code=1)
    assert f"{frogs} is back" in output.stdout
    assert f"{pawsome} was not restored" in output.stderr
    (place / "sets" / name / "manifest").unlink()
    assert _only_backup(cli, place)["state"] == "unfinished"
    assert "not finished" in cli("backup", "verify", "--set", name, "--from", place, exit_code=1).stderr


def test_the_command_restores_an_installation_into_an_empty_database(elsewhere, up, administer, two_stores, place):
    pawsome, frogs = two_stores
    elsewhere("backup", "create", "--to", place)
    stores = elsewhere.json("store", "list")
    name = f"recovered_{uuid4().hex[:8]}"
    bootstrap(up.superuser_address, name)
    there = {
        variable: elsewhere.variables[variable].replace("/menagerie?", f"/{name}?")
        for variable in ("MENAGERIE_DATABASE_URL", "MENAGERIE_OWNER_DATABASE_URL")
    }
    assert all(name in address for address in there.values())
    try:
        output = elsewhere("backup", "restore", "--from", place, **there).stdout
        assert f"The platform and {len(stores)} stores are back" in output
        assert elsewhere.json("store", "list", **there) == stores
        assert elsewhere.json("store", "show", frogs, **there) == elsewhere.json("store", "show", frogs)
        assert elsewhere.json("migrate", "status", **there)["complete"]
        elsewhere("customer", "password", pawsome, "ada@example.com", "--generate", **there)
        assert "empty one" in elsewhere("backup", "restore", "--from", place, exit_code=1, **there).stderr

        # Again, with a damaged bundle.
        again = _only_backup(elsewhere, place)["name"]
        bundle = place / "sets" / again / f"{pawsome}.bundle"
        bundle.write_bytes(bundle.read_bytes()[:-1])
        administer(f"DROP DATABASE {name} WITH (FORCE)", dbname="postgres")
        bootstrap(up.superuser_address, name)
        done = elsewhere("backup", "restore", "--from", place, exit_code=1, **there)
        assert f"{pawsome} was not restored" in done.stderr
        assert "by name" in done.stderr
        assert {s["slug"] for s in elsewhere.json("store", "list", **there)} == {s["slug"] for s in stores} - {pawsome}
    finally:
        administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", dbname="postgres")


def test_a_wrong_master_key_is_reported(elsewhere, two_stores, place):
    elsewhere("backup", "create", "--to", place)
    foreign = base64.b64encode(os.urandom(32)).decode()
    for arguments in (("verify",), ("verify", "--all"), ("restore",), ("restore", "pawsome", "--replace")):
        output = elsewhere("backup", *arguments, "--from", place, exit_code=1, MENAGERIE_MASTER_KEYS=foreign).stderr
        assert "No key in MENAGERIE_MASTER_KEYS opens the backup" in output
    [found] = elsewhere.json("backup", "list", "--from", place, MENAGERIE_MASTER_KEYS=foreign)
    assert found["state"] == "closed"
    output = elsewhere("backup", "prune", "--keep", "1", "--from", place, MENAGERIE_MASTER_KEYS=foreign)
    assert "left alone" in output.stderr


def test_impossible_requests_are_refused_with_a_message(cli, elsewhere, two_stores, place):
    pawsome, frogs = two_stores
    assert "store list" in cli("backup", "create", "nowhere", "--to", place, exit_code=1).stderr
    cli("backup", "create", "--to", place)
    assert "holds nowhere" in cli("backup", "restore", "nowhere", "--from", place, exit_code=1).stderr
    assert "backup list" in cli("backup", "restore", "--set", "x", "--from", place, exit_code=1).stderr
    assert "empty one" in cli("backup", "restore", "--from", place, exit_code=1).stderr
    both = ("backup", "restore", pawsome, frogs, "--as", "x", "--from", place)
    assert "one store" in cli(*both, exit_code=2).stderr
    assert "individual stores" in cli("backup", "restore", "--replace", "--from", place, exit_code=2).stderr
    assert "--set" in cli("backup", "verify", "--all", "--set", "x", "--from", place, exit_code=2).stderr
    missing = place.parent / "not" / "there"
    assert "mounted" in cli("backup", "create", "--to", missing, exit_code=1).stderr
    assert "not a directory" in cli("backup", "list", "--from", missing, exit_code=1).stderr
    assert "s3://bucket" in cli("backup", "list", "--from", "ftp://x", exit_code=1).stderr
    ownerless = elsewhere("backup", "create", "--to", place, exit_code=1, MENAGERIE_OWNER_DATABASE_URL="")
    assert "MENAGERIE_OWNER_DATABASE_URL" in ownerless.stderr
