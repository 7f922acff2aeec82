"""What happened in a store since a backup, which a restore in its place undoes."""

from dataclasses import astuple, dataclass
from datetime import datetime

from menagerie.database.copies import snapshot


@dataclass(frozen=True, slots=True)
class Changes:
    """How often something was done in a store since a moment."""

    purchases: int
    pets_listed: int
    pets_removed: int
    sign_ups: int

    def __bool__(self) -> bool:
        return any(astuple(self))


def changes_since(address: str, schema: str, moment: datetime) -> Changes:
    """Count what happened in a store.

    Args:
        address: the owner's database URL.
        schema: the store's.
        moment: when the backup began. What happened while it ran may be in it, and counts nevertheless.
    """
    with snapshot(address) as look:
        look.enter(schema)
        [row] = look.rows(
            "SELECT (SELECT count(*) FROM purchase WHERE purchased_at > %(moment)s) AS purchases, "
            "(SELECT count(*) FROM pet WHERE created_at > %(moment)s) AS pets_listed, "
            "(SELECT count(*) FROM pet WHERE removed_at > %(moment)s) AS pets_removed, "
            "(SELECT count(*) FROM customer WHERE created_at > %(moment)s) AS sign_ups",
            {"moment": moment},
        )
    return Changes(**row)
