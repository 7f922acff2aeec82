"""Where backups are stored: a directory, or `s3://bucket/prefix` on anything that speaks S3.

A file appears under its name only once it is complete: in a directory it is staged and then renamed, on S3 it is one
upload that is either completed or aborted.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from menagerie.errors import DomainError
from menagerie.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

# S3 takes at most 10,000 parts, which limits a bundle to 156 GiB; two parts are uploaded at once.
_PART_BYTES = 16 * 1024 * 1024
_PARTS_AT_ONCE = 2
_READ_BYTES = 4 * 1024 * 1024
# Without any of these, the machine's own role would be looked up, at an address that our network policies block.
_AWS_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_MAKE_ROOM = "Free some space, or prune older backups."
_FULL = ("no space left", "quota", "entity too large")


class StorageError(DomainError):
    """Backup storage cannot be read or written; fix what the message names."""


class Storage:
    """Holds backups, with one interface for all kinds of storage."""

    def __init__(self, address: str, store: "LocalStore | S3Store", directory: Path | None = None) -> None:
        self.address = address
        self._store = store
        self._directory = directory
        """Set if it is a directory, because the library does not list the files that it has staged."""

    def read(self, path: str) -> bytes | None:
        """The contents of a small file, or None if it does not exist."""
        with self._explained("read"):
            try:
                return bytes(obstore.get(self._store, path).bytes())
            except (NotFoundError, FileNotFoundError):
                return None

    @contextmanager
    def reading(self, path: str) -> Iterator["obstore.ReadableFile | None"]:
        """Open a large file for reading piece by piece, or None if it does not exist."""
        with self._explained("read"):
            try:
                file = obstore.open_reader(self._store, path, buffer_size=_READ_BYTES)
            except (NotFoundError, FileNotFoundError):
                yield None
                return
            try:
                yield file
            finally:
                file.close()

    def size(self, path: str) -> int:
        """The size of a file in bytes."""
        with self._explained("read"):
            return obstore.head(self._store, path)["size"]

    def files(self, prefix: str) -> dict[str, int]:
        """The size in bytes of each file below the prefix, by path."""
        with self._explained("read"):
            batches = obstore.list(self._store, f"{prefix}/")  # pyright: ignore[reportUnknownMemberType]  # Arrow is not installed
            return {found["path"]: found["size"] for batch in batches for found in batch}

    def names(self, prefix: str) -> list[str]:
        """The names of the directories directly below the prefix, sorted."""
        with self._explained("read"):
            if self._directory:
                below = self._directory / prefix
                return sorted(path.name for path in below.iterdir() if path.is_dir()) if below.is_dir() else []
            found = obstore.list_with_delimiter(self._store, f"{prefix}/")["common_prefixes"]  # pyright: ignore[reportUnknownMemberType]  # as above
            return sorted(PurePosixPath(path).name for path in found)

    def create(self, path: str, content: bytes) -> bool:
        """Write a small file unless it exists, and return whether it was written.

        This is for the claim, without which nothing else may be written.
        """
        with self._explained("write"):
            try:
                obstore.put(self._store, path, content, mode="create")
            except AlreadyExistsError:
                return False
            return True

    def writable(self, check: Callable[[], object]) -> "WritableStorage":
        """The same storage, to write to. Only `backups/claim.py` calls this, once the storage is claimed.

        Args:
            check: called before each write and each removal; raises if they aren't allowed any more.
        """
        return WritableStorage(self.address, self._store, self._directory, check)

    @contextmanager
    def _explained(self, operation: str) -> Iterator[None]:
        """Turn the storage's errors into a sentence for people.

        Raises:
            StorageError: for every error of the storage itself.
        """
        try:
            yield
        except (BaseError, OSError) as error:
            raise StorageError(_explanation(self.address, operation, error)) from error


class WritableStorage(Storage):
    """Storage that this installation has claimed, and may therefore write to."""

    def __init__(
        self, address: str, store: "LocalStore | S3Store", directory: Path | None, check: Callable[[], object]
    ) -> None:
        super().__init__(address, store, directory)
        self._check = check

    def write(self, path: str, content: bytes) -> None:
        """Write a small file, replacing any existing one."""
        self._check()
        with self._explained("write"):
            obstore.put(self._store, path, content)

    @contextmanager
    def writing(self, path: str) -> Iterator["obstore.WritableFile"]:
        """Open a large file for writing; it appears at the end, or not at all if anything is raised."""
        self._check()
        with (
            self._explained("write"),
            obstore.open_writer(self._store, path, buffer_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE) as file,
        ):
            yield file

    def delete_all(self, prefix: str) -> None:
        """Remove everything below the prefix, including what is left of unfinished files."""
        self._check()
        self.delete(list(self.files(prefix)))
        with self._explained("write"):
            if self._directory and (self._directory / prefix).is_dir():
                shutil.rmtree(self._directory / prefix)

    def delete(self, paths: Sequence[str]) -> None:
        """Remove files, ignoring those that do not exist."""
        self._check()
        with self._explained("write"):
            for path in paths:
                try:
                    obstore.delete(self._store, path)
                except (NotFoundError, FileNotFoundError):
                    continue


def open_storage(address: str, settings: Settings, *, make: bool = False) -> Storage:
    """The storage at an address.

    Args:
        address: a directory, or `s3://bucket/prefix`.
        settings: the address and the credentials of the S3 server.
        make: create the directory if it is missing; its parent must exist, so that an unmounted volume is noticed.

    Raises:
        StorageError: when there is no such storage, or access is denied.
    """
    if "://" in address:
        return Storage(address.rstrip("/"), _bucket(address, settings))
    directory = Path(address).expanduser().absolute()
    try:
        if make and not directory.exists():
            directory.mkdir(mode=0o700)
        if not directory.is_dir():
            raise StorageError(f"{address} is not a directory. Name one that holds backups, or s3://bucket/prefix.")
        store = LocalStore(directory, automatic_cleanup=True)
    except FileNotFoundError:
        raise StorageError(
            f"{address} cannot be created, because {directory.parent} does not exist. Is its volume mounted?"
        ) from None
    except (BaseError, OSError) as error:
        raise StorageError(_explanation(address, "write", error)) from error
    return Storage(str(directory), store, directory)


def _bucket(address: str, settings: Settings) -> "S3Store":
    parts = urlsplit(address)
    if parts.scheme != "s3" or not parts.netloc:
        raise StorageError(f"{address} can't hold backups. Name a directory, or s3://bucket/prefix.")
    config: S3Config = {"bucket": parts.netloc, "region": settings.backup_s3_region}
    if not settings.backup_s3_access_key_id and not any(map(os.environ.get, _AWS_CREDENTIALS)):
        raise StorageError(
            f"There are no credentials for {address}. Set MENAGERIE_BACKUP_S3_ACCESS_KEY_ID and "
            "MENAGERIE_BACKUP_S3_SECRET_ACCESS_KEY, or the variables that AWS's own tools read."
        )
    if settings.backup_s3_endpoint:
        config["endpoint"] = settings.backup_s3_endpoint
    if settings.backup_s3_access_key_id and settings.backup_s3_secret_access_key:
        config["access_key_id"] = settings.backup_s3_access_key_id.get_secret_value()
        config["secret_access_key"] = settings.backup_s3_secret_access_key.get_secret_value()
    client: ClientConfig = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(minutes=5)}
    if (settings.backup_s3_endpoint or "").startswith("http://"):  # the settings allow it only where it is harmless
        client["allow_http"] = True
    if settings.backup_s3_authority:
        try:
            client["root_certificate"] = settings.backup_s3_authority.read_bytes()
        except OSError as error:
            raise StorageError(f"MENAGERIE_BACKUP_S3_AUTHORITY cannot be read: {error.strerror}.") from error
    retry: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=20)}
    try:
        return S3Store(config=config, prefix=parts.path.strip("/") or None, client_options=client, retry_config=retry)
    except (BaseError, ValueError) as error:
        raise StorageError(_explanation(address, "use", error)) from error


def _explanation(address: str, operation: str, error: Exception) -> str:
    reason = str(error).partition("\n\nDebug source:")[0].strip()
    known = _of_s3(address, operation, reason) if "://" in address else _of_disk(address, operation)
    for words, sentence in (*known, (_FULL, f"{address} is full: no part of this backup was kept. {_MAKE_ROOM}")):
        if any(word in reason.lower() for word in words):
            return sentence
    return f"{address} cannot be used: {reason}"


def _of_disk(address: str, operation: str) -> list[tuple[tuple[str, ...], str]]:
    permissions = f"You may not {operation} {address}. Run as the user who owns it, or change its permissions."
    return [
        (("permission denied",), permissions),
        (("read-only file system",), f"{address} is on a read-only disk. Name another directory."),
    ]


def _of_s3(address: str, operation: str, reason: str) -> list[tuple[tuple[str, ...], str]]:
    permissions = (
        f"You may not {operation} {address}. Check MENAGERIE_BACKUP_S3_ACCESS_KEY_ID, "
        f"MENAGERIE_BACKUP_S3_SECRET_ACCESS_KEY and their permissions. ({reason})"
    )
    unreachable = (
        f"{address} does not answer. Check that its server is running and reachable, and that "
        "MENAGERIE_BACKUP_S3_ENDPOINT and MENAGERIE_BACKUP_S3_AUTHORITY are right."
    )
    missing = f"{address} does not exist: its server has no such bucket. Create it, or correct the address."
    return [
        (("nosuchbucket",), missing),
        (("accessdenied", "403 forbidden", "401 unauthorized", "signature", "invalidaccess"), permissions),
        (("error sending request",), unreachable),
    ]
