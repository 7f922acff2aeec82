"""What a server process holds in memory from its start."""

import subprocess
import sys

CODE = (
    "import sys, menagerie.server.worker; print(*sorted({'alembic', 'sqlalchemy', 'mako', 'typer'} & set(sys.modules)))"
)


def test_a_server_process_does_not_load_what_only_provisioning_needs() -> None:
    result = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
