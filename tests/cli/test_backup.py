"""Backups as an operator creates, lists, verifies, restores and prunes them."""

import base64
import json
import os
import pty
import subprocess
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
    done = cli("backup", "restore", pawsome, "--from", place, "--replace", "--yes")
    assert f"/stores/{pawsome}" in done.stdout
    assert "Everybody has been signed out there" in done.stdout
    assert f"{pawsome} is suspended. This undoes" in done.stderr
    assert "0 purchases, 0 pets listed, 0 removed, 1 sign-up" in done.stderr
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


def test_a_copy_is_made_beside_its_store_which_is_recorded(cli, two_stores, place, tmp_path):
    pawsome, _ = two_stores
    cli("backup", "create", pawsome, "--to", place)
    before = cli.json("store", "show", pawsome)
    log = tmp_path / "security.log"
    recorded = {"MENAGERIE_SECURITY_LOG": str(log)}
    copy = ("backup", "restore", pawsome, "--as", "twin", "--merchant", "flora", "--from", place)
    assert "The copy twin" in cli(*copy, **recorded).stdout
    entry = json.loads(log.read_text())
    assert (entry["event"], entry["store"]) == ("backup restored", "twin")
    made = cli.json("store", "show", "twin")
    assert (made["owners"], made["customers"]) == (["flora"], before["customers"])
    assert made["id"] != before["id"]
    assert cli.json("store", "show", pawsome) == before
    assert "taken" in cli(*copy, exit_code=1).stderr
    cli("store", "delete", "twin", "--confirm", "twin")


def test_replacing_is_confirmed_first_and_a_store_that_is_kept_is_opened_again(cli, two_stores, place):
    pawsome, _ = two_stores
    cli("backup", "create", pawsome, "--to", place)
    before = cli.json("store", "show", pawsome)
    refused = cli("backup", "restore", pawsome, "--replace", "--from", place, exit_code=2)
    assert "--yes" in refused.stderr
    assert cli.json("store", "show", pawsome) == before
    cli("store", "suspend", pawsome)
    cli("backup", "create", pawsome, "--to", place)
    cli("store", "resume", pawsome)
    undone = cli.json("backup", "restore", pawsome, "--replace", "--yes", "--from", place)["stores"][0]["undone"]
    assert undone == {"purchases": 0, "petsListed": 0, "petsRemoved": 0, "signUps": 0}
    # It was suspended when the backup was made, and so it is now.
    assert cli.json("store", "show", pawsome)["state"] == "suspended"
    cli("store", "resume", pawsome)


