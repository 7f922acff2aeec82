"""Every shell block of the README works as printed, against a fresh local run."""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
START_SECONDS = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder like a fresh clone after `make run`: the same paths, its own data, the server running."""
    made = tmp_path_factory.mktemp("clone")
    for name in (".venv", "src", "web", "docs"):
        (made / name).symlink_to(ROOT / name)
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8443)) == 0:
            pytest.fail("Port 8443 is taken, but the README's commands need it. Stop what listens there.")
    environment = {**os.environ, "MENAGERIE_HOME": str(made / ".menagerie")}
    command = [str(Path(sys.executable).with_name("menagerie")), "run"]
    server = subprocess.Popen(
        command, env=environment, cwd=made, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        _wait_until_ready(server)
        yield made
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_until_ready(server: "subprocess.Popen[str]") -> None:
    printed: list[str] = []
    ready = threading.Event()

    def read() -> None:
        for line in server.stdout or ():
            printed.append(line)
            if "Ctrl-C stops everything" in line:
                ready.set()

    threading.Thread(target=read, daemon=True).start()
    assert ready.wait(START_SECONDS), "".join(printed)


@pytest.mark.readme
def test_every_shell_block_works_as_printed(folder: Path) -> None:
    assert len(BLOCKS) > 5
    # One shell for all blocks, because later ones use variables of earlier ones.
    script = "\n".join(f"echo '--- block {number}'\n{block}" for number, block in enumerate(BLOCKS, start=1))
    environment = {**os.environ, "MENAGERIE_HOME": str(folder / ".menagerie")}
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        check=False,  # the output says more than an exception
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    answers = {
        int(number): text
        for number, text in re.findall(r"--- block (\d+)\n(.*?)(?=--- block|\Z)", result.stdout, re.DOTALL)
    }
    assert '"errors"' not in result.stdout
    assert '"name":"Biscuit"' in answers[2]
    assert '"totalCount":21' in answers[3]
    assert '"soldPets":{"totalCount":' in answers[4]
    assert '"name":"Biscuit","removedAt":"2' in answers[5]
    assert '"__typename":"Customer"' in answers[6]
    assert '"accent":"#7a3e9d","open":true' in answers[7]
    assert '"slug":"happy-paws"' in answers[8]
    assert "pond-life" in answers[9]


def test_the_table_of_settings_matches_the_code() -> None:
    command = [str(Path(sys.executable).with_name("menagerie")), "settings", "--markdown"]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert table in README
