"""What a server process loads at startup."""

import subprocess
import sys

CODE = (
    "import sys, menagerie.server.worker; print(*sorted({'alembic', 'sqlalchemy', 'mako', 'typer'} & set(sys.modules)))"
)


def test_a_server_process_does_not_load_provisioning_dependencies() -> None:
    result = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
