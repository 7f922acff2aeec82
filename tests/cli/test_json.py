"""Commands that change something can print their result as JSON, and then print nothing else on standard output."""

import secrets

PASSWORD = "seven patient herons"


def test_stores_are_created_changed_and_deleted(cli, two_stores):
    slug = f"json-{secrets.token_hex(3)}"
    made = cli.json("store", "create", slug, "--name", "Jay", "--merchant", "merlin", "--accent", "darkgreen")
    assert (made["slug"], made["name"], made["state"], made["accent"]) == (slug, "Jay", "open", "#006400")
    assert cli.json("store", "change", slug, "--name", "Jays", "--closed") == made | {"name": "Jays", "state": "closed"}
    assert cli.json("store", "suspend", slug)["state"] == "suspended"
    assert cli.json("store", "resume", slug)["state"] == "closed"
    assert cli.json("store", "delete", slug, "--confirm", slug) == {"slug": slug, "id": made["id"], "state": "deleted"}
    assert slug not in {store["slug"] for store in cli.json("store", "list")}


def test_a_generated_password_is_in_the_result_and_a_given_one_is_not(cli, two_stores):
    login = f"jay-{secrets.token_hex(3)}"
    made = cli.json("merchant", "create", login, "--generate")
    assert {**made, "password": ""} == {"login": login, "state": "active", "password": ""}
    assert len(made["password"]) == 24
    assert cli.json("merchant", "disable", login) == {"login": login, "state": "disabled"}
    again = cli.json("merchant", "password", login, "--password-stdin", stdin=PASSWORD)
    assert again == {"login": login, "state": "disabled"}
    assert cli.json("merchant", "enable", login) == {"login": login, "state": "active"}


def test_customers_are_created_and_their_passwords_changed(cli, two_stores):
    store, email = two_stores[0], f"jay-{secrets.token_hex(3)}@example.com"
    made = cli.json("customer", "create", store, email, "--name", "Jay", "--password-stdin", stdin=PASSWORD)
    assert made == {"store": store, "id": made["id"], "email": email}
    changed = cli.json("customer", "password", store, email, "--generate")
    assert {**changed, "password": ""} == {"store": store, "email": email, "password": ""}


def test_rotating_keys_counts_them(cli, two_stores):
    counted = cli.json("keys", "rotate")
    assert counted == {"rewrapped": 0, "stores": len(cli.json("store", "list"))}


def test_backups_are_made_restored_and_pruned(cli, two_stores, tmp_path):
    slug, place = two_stores[0], tmp_path / "backups"
    first = cli.json("backup", "create", slug, "--to", place)
    assert (first["state"], first["whole"], first["keysDestroyed"]) == ("complete", False, 0)
    assert [store["slug"] for store in first["stores"]] == [slug]
    [listed] = cli.json("backup", "list", "--from", place)
    assert first == listed | {"place": first["place"], "keysDestroyed": 0}
    restored = cli.json("backup", "restore", slug, "--from", place, "--replace", "--yes")
    assert restored == {
        "backup": first["name"],
        "whole": False,
        "stores": [
            {
                "slug": slug,
                "id": first["stores"][0]["id"],
                "undone": {"purchases": 0, "petsListed": 0, "petsRemoved": 0, "signUps": 0},
            }
        ],
        "present": [],
        "deleted": [],
        "failed": [],
    }
    second = cli.json("backup", "create", slug, "--to", place, "--keep", 2)
    assert (second["removed"], second["kept"]) == ([], [first["name"], second["name"]])
    planned = cli.json("backup", "prune", "--keep", 1, "--dry-run", "--from", place)
    assert planned == {"removed": [first["name"]], "kept": [second["name"]], "unknown": [], "dryRun": True}
    assert cli.json("backup", "prune", "--keep", 1, "--from", place) == planned | {"dryRun": False}
    assert [each["name"] for each in cli.json("backup", "list", "--from", place)] == [second["name"]]


def test_migrating_prints_the_same_as_its_status(cli, two_stores):
    assert cli.json("migrate") == cli.json("migrate", "status") | {"migrated": False}
