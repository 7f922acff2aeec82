"""Master keys: generated, and rotated while the stores stay readable."""

import base64

import psycopg

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

    def connect(keys):
        name = f"menagerie server {remark_of_keys(keys)}"
        return psycopg.connect(served["MENAGERIE_DATABASE_URL"], application_name=name)

    both = {"MENAGERIE_MASTER_KEYS": f"{new},{old}"}
    with connect(MasterKeys([base64.b64decode(old)])):
        refused = elsewhere("keys", "rotate", exit_code=1, **both).stderr
        assert "don't have the first key of MENAGERIE_MASTER_KEYS (their connections: 1)" in refused
        assert len(cli.json("store", "list")) == 2
    try:
        with connect(keys):
            assert "2 of 2" in elsewhere("keys", "rotate", **both).stdout
        with connect(MasterKeys([base64.b64decode(old)])):
            assert "0 of 2" in elsewhere("keys", "rotate", "--force", **both).stdout
    finally:
        elsewhere("keys", "rotate", MENAGERIE_MASTER_KEYS=f"{old},{new}")


def test_a_failed_rotation_changes_nothing(cli, elsewhere, two_stores):
    stranger = cli("keys", "generate").stdout.strip()
    elsewhere("keys", "rotate", exit_code=1, MENAGERIE_MASTER_KEYS=stranger)
    cli("store", "list")
