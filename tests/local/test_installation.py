"""An installation: its home, its lock, its keys, and its error messages."""

import base64
import stat
import subprocess
import sys

import psycopg
import pytest
import redis

from menagerie.errors import DomainError
from menagerie.local.installation import Installation, default_home
from menagerie.local.lock import AlreadyRunningError, Work

HOLDING = (
    "import sys; from pathlib import Path; from menagerie.local.installation import Installation;"
    "i = Installation(Path(sys.argv[1]), durable=False); i.start(); print('ready', flush=True);"
    "sys.stdin.readline(); i.stop()"
)


@pytest.fixture
def installation(home):
    made = Installation(home, durable=False)
    yield made
    made.stop()


@pytest.fixture
def elsewhere(installation):
    """A `menagerie run` of the same home in another process."""
    command = [sys.executable, "-c", HOLDING, installation.home]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.communicate(b"\n", timeout=30)


def answers(installation):
    with psycopg.connect(installation.superuser_address) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert redis.from_url(installation.valkey.address).ping()
    return True


def test_both_servers_start_and_stop(installation):
    assert not installation.exists
    installation.start()
    assert installation.exists
    assert answers(installation)
    assert installation.holder().work is Work.RUN
    installation.stop()
    assert installation.holder() is None
    assert installation.postgres.pid is None
    assert installation.valkey.pid is None


def test_everything_in_the_home_is_private(installation):
    installation.start()
    installation.certificates()
    assert stat.S_IMODE(installation.home.stat().st_mode) == 0o700
    for path in installation.home.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_master_key_is_generated_once(installation):
    key = installation.master_keys()
    assert len(base64.b64decode(key, validate=True)) == 32
    assert installation.master_keys() == key


def test_a_lost_key_file_is_reported_and_not_replaced(installation):
    installation.start()
    installation.stop()
    (installation.home / "master.keys").unlink()
    with pytest.raises(DomainError, match=r"key file .* is gone"):
        installation.start()
    assert installation.holder() is None


def test_data_of_a_newer_menagerie_is_refused(installation):
    installation.start()
    installation.stop()
    (installation.home / "version").write_text("99.0.0\n")
    with pytest.raises(DomainError, match=r"written by Menagerie 99\.0\.0.*Update the checkout"):
        installation.start()


def test_a_directory_with_other_things_is_left_alone(installation):
    installation.home.mkdir(mode=0o755)
    (installation.home / "holiday.jpg").touch()
    with pytest.raises(DomainError, match="holds something other than"):
        installation.start()
    assert stat.S_IMODE(installation.home.stat().st_mode) == 0o755


def test_a_second_run_names_the_first_process(installation, elsewhere):
    with pytest.raises(AlreadyRunningError, match=f"as process {elsewhere.pid}"):
        installation.start()
    assert answers(installation)


def test_a_command_uses_running_servers(installation, elsewhere):
    with installation.running():
        assert answers(installation)
        assert installation.postgres.pid is None
    assert answers(installation)


def test_a_command_starts_its_own_servers_while_it_runs(installation):
    with installation.running():
        assert answers(installation)
        assert installation.holder().work is Work.COMMAND
    assert installation.holder() is None
    assert installation.postgres.pid is None


def test_after_a_killed_run_the_next_one_starts(installation, elsewhere):
    elsewhere.kill()
    elsewhere.wait()
    assert installation.holder() is None
    installation.start()
    assert answers(installation)


def test_a_running_installation_is_not_erased(installation, elsewhere):
    with pytest.raises(AlreadyRunningError):
        installation.erase()
    assert answers(installation)


def test_erasing_leaves_the_certificates_alone(installation):
    installation.start()
    certificate = installation.certificates().authority.read_bytes()
    key = installation.master_keys()
    installation.stop()
    installation.erase()
    assert not installation.exists
    assert installation.certificates().authority.read_bytes() == certificate
    assert installation.master_keys() != key
    installation.start()
    assert answers(installation)


def test_erasing_nothing_is_harmless(installation):
    installation.erase()
    assert not installation.home.exists()


def test_settings_are_those_of_this_installation(installation, monkeypatch):
    for name in ("MENAGERIE_PORT", "MENAGERIE_PUBLIC_URL", "MENAGERIE_LOG_FORMAT"):
        monkeypatch.delenv(name, raising=False)
    settings = installation.settings(port=9443)
    assert settings.database_url.get_secret_value().startswith("postgresql://menagerie_server@/menagerie?host=/")
    assert settings.owner_database_url.get_secret_value().startswith("postgresql://menagerie_owner@/menagerie?host=/")
    assert settings.redis_url.get_secret_value().startswith("unix:///")
    assert settings.public_url == "https://localhost:9443"
    assert settings.demo
    assert settings.log_format == "text"
    assert settings.tls_certificate.is_file()
    assert settings.tls_key.is_file()


def test_the_home_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("MENAGERIE_HOME", str(tmp_path / "elsewhere"))
    assert default_home() == tmp_path / "elsewhere"
    monkeypatch.delenv("MENAGERIE_HOME")
    assert default_home().name == ".menagerie"
