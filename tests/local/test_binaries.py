"""Programs that only root can run are copied to where the server's account can run them."""

import os
import shutil
import stat
from pathlib import Path

import psycopg
import pytest

from menagerie.errors import DomainError
from menagerie.local import binaries
from menagerie.local.accounts import server_account
from menagerie.local.postgres import VERSION, EmbeddedPostgres


def test_a_missing_package_is_reported(monkeypatch):
    monkeypatch.setattr(binaries, "_POSTGRES", "no_such_package")
    with pytest.raises(DomainError, match=r"pip install 'menagerie\[local\]'"):
        binaries.reachable_postgres(VERSION, server_account())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can switch to another account")
def test_inaccessible_programs_are_copied_and_run(home, monkeypatch):
    installed = binaries.reachable_postgres(VERSION, server_account())
    package = installed.parents[1]
    closed = home.parent / "closed"
    shutil.copytree(installed.parent, closed / package.name / installed.parent.name)
    shutil.copytree(f"{package}.libs", closed / f"{package.name}.libs")
    closed.chmod(0o700)
    home.parent.chmod(0o755)
    for program in (closed / package.name / installed.parent.name / "bin").iterdir():
        program.chmod(0o700)
    shared = home.parent / "shared"
    monkeypatch.setattr(binaries, "_SHARED", shared)
    monkeypatch.setattr(binaries, "_find", lambda name, pattern: closed / name / pattern)
    with EmbeddedPostgres(home, durable=False) as server, psycopg.connect(server.superuser_address) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert Path(f"/proc/{server.pid}/exe").resolve().is_relative_to(shared.resolve())
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
