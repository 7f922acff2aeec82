"""Read a bundle from header to end, handing its tables to a consumer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

from menagerie.backups.frames import Frame, Kind, read_frames
from menagerie.backups.keys import StoreKey, store_key
from menagerie.backups.manifest import Bundle, Manifest, bundle_path
from menagerie.backups.sealing import BundleDamagedError, Reader, unsealed
from menagerie.backups.storage import Storage
from menagerie.secrets.envelope import DataKey, MasterKeys

Advance = Callable[[int], None]
"""Called with the number of bytes read so far."""


class Consumer(Protocol):
    """Receives a bundle's contents, and must not rely on any of them before `Source.read` has returned."""

    def begin(self, header: dict[str, Any]) -> None:
        """Take the bundle's header."""
        ...

    def table(self, name: str, columns: Sequence[str], lines: Iterator[bytes]) -> int:
        """Consume all lines of a table and return the number of rows."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """A backup to read, and the master keys that open it."""

    storage: Storage
    manifest: Manifest
    keys: MasterKeys

    def read(self, bundle: Bundle, key: DataKey, consumer: Consumer, advance: Advance) -> None:
        """Read a bundle of the backup.

        Raises:
            BundleDamagedError: when the bundle is missing or not exactly as it was written; the message names it.
            StorageError: when the storage cannot be read.
        """
        path = bundle_path(self.manifest.name, bundle.slug)
        try:
            with self.storage.reading(path) as file:
                reader = _Measured(_existing(file), advance)
                with closing(unsealed(reader, key, backup_id=self.manifest.id)) as pieces:
                    _consume(read_frames(pieces), consumer)
        except BundleDamagedError as damage:
            raise BundleDamagedError(
                f"The bundle {path} in {self.storage.address} is damaged: {damage.reason}. Use another backup; "
                "`menagerie backup verify --all` shows which are intact."
            ) from damage

    def store_key(self, bundle: Bundle) -> StoreKey:
        """The key of a store's bundle.

        Raises:
            KeyDestroyedError: when the store was deleted, or its key was lost.
            KeyMismatchError: when no master key opens it.
        """
        return store_key(self.storage, bundle.holder, bundle.slug, self.keys)


def _existing(file: Reader | None) -> Reader:
    if file is None:
        raise BundleDamagedError("it is missing")
    return file


def _consume(frames: Iterator[Frame], consumer: Consumer) -> None:
    opening = next(frames)
    if opening.kind is not Kind.HEADER:
        raise BundleDamagedError("it has no header")
    consumer.begin(opening.value)
    for part in frames:
        if part.kind is Kind.END:
            continue  # read_frames checks that it is the last
        if part.kind is not Kind.TABLE:
            raise BundleDamagedError("its parts are out of order")
        lines = _Lines(frames)
        table = part.value
        rows = consumer.table(str(table["name"]), [str(column) for column in table["columns"]], iter(lines))
        if lines.end is None or lines.end.value["rows"] != rows:
            raise BundleDamagedError(f"the table {table['name']} has the wrong number of rows")


class _Lines:
    """The data of one table, and the frame that ends it."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self.end: Frame | None = None

    def __iter__(self) -> Iterator[bytes]:
        for part in self._frames:
            if part.kind is Kind.ROWS:
                self.end = part
                return
            if part.kind is not Kind.DATA:
                raise BundleDamagedError("its parts are out of order")
            yield part.content


class _Measured:
    """A reader that reports how much has been read."""

    def __init__(self, reader: Reader, advance: Advance) -> None:
        self._reader = reader
        self._advance = advance
        self._bytes = 0

    def read(self, size: int) -> bytes:
        """Read from the wrapped reader, and report the total."""
        piece = bytes(self._reader.read(size))  # type: ignore[arg-type]  # a buffer
        self._bytes += len(piece)
        self._advance(self._bytes)
        return piece
