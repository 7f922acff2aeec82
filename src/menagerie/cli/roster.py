"""The merchants with their stores, as an operator looks at them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from menagerie.database.session import ReadSession


@dataclass(frozen=True, slots=True)
class MerchantEntry:
    """A merchant and the slugs of their stores."""

    id: UUID
    login: str
    disabled_at: datetime | None
    created_at: datetime
    stores: list[str]


async def merchants(session: ReadSession) -> list[MerchantEntry]:
    """Every merchant by login."""
    return await session.fetch(
        MerchantEntry,
        "SELECT m.id, m.login, m.disabled_at, m.created_at, "
        "coalesce(array_agg(s.slug ORDER BY s.slug) FILTER (WHERE s.slug IS NOT NULL), '{}') AS stores "
        "FROM platform.merchant m LEFT JOIN platform.ownership o ON o.merchant_id = m.id "
        "LEFT JOIN platform.store s ON s.id = o.store_id GROUP BY m.id ORDER BY m.login",
    )
