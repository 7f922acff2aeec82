"""Master keys: generated, and rotated while the stores stay readable."""

import base64

import psycopg
import pytest

from menagerie.secrets.envelope import MasterKeys
from menagerie.stores.key_rotation import remark_of_keys


def test_a_key_is_32_random_bytes(cli):
    keys = {cli("keys", "generate").stdout.strip() for _ in range(2)}
    assert len(keys) == 2
    assert all(len(base64.b64decode(key, validate=True)) == 32 for key in keys)


def test_rotation_makes_the_old_key_dispensable(cli, elsewhere, served, two_stores):
    old, new = served["MENAGERIE_MASTER_KEYS"], cli("keys", "generate").stdout.strip()
    stores = len(cli.json("store", "list"))
    assert "MENAGERIE_MASTER_KEYS" in elsewhere("store", "list", exit_code=1, MENAGERIE_MASTER_KEYS=new).stderr
    both = {"MENAGERIE_MASTER_KEYS": f"{new},{old}"}
    try:
        warned = {f["check"]: f for f in elsewhere.json("doctor", **both)}["data keys"]
        assert warned["state"] == "warning"
        assert "keys rotate" in warned["message"]
        output = elsewhere("keys", "rotate", **both).stdout
        assert f"{stores} of {stores}" in output
        assert "You can remove the other keys" in output
        assert f"0 of {stores}" in elsewhere("keys", "rotate", **both).stdout
        assert len(elsewhere.json("store", "list", MENAGERIE_MASTER_KEYS=new)) == stores
        elsewhere("store", "list", exit_code=1)
    finally:
        elsewhere("keys", "rotate", MENAGERIE_MASTER_KEYS=f"{old},{new}")
    assert len(cli.json("store", "list")) == stores


def test_rotation_waits_for_servers_that_lack_the_new_key(cli, elsewhere, served, two_stores):
    old, new = served["MENAGERIE_MASTER_KEYS"], cli("keys", "generate").stdout.strip()
    keys = MasterKeys([base64.b64decode(key) for key in (old, new)])
    stores = len(cli.json("store", "list"))

    def connect(keys):
        name = f"menagerie server {remark_of_keys(keys)}"
        return psycopg.connect(served["MENAGERIE_DATABASE_URL"], application_name=name)

    both = {"MENAGERIE_MASTER_KEYS": f"{new},{old}"}
    with connect(MasterKeys([base64.b64decode(old)])):
        refused = elsewhere("keys", "rotate", exit_code=1, **both).stderr
        assert "don't have the first key of MENAGERIE_MASTER_KEYS (their connections: 1)" in refused
        assert len(cli.json("store", "list")) == stores
    try:
        with connect(keys):
            assert f"{stores} of {stores}" in elsewhere("keys", "rotate", **both).stdout
        with connect(MasterKeys([base64.b64decode(old)])):
            assert f"0 of {stores}" in elsewhere("keys", "rotate", "--force", **both).stdout
    finally:
        elsewhere("keys", "rotate", MENAGERIE_MASTER_KEYS=f"{old},{new}")


@pytest.mark.parametrize("where", ["cli", "elsewhere"])
def test_the_keys_are_saved_readable_only_by_their_owner(request, up, served, tmp_path, where):
    run = request.getfixturevalue(where)
    file = tmp_path / "keys"
    assert str(file) in run("keys", "save", file).stdout
    assert file.read_text().strip() == served["MENAGERIE_MASTER_KEYS"] == up.master_keys()
    assert file.stat().st_mode & 0o777 == 0o600
    assert "already exists" in run("keys", "save", file, exit_code=2).stderr
    assert file.read_text().strip() == up.master_keys()


def test_settings_that_the_embedded_installation_does_not_use_are_named(cli, up):
    message = cli(
        "keys", "save", up.home / "copy", MENAGERIE_MASTER_KEYS="mine", MENAGERIE_REDIS_URL="redis://mine"
    ).stderr
    assert "Not used here: MENAGERIE_REDIS_URL, MENAGERIE_MASTER_KEYS." in message
    assert str(up.home / "master.keys") in message
    assert "mine" not in (up.home / "copy").read_text()


def test_a_failed_rotation_changes_nothing(cli, elsewhere, two_stores):
    foreign, before = cli("keys", "generate").stdout.strip(), cli.json("store", "list")
    elsewhere("keys", "rotate", exit_code=1, MENAGERIE_MASTER_KEYS=foreign)
    assert cli.json("store", "list") == before
