"""Vite's development server for the storefront, for `menagerie run --dev`."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from menagerie.cli.local.server import end_group
from menagerie.errors import DomainError
from menagerie.server.ports import taken
from menagerie.settings import Settings

_WEB = Path(__file__).resolve().parents[4] / "web"
_FIRST_PORT, _LAST_PORT = 5173, 5199
_STOP_SECONDS = 5.0
_PROXIED_PORT = 8443  # The same as in web/vite.config.ts.


@dataclass(frozen=True, slots=True)
class ViteServer:
    """The server, and where its pages are."""

    address: str
    process: subprocess.Popen[bytes]

    def alive(self) -> bool:
        """Whether it is running."""
        return self.process.poll() is None


@contextmanager
def vite_server(settings: Settings, *, wanted: bool) -> Iterator[ViteServer | None]:
    """Run Vite's server for the duration of the block; yields None if it is not wanted.

    Raises:
        DomainError: when this is not a checkout, Node is missing or no port is free.
    """
    if not wanted:
        yield None
        return
    npm = shutil.which("npm")
    if npm is None or not (_WEB / "node_modules").is_dir():
        raise DomainError(
            "The storefront is developed in a checkout with Node and `npm ci` done in web/: use `make dev`."
        )
    if settings.port != _PROXIED_PORT:
        raise DomainError(f"Vite hands requests on to port {_PROXIED_PORT}, so leave the port as it is.")
    port = next((port for port in range(_FIRST_PORT, _LAST_PORT + 1) if not taken("localhost", port)), None)
    if port is None:
        raise DomainError(f"Vite found no free port from {_FIRST_PORT} to {_LAST_PORT}. Stop what listens there.")
    process = subprocess.Popen(  # noqa: S603  our own arguments
        [npm, "run", "dev", "--", "--port", str(port), "--strictPort", "--clearScreen", "false"],
        cwd=_WEB,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield ViteServer(f"http://localhost:{port}", process)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        end_group(process.pid)
