"""The installation that `menagerie run` keeps in a directory: its servers, keys, certificates and settings."""

import base64
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path

from menagerie.errors import DomainError
from menagerie.local.certificates import LocalCertificates, ensure_certificates
from menagerie.local.directories import private_directory, write_private, writing
from menagerie.local.lock import AlreadyRunningError, Holder, InstallationLock, Work, wait_for_turn
from menagerie.local.postgres import EmbeddedPostgres
from menagerie.local.valkey import EmbeddedValkey
from menagerie.settings import Settings, read_settings

SERVER_ROLE = "menagerie_server"
OWNER_ROLE = "menagerie_owner"
DATABASE = "menagerie"
_PORT = 8443
_KEY_BYTES = 32
_TURN_SECONDS = 60.0
_OWN_SETTINGS = (
    "MENAGERIE_OWNER_DATABASE_URL",
    "MENAGERIE_REDIS_URL",
    "MENAGERIE_MASTER_KEYS",
    "MENAGERIE_TLS_CERTIFICATE",
    "MENAGERIE_TLS_KEY",
    "MENAGERIE_DEMO",
)
"""The settings that an installation provides itself."""
_OURS = ("lock", "version", "master.keys", "postgres", "certificates")


def default_home() -> Path:
    """MENAGERIE_HOME, or `.menagerie` in the checkout that contains this code, or else in the current directory."""
    chosen = os.environ.get("MENAGERIE_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    checkout = Path(__file__).resolve().parents[3]
    return (checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()) / ".menagerie"


class Installation:
    """One home directory (0700) with everything in it. Nothing is created until it is started."""

    def __init__(self, home: Path | None = None, *, durable: bool = True) -> None:
        self.home = (home or default_home()).absolute()
        self.postgres = EmbeddedPostgres(self.home, durable=durable)
        self.valkey = EmbeddedValkey(self.home)
        self._lock = InstallationLock(self.home)
        self.key_file = self.home / "master.keys"
        """The master keys, comma-separated."""
        self._version_file = self.home / "version"
        self.demo_marker = self.home / "demo"
        """Exists once the demo stores have been added; erased together with the data."""

    @property
    def exists(self) -> bool:
        """Whether it was ever started."""
        return self.postgres.directory.exists()

    @property
    def superuser_address(self) -> str:
        """The superuser's database URL, for making the roles and the database."""
        return self.postgres.superuser_address

    def holder(self) -> Holder | None:
        """The process that is using it now, or None."""
        return self._lock.holder()

    def start(self, work: Work = Work.RUN) -> None:
        """Take the lock and start both servers. Call `stop` afterwards, or end the process.

        Raises:
            AlreadyRunningError: when `menagerie run` is already running here.
            DomainError: when a newer version wrote the data, the disk cannot be written, or a server does not start.
        """
        self._turn(work)
        self._start_servers(work)

    def stop(self) -> None:
        """Stop both servers and release the lock. Does nothing if nothing was started."""
        with ExitStack() as stack:  # each of them is called, even if another fails
            stack.callback(self._lock.release)
            stack.callback(self.postgres.stop)
            stack.callback(self.valkey.stop)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep the servers up for the duration of a command: those of a running `menagerie run`, or else our own.

        Raises:
            DomainError: as `start` does.
        """
        if self._lock.held or self._turn(Work.COMMAND) is not None:
            yield
            return
        self._start_servers(Work.COMMAND)
        try:
            yield
        finally:
            self.stop()

    def settings(self, **overrides: object) -> Settings:
        """The settings of this installation; those that are not specific to it come from the environment as usual.

        Raises:
            SettingsInvalidError: with every problem at once.
            DiskError: when the keys or certificates cannot be written.
        """
        certificates = self.certificates()
        private_directory(self.home / "logs")
        port = overrides.get("port") or os.environ.get("MENAGERIE_PORT") or _PORT
        ours: dict[str, object] = {
            "database_url": self.postgres.address(SERVER_ROLE, DATABASE),
            "owner_database_url": self.postgres.address(OWNER_ROLE, DATABASE),
            "redis_url": self.valkey.address,
            "master_keys": self.master_keys(),
            "tls_certificate": certificates.certificate,
            "tls_key": certificates.key,
            "port": port,
            "public_url": os.environ.get("MENAGERIE_PUBLIC_URL") or f"https://localhost:{port}",
            "security_log": os.environ.get("MENAGERIE_SECURITY_LOG") or self.home / "logs" / "security.log",
            "log_format": os.environ.get("MENAGERIE_LOG_FORMAT") or "text",
            "demo": True,
        }
        return read_settings(**(ours | overrides))

    def unused_settings(self) -> list[str]:
        """Settings in the environment that this installation ignores, because it has its own."""
        return [name for name in _OWN_SETTINGS if os.environ.get(name)]

    def certificates(self) -> LocalCertificates:
        """The certificate of localhost and its authority, created or renewed if needed."""
        private_directory(self.home)
        return ensure_certificates(self.home / "certificates")

    def master_keys(self) -> str:
        """The master keys, comma-separated as in MENAGERIE_MASTER_KEYS; generated the first time.

        Raises:
            DomainError: when there are data but no keys, because new ones would not open them.
        """
        try:
            return self.key_file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            pass
        except PermissionError:
            raise DomainError(f"You may not read {self.key_file}. Run as the user who owns it.") from None
        if self._version_file.exists():
            raise DomainError(
                f"The key file {self.key_file} is gone, and the data cannot be read without it. "
                "Restore it from a copy, or start afresh with `menagerie reset`."
            )
        private_directory(self.home)
        write_private(self.key_file, base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() + "\n")
        return self.master_keys()

    def erase(self) -> None:
        """Permanently delete the data, the keys and the logs. The certificates stay, because browsers trust them.

        Raises:
            AlreadyRunningError: when it is in use.
            DiskError: when something cannot be deleted.
        """
        if not self.home.exists():
            return
        if self._lock.held or self._turn(Work.COMMAND) is not None:
            raise AlreadyRunningError("Menagerie is running on this data. Stop it first, with Ctrl-C in its terminal.")
        try:
            with writing(self.home):
                self.postgres.erase()
                self.valkey.erase()
                shutil.rmtree(self.home / "logs", ignore_errors=True)
                self.demo_marker.unlink(missing_ok=True)
                self._version_file.unlink(missing_ok=True)
                self.key_file.unlink(missing_ok=True)
        finally:
            self._lock.release()

    def _turn(self, work: Work) -> Holder | None:
        """Take the lock, but never on a directory that isn't ours: that would close it to everybody else."""
        if self.home.is_dir() and any(self.home.iterdir()) and not any((self.home / name).exists() for name in _OURS):
            raise DomainError(
                f"{self.home} holds something other than a Menagerie installation. "
                "Set MENAGERIE_HOME to a directory that is empty or does not exist yet."
            )
        return wait_for_turn(self._lock, work, seconds=_TURN_SECONDS)

    def _start_servers(self, work: Work) -> None:
        try:
            self._check_version()
            self.master_keys()
            self.postgres.start()
            self.valkey.start()
            write_private(self._version_file, version("menagerie") + "\n")
            self._lock.say_ready(work)
        except BaseException:
            self.stop()
            raise

    def _check_version(self) -> None:
        try:
            written = self._version_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return
        ours = version("menagerie")
        if _parts(written) > _parts(ours):
            raise DomainError(
                f"The data in {self.home} were written by Menagerie {written}, but this is {ours}. "
                "Update the checkout, or set MENAGERIE_HOME to another directory."
            )


def _parts(text: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", text)[:3])
