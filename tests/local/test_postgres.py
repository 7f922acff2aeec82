"""The embedded PostgreSQL: starting, stopping, privacy, and recovery when something is killed."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from menagerie.errors import DomainError
from menagerie.local.directories import DiskError
from menagerie.local.postgres import EmbeddedPostgres
from menagerie.local.processes import ServerNotStartedError, left_running


def ask(server, question):
    with psycopg.connect(server.superuser_address) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def server(home):
    postgres = EmbeddedPostgres(home, durable=False)
    postgres.start()
    yield postgres
    postgres.stop()


def test_it_is_postgresql_18_in_utf8_without_tcp(server):
    assert ask(server, "SHOW server_version_num").startswith("18")
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SELECT datlocale FROM pg_database WHERE datname = 'template1'") == "C.UTF-8"
    assert ask(server, "SHOW listen_addresses") == ""
    assert ask(server, "SELECT lower('ÄÖ')") == "äö"


def test_it_keeps_data_across_a_fast_restart(server):
    with psycopg.connect(server.superuser_address) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    server.stop()
    assert server.pid is None
    assert not left_running("postgres", server.directory)
    began = time.monotonic()
    server.start()
    assert time.monotonic() - began < 2
    assert ask(server, "SELECT number FROM kept") == 7


def test_starting_and_stopping_twice_is_harmless(server):
    pid = server.pid
    server.start()
    assert server.pid == pid
    server.stop()
    server.stop()


def test_its_files_are_private(server):
    for directory in (server.directory.parent, server.directory, server.directory.parent / "logs"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.directory.parent / "logs" / "postgres.log").stat().st_mode) == 0o600


def test_it_never_runs_as_root_or_in_our_terminal_session(server):
    process = psutil.Process(server.pid)
    assert process.uids().effective != 0
    assert os.getsid(server.pid) != os.getsid(0)


def test_data_is_durable_by_default(home):
    with EmbeddedPostgres(home) as server:
        assert ask(server, "SHOW fsync") == "on"
        assert ask(server, "SHOW synchronous_commit") == "on"
    with EmbeddedPostgres(home, durable=False) as server:
        assert ask(server, "SHOW fsync") == "off"


@pytest.mark.skipif(sys.platform != "linux", reason="PostgreSQL has syncfs only on Linux.")
def test_after_a_crash_the_file_system_is_synced_and_not_each_file(server):
    assert ask(server, "SHOW recovery_init_sync_method") == "syncfs"


def test_a_killed_postmaster_restarts_without_loss(home):
    killed = EmbeddedPostgres(home)
    killed.start()
    with psycopg.connect(killed.superuser_address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    with EmbeddedPostgres(home) as again:
        assert ask(again, "SELECT number FROM kept") == 1


def test_backends_that_outlive_their_postmaster_are_stopped(home):
    killed = EmbeddedPostgres(home, durable=False)
    killed.start()
    busy = psycopg.connect(killed.superuser_address)
    backend = psutil.Process(busy.info.backend_pid)
    backend.suspend()  # one that doesn't notice
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    with EmbeddedPostgres(home, durable=False) as again:
        assert ask(again, "SELECT 1") == 1
    assert not backend.is_running() or backend.status() == psutil.STATUS_ZOMBIE
    busy.close()


def test_a_postmaster_left_behind_by_a_killed_run_is_stopped(home):
    script = (
        "import os, sys; from pathlib import Path; from menagerie.local.postgres import EmbeddedPostgres;"
        "s = EmbeddedPostgres(Path(sys.argv[1]), durable=False); s.start(); print(s.pid, flush=True);"
        "os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", script, home], capture_output=True, text=True, check=False)
    orphan = int(killed.stdout)
    assert psutil.pid_exists(orphan)
    with EmbeddedPostgres(home, durable=False) as server:
        assert server.pid != orphan
        assert ask(server, "SELECT 1") == 1
    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE


def test_another_process_with_the_recorded_pid_is_left_alone(server):
    os.kill(server.pid, signal.SIGKILL)
    record = server.directory / "postmaster.pid"
    other = subprocess.Popen(["sleep", "60"])
    try:
        lines = record.read_text().splitlines()
        record.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        with EmbeddedPostgres(server.directory.parent, durable=False) as again:
            assert ask(again, "SELECT 1") == 1
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_an_incomplete_directory_is_created_again(home):
    (home / "postgres.new" / "base").mkdir(parents=True)
    with EmbeddedPostgres(home, durable=False) as server:
        assert ask(server, "SELECT 1") == 1
    assert not (home / "postgres.new").exists()


@pytest.mark.parametrize(("found", "advice"), [("19", "Update Menagerie"), ("16", "Dump it")])
def test_data_of_another_version_is_refused(server, found, advice):
    server.stop()
    (server.directory / "PG_VERSION").write_text(found + "\n")
    with pytest.raises(ServerNotStartedError, match=f"PostgreSQL {found}.*{advice}"):
        server.start()


def test_a_failed_start_shows_the_end_of_the_log(server):
    server.stop()
    with (server.directory / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(ServerNotStartedError, match="no_such_setting"):
        server.start()
    assert server.pid is None


def test_a_deep_home_gets_a_short_private_socket_directory(home):
    deep = home / ("d" * 60) / ("e" * 60)
    with EmbeddedPostgres(deep, durable=False) as server:
        assert ask(server, "SELECT 1") == 1
        sockets = Path(server.superuser_address.partition("host=")[2].partition("&")[0])
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert len(str(sockets)) < 90
        server.erase()
        assert not sockets.exists()
        assert not server.directory.exists()


def test_a_home_with_spaces_and_accents_works(home):
    with EmbeddedPostgres(home / "où est le chat", durable=False) as server:
        assert ask(server, "SELECT 1") == 1


def test_a_file_in_the_way_is_reported(home):
    home.parent.mkdir(exist_ok=True)
    home.write_text("not a directory")
    with pytest.raises(DiskError, match="file is in the way"):
        EmbeddedPostgres(home).start()


def mounted(home, *options):
    home.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(home)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting a file system isn't allowed here")


def test_a_full_disk_is_reported(home):
    mounted(home, "size=20m")
    try:
        with pytest.raises(DiskError, match="Free some space"):
            EmbeddedPostgres(home).start()
    finally:
        subprocess.run(["umount", home], check=True)


def test_a_read_only_disk_is_reported(home):
    mounted(home, "ro")
    try:
        with pytest.raises(DiskError, match="read-only disk"):
            EmbeddedPostgres(home).start()
    finally:
        subprocess.run(["umount", home], check=True)


def test_start_problems_are_domain_errors():
    assert issubclass(DiskError, DomainError)
    assert issubclass(ServerNotStartedError, DomainError)
