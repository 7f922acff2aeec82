"""What the command prints before it does anything."""

import subprocess
import sys

import pytest

COMMANDS = (
    "run",
    "serve",
    "migrate",
    "store",
    "merchant",
    "customer",
    "keys",
    "certificates",
    "database",
    "settings",
    "doctor",
    "reset",
    "backup",
    "container",
)


def test_the_version_is_printed(cli):
    assert cli("--version").stdout.startswith("menagerie 0.")


def test_help_names_every_command(cli):
    output = cli("--help").stdout
    assert all(f" {command} " in output for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(cli, command):
    assert "Usage: menagerie" in cli(command, "--help").stdout


def test_short_help_is_help(cli):
    assert cli("-h").stdout == cli("--help").stdout
    assert cli("store", "list", "-h").stdout == cli("store", "list", "--help").stdout


def test_completion_is_offered_once_and_completes_commands(cli, tmp_path):
    assert "--install-completion" in cli("--help").stdout
    assert "--install-completion" not in cli("merchant", "--help").stdout
    assert "installed" in cli("--install-completion", "bash", HOME=str(tmp_path)).stdout
    words = {"_MENAGERIE_COMPLETE": "complete_bash", "COMP_WORDS": "menagerie merchant en", "COMP_CWORD": "2"}
    assert cli(**words).stdout.split() == ["enable"]


def test_wrong_usage_exits_with_2_and_a_suggestion(cli):
    assert "'store'" in cli("stor", "list", exit_code=2).stderr
    cli("store", "create", exit_code=2)
    cli("migrate", "--jobs", "none", exit_code=2)


def test_without_an_installation_it_says_how_to_start_one(cli, tmp_path):
    output = cli("store", "list", exit_code=1, MENAGERIE_HOME=str(tmp_path / "nothing")).stderr
    assert "make run" in output
    assert "MENAGERIE_DATABASE_URL" in output
    assert not (tmp_path / "nothing").exists()


def test_all_wrong_settings_are_reported_at_once(cli):
    output = cli("store", "list", exit_code=1, MENAGERIE_DATABASE_URL="postgresql:///x", MENAGERIE_PORT="many").stderr
    assert "MENAGERIE_REDIS_URL is not set" in output
    assert "MENAGERIE_PORT" in output


def test_an_unreachable_database_is_one_message(elsewhere):
    address = "postgresql://menagerie_server:s3cret@127.0.0.1:1/menagerie"
    output = elsewhere("store", "list", exit_code=1, MENAGERIE_DATABASE_URL=address).stderr
    assert "The database does not answer" in output
    assert "port 1 failed: Connection refused. Check that PostgreSQL is running" in output
    assert "MENAGERIE_DATABASE_URL" in output
    assert "s3cret" not in output
    assert len(output.splitlines()) == 1


def test_an_unexpected_fault_is_short_and_debug_shows_where(cli):
    script = (
        "import menagerie.cli.main as m, menagerie.cli.commands.database as d\n"
        "def fault(name): raise RuntimeError('secret')\n"
        "d.plain_script = fault\n"
        "m.main({})"
    )
    for options in ([], ["--debug"]):
        call = script.format([*options, "database", "script"])
        done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "--debug" in done.stderr
        assert ("Traceback" in done.stderr) == bool(options)


def test_of_several_problems_the_first_is_printed(cli):
    script = (
        "import menagerie.cli.main as m, menagerie.cli.commands.database as d\n"
        "from menagerie.errors import DomainError\n"
        "slow = ExceptionGroup('', [DomainError('Too slow. Try again.')])\n"
        "def fault(name): raise ExceptionGroup('', [slow, OSError()])\n"
        "d.plain_script = fault\n"
        "m.main(['database', 'script'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Too slow. Try again.\n")


def test_a_small_command_does_not_import_large_libraries():
    script = (
        "import sys, menagerie.cli.main as m\n"
        "try: m.main(['--version'])\n"
        "except SystemExit: pass\n"
        "print(*sorted({'fastapi', 'strawberry', 'granian', 'sqlalchemy', 'psycopg', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_no_command_takes_a_password_as_an_argument():
    import typer
    from typer.core import TyperOption

    from menagerie.cli.main import app

    def walk(command):
        yield from command.params
        for name in getattr(command, "commands", ()):
            yield from walk(command.commands[name])

    parameters = [parameter for parameter in walk(typer.main.get_command(app)) if "password" in (parameter.name or "")]
    assert parameters
    assert all(isinstance(parameter, TyperOption) and parameter.is_flag for parameter in parameters)
