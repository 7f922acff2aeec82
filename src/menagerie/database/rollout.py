"""Whether this version of the code may serve the database as it is, during a change of versions.

Migrations only add (expand, then contract in a later version), so code can also serve a database that a newer version
has migrated, as after a rollback.
"""

from alembic.util import CommandError

from menagerie.database.lineages import Lineage, statements
from menagerie.database.migrate import Status


def may_serve(found: Status) -> bool:
    """Whether the database has everything that this version needs, except for stores that could not be migrated.

    Those are refused one by one (tenant.py), so that they don't take the others down.
    """
    platform = found.platform is not None and not _is_behind("platform", found.platform)
    behind = sum(count for revision, count in found.behind.items() if _is_behind("stores", revision))
    return platform and behind <= len(found.failed)


def newer(found: Status) -> bool:
    """Whether a newer version has migrated the platform or a store."""
    platform = found.platform is not None and not _is_known("platform", found.platform)
    return platform or not all(_is_known("stores", revision) for revision in found.behind)


def _is_behind(lineage: Lineage, revision: str) -> bool:
    return _is_known(lineage, revision) and bool(statements(lineage, revision))


def _is_known(lineage: Lineage, revision: str) -> bool:
    try:
        statements(lineage, revision)
    except CommandError:
        return False
    return True
