"""Storage of backups as the tests write to it."""

from menagerie.backups.storage import Storage, WritableStorage


def writable(storage: Storage) -> WritableStorage:
    """The storage, to write to whoever has claimed it."""
    return storage.writable(lambda: None)
