"""Showing settings and certificates; renewing a certificate."""

from menagerie.settings import Settings


def test_settings_are_shown_and_secrets_are_not(cli, elsewhere, served):
    shown = {setting["name"]: setting["value"] for setting in cli.json("settings")}
    assert shown["MENAGERIE_PORT"] == "8443"
    assert shown["MENAGERIE_MASTER_KEYS"] == "(hidden)"
    for output in (cli("settings").stdout, elsewhere("settings", "--json").stdout):
        assert served["MENAGERIE_MASTER_KEYS"] not in output
        assert served["MENAGERIE_DATABASE_URL"] not in output


def test_the_table_for_the_readme_has_every_setting_but_no_values(cli):
    table = cli("settings", "--markdown", MENAGERIE_PORT="9999").stdout
    assert all(f"| `MENAGERIE_{name.upper()}` |" in table for name in Settings.model_fields)
    assert "9999" not in table
    assert all(line.count(" | ") >= 2 or line.startswith("|--") for line in table.splitlines())
    cli("settings", "--markdown", "--json", exit_code=2)


def test_a_renewed_certificate_keeps_its_authority(cli):
    before = {entry["kind"]: entry for entry in cli.json("certificates", "show")}
    assert "new" in cli("certificates", "renew").stdout
    after = {entry["kind"]: entry for entry in cli.json("certificates", "show")}
    assert after["authority"] == before["authority"]
    assert after["server"]["sha256"] != before["server"]["sha256"]
    assert after["server"]["file"] in cli("certificates", "show").stdout


def test_a_running_installation_is_not_erased(cli, up):
    assert "--yes" in cli("reset", exit_code=2).stderr
    assert "Stop it first" in cli("reset", "--yes", exit_code=1).stderr
    assert up.exists


def test_resetting_nothing_prints_a_message(cli, tmp_path):
    assert "nothing" in cli("reset", MENAGERIE_HOME=str(tmp_path / "nothing")).stdout
