"""Detect changed files below a directory, so that the server is reloaded."""

from pathlib import Path


class Changes:
    """Remembers when each file was last changed."""

    def __init__(self, directory: Path, pattern: str) -> None:
        self._directory = directory
        self._pattern = pattern
        self._before = self._look()

    def seen(self) -> str | None:
        """The name of a file that was changed, added or removed since the last call, or None."""
        now = self._look()
        changed = {path for path, _ in now.items() ^ self._before.items()}
        self._before = now
        return min(changed).name if changed else None

    def _look(self) -> dict[Path, int]:
        found = {}
        for path in self._directory.rglob(self._pattern):
            try:
                found[path] = path.stat().st_mtime_ns
            except FileNotFoundError:  # an editor is replacing it
                continue
        return found
