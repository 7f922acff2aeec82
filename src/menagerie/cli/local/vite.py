"""Vite's development server for the storefront, for `menagerie run --dev`."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from menagerie.cli.local.server import end_group
from menagerie.errors import DomainError
from menagerie.server.ports import taken
from menagerie.settings import Settings

_WEB = Path(__file__).resolve().parents[4] / "web"
_FIRST_PORT, _LAST_PORT = 5173, 5199
_STOP_SECONDS = 5.0
_PROXIED_PORT = 8443  # The same as in web/vite.config.ts.


class ViteServer:
    """The server, and where its pages are."""

    def __init__(self, npm: str, port: int) -> None:
        self.address = f"http://localhost:{port}"
        self._command = [npm, "run", "dev", "--", "--port", str(port), "--strictPort", "--clearScreen", "false"]
        self._process: subprocess.Popen[bytes] | None = None

    def alive(self) -> bool:
        """Whether it is running."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, after stopping what is left of an earlier one."""
        self.stop()
        self._process = subprocess.Popen(  # noqa: S603  our own arguments
            self._command, cwd=_WEB, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def stop(self) -> None:
        """Stop it and all that it has started."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        end_group(process.pid)


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
        raise DomainError("Developing the storefront needs a checkout, Node, and `npm ci` run in web/: use `make dev`.")
    if settings.port != _PROXIED_PORT:
        raise DomainError(f"Vite proxies requests to port {_PROXIED_PORT}, so don't change the port.")
    port = next((port for port in range(_FIRST_PORT, _LAST_PORT + 1) if not taken("localhost", port)), None)
    if port is None:
        raise DomainError(f"Vite found no free port from {_FIRST_PORT} to {_LAST_PORT}. Stop what is listening there.")
    server = ViteServer(npm, port)
    server.start()
    try:
        yield server
    finally:
        server.stop()
