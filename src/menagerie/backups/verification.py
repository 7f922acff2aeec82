"""Read a backup from end to end without restoring it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from menagerie.backups.bundles import Source
from menagerie.backups.keys import KeyDestroyedError
from menagerie.backups.manifest import Bundle
from menagerie.backups.progress import Progress
from menagerie.backups.sealing import BundleDamagedError
from menagerie.secrets.envelope import KeyMismatchError

Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of verifying a bundle."""

    slug: str
    rows: int
    problem: str | None
    deleted: bool = False
    """It can no longer be read because its store was deleted, which is not a problem."""


def verify(source: Source, advance: Advance) -> Iterator[Verified]:
    """Read every bundle of a backup.

    Args:
        source: the backup.
        advance: called with the number of mebibytes read and the total.

    Raises:
        StorageError: when the storage cannot be read.
    """
    progress = Progress(advance, source.manifest.bytes)
    for bundle in source.manifest.bundles():
        with progress.over(bundle) as read:
            yield _verified(source, bundle, read)


def _verified(source: Source, bundle: Bundle, read: Callable[[int], None]) -> Verified:
    counter = _Counter()
    try:
        own = bundle.holder == source.manifest.id
        key = source.manifest.backup_key(source.keys) if own else source.store_key(bundle).key
        source.read(bundle, key, counter, read)
    except KeyDestroyedError as gone:
        return Verified(bundle.slug, 0, str(gone), deleted=gone.deleted)
    except (BundleDamagedError, KeyMismatchError) as error:
        return Verified(bundle.slug, counter.rows, str(error))
    if counter.rows != bundle.rows:
        return Verified(bundle.slug, counter.rows, f"{bundle.slug} holds {counter.rows} rows, not {bundle.rows}.")
    return Verified(bundle.slug, counter.rows, None)


class _Counter:
    """Counts rows as lines: within a value, COPY writes a newline as a backslash and an n."""

    def __init__(self) -> None:
        self.rows = 0

    def begin(self, header: dict[str, Any]) -> None:
        """Nothing to do."""

    def table(self, name: str, columns: Sequence[str], lines: Iterator[bytes]) -> int:  # noqa: ARG002  nothing is restored
        """Count the rows."""
        rows = sum(data.count(b"\n") for data in lines)
        self.rows += rows
        return rows
