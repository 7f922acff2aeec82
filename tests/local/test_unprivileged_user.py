"""The servers under an ordinary account, without root privileges."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import menagerie

NOBODY = 65534
PACKAGES = [str(Path(menagerie.__file__).parents[1]), *(path for path in sys.path if path.endswith("-packages"))]
SCRIPT = """
import sys
from pathlib import Path
import psutil, psycopg
from menagerie.local.postgres import EmbeddedPostgres
from menagerie.local.valkey import EmbeddedValkey
home = Path(sys.argv[1])
with EmbeddedPostgres(home, durable=False) as postgres, EmbeddedValkey(home) as valkey:
    with psycopg.connect(postgres.superuser_address) as connection:
        print(connection.execute("SELECT session_user").fetchone()[0], psutil.Process(valkey.pid).uids().real)
"""


def as_nobody(python, code, *arguments):
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(PACKAGES), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*drop, python, "-c", code, *arguments]
    return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root to switch to another account")
def test_both_servers_run_as_an_ordinary_user(home):
    home.parent.chmod(0o755)
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    pythons = [sys.executable, "/usr/bin/python3"]
    usable = [python for python in pythons if as_nobody(python, "import psycopg, psutil, menagerie").returncode == 0]
    if not usable:
        pytest.skip("no Python with the libraries can be run by an ordinary user")
    result = as_nobody(usable[0], SCRIPT, str(home))
    assert result.stdout.split() == ["postgres", str(NOBODY)], result.stderr
