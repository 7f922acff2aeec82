"""Progress of reading, across several bundles."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from menagerie.backups.manifest import Bundle

_MEBIBYTE = 1024 * 1024


class Progress:
    """Reports progress in mebibytes, with the total rounded up."""

    def __init__(self, advance: Callable[[int, int], None], total: int) -> None:
        self._advance = advance
        self._before = 0
        self._total = -(-total // _MEBIBYTE)

    @contextmanager
    def over(self, bundle: Bundle) -> Iterator[Callable[[int], None]]:
        """Yield a callback that takes the number of bytes read from the bundle."""
        before = self._before
        yield lambda read: self._advance((before + read) // _MEBIBYTE, self._total)
        self._before += bundle.bytes
