"""Who did what in a store, without personal data."""

from uuid import UUID

from uuid_utils.compat import uuid7

from menagerie.database.session import WriteSession


async def audit(session: WriteSession, actor: str, action: str, subject_id: UUID) -> None:
    """Record an action, in the same transaction that performs it."""
    await session.execute(
        "INSERT INTO audit_event (id, actor, action, subject_id) VALUES (%s, %s, %s, %s)",
        (uuid7(), actor, action, subject_id),
    )