def test_at_a_terminal_replacing_is_asked_and_no_leaves_the_store_open(cli, two_stores, place):
    pawsome, _ = two_stores
    cli("backup", "create", pawsome, "--to", place)
    before = cli.json("store", "show", pawsome)
    terminal, stdin = pty.openpty()
    arguments = ("backup", "restore", pawsome, "--replace", "--from", str(place))
    with os.fdopen(terminal, "wb", buffering=0) as keyboard, os.fdopen(stdin):
        keyboard.write(b"n\n")
        asked = subprocess.Popen(
            [*cli.command, *arguments],
            env=cli.variables,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        _, said = asked.communicate(timeout=60)
    assert asked.returncode == 1
    assert f"{pawsome} is suspended." in said
    assert "in its place? [y/N]" in said
    assert f"{pawsome} was not replaced, and is open again." in said
    assert cli.json("store", "show", pawsome) == before


def test_a_storage_belongs_to_one_installation_until_it_is_taken_over(
    cli, elsewhere, up, administer, two_stores, place
):
    pawsome, _ = two_stores
    place.mkdir()
    assert "No installation has claimed" in cli("backup", "list", "--from", place).stderr
    elsewhere("backup", "create", "--to", place)
    assert "belongs to this installation" in elsewhere("backup", "list", "--from", place).stderr
    name = f"second_{uuid4().hex[:8]}"
    bootstrap(up.superuser_address, name)
    there = {
        variable: elsewhere.variables[variable].replace("/menagerie?", f"/{name}?")
        for variable in ("MENAGERIE_DATABASE_URL", "MENAGERIE_OWNER_DATABASE_URL")
    }
    try:
        assert "belongs to another installation" in elsewhere("backup", "list", "--from", place, **there).stderr
        elsewhere("backup", "restore", "--from", place, **there)
        for refused in (("create", "--to"), ("prune", "--keep", "1", "--from")):
            assert "take-over" in elsewhere("backup", *refused, place, exit_code=1, **there).stderr
        elsewhere("backup", "prune", "--keep", "1", "--dry-run", "--from", place, **there)
        unconfirmed = elsewhere("backup", "take-over", "--to", place, exit_code=2, **there)
        assert "can't make, prune or finish" in unconfirmed.stderr
        assert "--yes" in unconfirmed.stderr
        taken = elsewhere.json("backup", "take-over", "--to", place, "--yes", **there)
        assert taken["installation"] != taken["former"]
        elsewhere("backup", "create", pawsome, "--to", place, **there)
        assert "another installation" in elsewhere("backup", "create", "--to", place, exit_code=1).stderr
    finally:
        administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", dbname="postgres")


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
    assert "damaged" in cli("backup", "restore", pawsome, "--replace", "--yes", "--from", place, exit_code=1).stderr
    assert cli.json("store", "show", pawsome)["state"] == "open"
    output = cli("backup", "restore", pawsome, frogs, "--replace", "--yes", "--from", place, exit_code=1)
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

        # A restore that was interrupted just before its end.
        administer(
            "UPDATE platform.installation SET restoring = '" + _only_backup(elsewhere, place)["name"] + "'", dbname=name
        )
        done = elsewhere("backup", "restore", "--from", place, **there)
        assert "was interrupted, and is resumed" in done.stderr
        assert f"{len(stores)} stores had been restored before the interruption" in done.stdout

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
    for arguments in (("verify",), ("verify", "--all"), ("restore",), ("restore", "pawsome", "--replace", "--yes")):
        output = elsewhere("backup", *arguments, "--from", place, exit_code=1, MENAGERIE_MASTER_KEYS=foreign).stderr
        assert "No key in MENAGERIE_MASTER_KEYS opens the backup" in output
    [found] = elsewhere.json("backup", "list", "--from", place, MENAGERIE_MASTER_KEYS=foreign)
    assert found["state"] == "closed"
    prune = ("backup", "prune", "--keep", "1", "--from", place)
    assert "opens the claim" in elsewhere(*prune, exit_code=1, MENAGERIE_MASTER_KEYS=foreign).stderr
    assert "left alone" in elsewhere(*prune, "--dry-run", MENAGERIE_MASTER_KEYS=foreign).stderr


def test_impossible_requests_are_refused_with_a_message(cli, elsewhere, two_stores, place):
    pawsome, frogs = two_stores
    assert "store list" in cli("backup", "create", "nowhere", "--to", place, exit_code=1).stderr
    cli("backup", "create", "--to", place)
    assert "holds nowhere" in cli("backup", "restore", "nowhere", "--from", place, exit_code=1).stderr
    assert "backup list" in cli("backup", "restore", "--set", "x", "--from", place, exit_code=1).stderr
    assert "empty one" in cli("backup", "restore", "--from", place, exit_code=1).stderr
    both = ("backup", "restore", pawsome, frogs, "--as", "x", "--from", place)
    assert "one store" in cli(*both, exit_code=2).stderr
    assert "Choose one" in cli(*both[:3], "--as", "x", "--replace", "--from", place, exit_code=2).stderr
    assert "individual stores" in cli("backup", "restore", "--replace", "--from", place, exit_code=2).stderr
    assert "--set" in cli("backup", "verify", "--all", "--set", "x", "--from", place, exit_code=2).stderr
    missing = place.parent / "not" / "there"
    assert "mounted" in cli("backup", "create", "--to", missing, exit_code=1).stderr
    assert "not a directory" in cli("backup", "list", "--from", missing, exit_code=1).stderr
    assert "s3://bucket" in cli("backup", "list", "--from", "ftp://x", exit_code=1).stderr
    ownerless = elsewhere("backup", "create", "--to", place, exit_code=1, MENAGERIE_OWNER_DATABASE_URL="")
    assert "MENAGERIE_OWNER_DATABASE_URL" in ownerless.stderr
