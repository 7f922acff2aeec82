"""Master keys: generated, and rotated while the stores stay readable."""

import base64


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


def test_a_failed_rotation_changes_nothing(cli, elsewhere, two_stores):
    stranger = cli("keys", "generate").stdout.strip()
    elsewhere("keys", "rotate", exit_code=1, MENAGERIE_MASTER_KEYS=stranger)
    cli("store", "list")
