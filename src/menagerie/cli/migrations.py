"""Migrations before serving: a store that can't be migrated must not keep the others from being served."""

from collections.abc import Callable

from menagerie.cli.console import complain, note
from menagerie.database.migrate import Status, StoresNotMigratedError, migrate, status
from menagerie.database.rollout import newer


def migrate_before_serving(address: str, advance: Callable[[int, int], None] | None = None) -> Status:
    """Migrate everything that can be migrated. Servers refuse the stores that can't be, with an explanation.

    Args:
        address: the owner's database URL.
        advance: called with the stores done and the stores to do.

    Raises:
        MigrationError: if the platform could not be migrated.
    """
    before = status(address)
    if newer(before):
        note("A newer version has already migrated the database; nothing is left to do.")
        return before
    try:
        return migrate(address, progress=advance)
    except StoresNotMigratedError as error:
        complain(f"{error}\nThe other stores are served. `menagerie migrate` tries again.")
        return status(address)
