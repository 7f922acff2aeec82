"""Detects changes to the code, so that the server can be restarted."""

from pathlib import Path

from menagerie.cli.local.signals import Stopped


class Changes:
    """Watches the Python files below a directory."""

    def __init__(self, directory: Path) -> None:
        # Imported only here: only a development checkout has it.
        from watchfiles import PythonFilter, watch  # noqa: PLC0415  see above

        # It yields at least every few milliseconds, whether something has changed or not.
        self._batches = watch(directory, watch_filter=PythonFilter(), rust_timeout=10, yield_on_timeout=True)
        # Watching begins with the first call.
        next(self._batches)

    def seen(self) -> str | None:
        """The name of a file that was changed, added or removed since the last call, or None."""
        try:
            changed = {Path(path).name for _, path in next(self._batches)}
        except KeyboardInterrupt as interrupt:
            # watchfiles turns whatever a signal handler raises into this.
            raise Stopped from interrupt
        return min(changed) if changed else None
