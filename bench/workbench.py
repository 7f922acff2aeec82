"""A fresh installation and a server, for the duration of a benchmark."""

import asyncio
import base64
import contextlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from menagerie.database.bootstrap import bootstrap
from menagerie.database.migrate import migrate
from menagerie.demo.seed import seed
from menagerie.demo.stores import DEMO_PASSWORD
from menagerie.local.installation import Installation
from menagerie.runtime import runtime
from menagerie.settings import Settings, environment
from menagerie.stores.models import Store

HERE = Path(__file__).parent
AUTHORIZATION = "Basic " + base64.b64encode(f"pawsome/ada@example.com:{DEMO_PASSWORD}".encode()).decode()
_START_SECONDS = 30


@dataclass(frozen=True)
class Workbench:
    """What a benchmark works with."""

    installation: Installation
    settings: Settings
    server: int
    """The process id of the server's parent."""
    log: Path | None
    """Where the server's log goes, if not to the terminal."""

    @property
    def address(self) -> str:
        """Where the server listens."""
        return f"https://localhost:{self.settings.port}"


def require(*programs: str) -> None:
    """Exit with a sentence if a program is missing."""
    missing = [program for program in programs if find(program) is None]
    if missing:
        sys.exit(f"The benchmarks need {' and '.join(missing)}. On Debian: apt install wrk nginx-light")


def find(program: str) -> str | None:
    """The path of a program; nginx is not on everybody's path."""
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


Prepare = Callable[[Installation, Settings], None]
"""Fills a database that has been migrated, before the server starts."""


def demo(_installation: Installation, settings: Settings) -> None:
    """Add the demo stores."""
    asyncio.run(_seed(settings))


@contextlib.contextmanager
def workbench(*, workers: int = 2, prepare: Prepare = demo, log_to_file: bool = False) -> Iterator[Workbench]:
    """Run embedded servers with the stores that `prepare` makes and some workers, on free ports.

    Args:
        workers: how many server processes.
        prepare: fills the database.
        log_to_file: log every request as JSON to a file, as in production, and not only warnings to the terminal.
    """
    signal.signal(signal.SIGTERM, _exit)  # so that our servers end with us
    logs = {"log_level": "INFO", "log_format": "json"} if log_to_file else {"log_level": "WARNING"}
    with tempfile.TemporaryDirectory(prefix="menagerie-bench-") as directory:
        installation = Installation(Path(directory) / "home")
        log = Path(directory) / "server.log" if log_to_file else None
        installation.start()
        try:
            settings = installation.settings(port=free_port(), metrics_port=0, workers=workers, demo=False, **logs)
            bootstrap(installation.superuser_address, "menagerie")
            migrate(_secret(settings.owner_database_url))
            prepare(installation, settings)
            with _serving(settings, log) as server:
                yield Workbench(installation, settings, server, log)
        finally:
            installation.stop()


async def find_store(bench: Workbench, slug: str) -> Store:
    """A store from the demo."""
    async with runtime(bench.settings) as opened:
        return await opened.stores.get(slug)


def _exit(number: int, _frame: object) -> None:
    sys.exit(128 + number)


async def _seed(settings: Settings) -> None:
    async with runtime(settings) as opened:
        await seed(opened.stores, lambda _done, _all: None)


@contextlib.contextmanager
def _serving(settings: Settings, log: Path | None) -> Iterator[int]:
    command = [str(Path(sys.executable).with_name("menagerie")), "serve"]
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("wb")) if log is not None else None
        server = subprocess.Popen(
            command, env=environment(settings), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            try:
                _wait_until_ready(server, settings.port)
            except OSError as error:
                error.add_note(log.read_text(encoding="utf-8", errors="replace")[-4000:] if log is not None else "")
                raise
            yield server.pid
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"https://localhost:{port}/health/ready", context=context, timeout=2).close()
        except OSError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise
            time.sleep(0.1)
        else:
            return


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Load:
    """What wrk measured."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failures: int
    requests: int


def wrk(address: str, *, connections: int, seconds: int, script: Path, arguments: list[str], threads: int = 1) -> Load:
    """Load an address on loopback for some seconds."""
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency"]
    command += ["-s", str(script), address, "--", *arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    failures = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    count = int(failures.group(1)) if failures else 0
    count += sum(map(int, errors.groups())) if errors else 0
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", output)
    requests = re.search(r"(\d+) requests in", output)
    if per_second is None or requests is None:
        raise ValueError(output)
    return Load(
        float(per_second.group(1)), _latency(output, "50%"), _latency(output, "99%"), count, int(requests.group(1))
    )


def _latency(output: str, percentile: str) -> float:
    found = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s|m)\b", output)
    if found is None:
        raise ValueError(output)
    factor = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[found.group(2)]
    return float(found.group(1)) * factor


def _secret(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else ""
