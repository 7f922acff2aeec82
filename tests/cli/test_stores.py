"""Stores are created, shown, changed, suspended and deleted one at a time."""

import json


def test_stores_are_listed_for_people_and_machines(cli, two_stores):
    stores = {store["slug"]: store for store in cli.json("store", "list")}
    assert set(two_stores) <= set(stores)
    assert stores["happy-frogs"]["timeZone"] == "Europe/Berlin"
    output = cli("store", "list").stdout
    assert all(slug in output for slug in two_stores)


def test_a_store_is_shown_with_owners_and_counts(cli, two_stores):
    before = cli.json("store", "show", "happy-frogs")["customers"]
    cli("customer", "create", "happy-frogs", "counted@example.com", "--name", "Counted", "--generate")
    shown = cli.json("store", "show", "happy-frogs")
    assert shown["owners"] == ["flora"]
    assert shown["pets"] == {"available": 0, "sold": 0, "removed": 0}
    assert shown["customers"] == before + 1
    assert shown["state"] == "open"
    assert "flora" in cli("store", "show", "happy-frogs").stdout


def test_a_misspelt_store_gets_a_suggestion(cli, two_stores):
    assert "There is no store 'pawsom'. Did you mean pawsome?" in cli("store", "show", "pawsom", exit_code=1).stderr
    assert "`menagerie store list` shows" in cli("store", "show", "elephants", exit_code=1).stderr


def test_suspending_affects_only_one_store(cli, two_stores):
    pawsome, frogs = two_stores
    assert "resume" in cli("store", "suspend", pawsome).stdout
    assert cli.json("store", "show", pawsome)["state"] == "suspended"
    assert cli.json("store", "show", frogs)["state"] == "open"
    cli("store", "resume", pawsome)
    assert cli.json("store", "show", pawsome)["state"] == "open"


def test_a_stores_settings_can_be_changed(cli, two_stores):
    pawsome, frogs = two_stores
    untouched = cli.json("store", "show", frogs)
    before = cli.json("store", "show", pawsome)
    cli("store", "change", pawsome, "--welcome", "Come in.", "--accent", "rebeccapurple", "--closed", "--no-sign-up")
    shown = cli.json("store", "show", pawsome)
    assert shown == before | {"welcome": "Come in.", "accent": "#663399", "state": "closed", "signUpOpen": False}
    assert "closed" in cli("store", "list").stdout
    assert "#663399" in cli("store", "show", pawsome).stdout
    assert "too light" in cli("store", "change", pawsome, "--accent", "yellow", exit_code=1).stderr
    assert "--accent" in cli("store", "change", pawsome, exit_code=2).stderr
    assert "store list" in cli("store", "change", "nowhere", "--name", "X", exit_code=1).stderr
    assert cli.json("store", "show", pawsome) == shown
    cli("store", "change", pawsome, "--open", "--sign-up", "--accent", "", "--welcome", "")
    assert cli.json("store", "show", pawsome) == before
    assert cli.json("store", "show", frogs) == untouched


def test_an_invalid_store_is_explained(cli, two_stores):
    def create(slug, *, merchant="merlin", zone="UTC"):
        options = ("--name", "X", "--merchant", merchant, "--time-zone", zone)
        return cli("store", "create", slug, *options, exit_code=1).stderr

    assert "taken" in create("pawsome")
    assert "reserved" in create("graphql")
    assert "lowercase letters" in create("Pawsome!")
    assert "time zone" in create("martians", zone="Mars/Olympus")
    assert "merchant create nobody" in create("nobodys", merchant="nobody")


def test_deleting_without_a_terminal_needs_the_name_again(cli, two_stores):
    cli("store", "create", "doomed", "--name", "Doomed", "--merchant", "merlin")
    assert "--confirm doomed" in cli("store", "delete", "doomed", exit_code=2).stderr
    assert "nothing was deleted" in cli("store", "delete", "doomed", "--confirm", "pawsome", exit_code=2).stderr
    before = cli.json("store", "show", "pawsome")
    cli("store", "delete", "doomed", "--confirm", "doomed")
    assert "doomed" not in [store["slug"] for store in cli.json("store", "list")]
    assert cli.json("store", "show", "pawsome") == before
    assert "store list" in cli("store", "delete", "doomed", "--confirm", "doomed", exit_code=1).stderr


def test_without_the_owner_no_store_is_created(elsewhere, two_stores):
    create = ("store", "create", "ownerless", "--name", "X", "--merchant", "merlin")
    output = elsewhere(*create, exit_code=1, MENAGERIE_OWNER_DATABASE_URL="").stderr
    assert "MENAGERIE_OWNER_DATABASE_URL" in output


def test_a_full_disk_is_reported_as_such(cli, administer, two_stores):
    administer(
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
        "CREATE TRIGGER refuse BEFORE INSERT ON platform.ownership FOR EACH ROW EXECUTE FUNCTION public.refuse()",
    )
    try:
        output = cli("store", "create", "no-room", "--name", "No Room", "--merchant", "merlin", exit_code=1).stderr
    finally:
        administer("DROP FUNCTION public.refuse CASCADE")
    assert "The database's disk is full, so nothing was changed. Free some space, and try again." in output
    assert "no-room" not in {store["slug"] for store in cli.json("store", "list")}


def test_what_operators_do_to_accounts_and_stores_is_in_the_security_log(cli, two_stores, tmp_path):
    log = tmp_path / "security.log"
    recorded = {"MENAGERIE_SECURITY_LOG": str(log)}
    cli("merchant", "create", "sally", "--generate", **recorded)
    cli("store", "create", "short-lived", "--name", "Short", "--merchant", "sally", **recorded)
    cli("store", "suspend", "short-lived", **recorded)
    cli("store", "resume", "short-lived", **recorded)
    cli("store", "delete", "short-lived", "--confirm", "short-lived", **recorded)
    for action in ("password", "disable", "enable"):
        cli("merchant", action, "sally", *(["--generate"] if action == "password" else []), **recorded)
    cli("customer", "password", two_stores[0], "ada@example.com", "--generate", **recorded)
    cli("keys", "rotate", **recorded)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["event"], line.get("store")) for line in lines] == [
        ("merchant created", None),
        ("store suspended", "short-lived"),
        ("store resumed", "short-lived"),
        ("store deleted", "short-lived"),
        ("password changed", None),
        ("merchant disabled", None),
        ("merchant enabled", None),
        ("password changed", two_stores[0]),
        ("keys rotated", None),
    ]
    assert all(line["operator"] for line in lines)
    assert len({line["account"] for line in lines if line["event"].startswith("merchant")}) == 1
    assert "ada@example.com" not in log.read_text()


def test_a_security_log_that_cannot_be_written_is_reported_at_once(cli, two_stores, tmp_path):
    log = tmp_path / "nowhere" / "security.log"
    error = cli("store", "suspend", two_stores[0], exit_code=1, MENAGERIE_SECURITY_LOG=str(log)).stderr
    assert f"MENAGERIE_SECURITY_LOG: {log} can't be written" in error
    assert cli.json("store", "show", two_stores[0])["state"] == "open"


def test_without_valkey_a_command_says_when_servers_apply_it(elsewhere, administer, two_stores):
    _, frogs = two_stores
    away = {"MENAGERIE_REDIS_URL": "unix:///nowhere.sock"}
    done = elsewhere("store", "suspend", frogs, **away)
    assert "is suspended" in done.stdout
    assert "Valkey can't be reached from here" in done.stderr
    assert "within two seconds" in done.stderr
    done = elsewhere("store", "resume", frogs)
    assert "Valkey" not in done.stderr
