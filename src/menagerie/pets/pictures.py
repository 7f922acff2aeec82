"""The pictures of pets: how they are stored, and the signed addresses that serve them."""

import base64
import hmac
import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from menagerie.database.session import ReadSession, WriteSession
from menagerie.pets.models import PictureSize
from menagerie.pets.renditions import Renditions
from menagerie.secrets.envelope import DataKey
from menagerie.stores.models import Store

_DAY_SECONDS = 24 * 60 * 60
_SIGNATURE_BYTES = 16
_MAX_ADDRESSES = 10_000
"""How many addresses to cache, at about 500 bytes each."""


async def keep(session: WriteSession, store: Store, picture_id: UUID, renditions: Renditions) -> None:
    """Store the renditions, sealed with the store's key."""
    await session.execute(
        "INSERT INTO picture (id, width, height, placeholder) VALUES (%s, %s, %s, %s)",
        (picture_id, renditions.width, renditions.height, renditions.placeholder),
    )
    for size, content in renditions.contents.items():
        sealed = store.key.seal(content, table="picture_rendition", column="content", row=f"{picture_id}/{size}")
        await session.execute(
            "INSERT INTO picture_rendition (picture_id, size, content) VALUES (%s, %s, %s)", (picture_id, size, sealed)
        )


@dataclass(frozen=True, slots=True)
class _Content:
    content: bytes


async def load(session: ReadSession, store: Store, picture_id: UUID, size: PictureSize) -> bytes | None:
    """Load the WebP bytes of a picture; None if there is no such picture. Ends the session."""
    row = await session.finish_one(
        _Content,
        "SELECT content FROM picture_rendition WHERE picture_id = %s AND size = %s",
        (picture_id, size.value),
    )
    if row is None:
        return None
    rendition = f"{picture_id}/{size.value}"
    return store.key.unseal(row.content, table="picture_rendition", column="content", row=rendition)


def signed_address(store: Store, picture_id: UUID, size: PictureSize, *, now: float | None = None) -> str:
    """An address that works without credentials for one to two days, and stays the same for a whole day."""
    return _address(store.key, store.id, store.slug, picture_id, size, _expiry(now or time.time()))


# Cached, because customers see the same pets again on the shelf, in the cart and among their purchases.
@lru_cache(_MAX_ADDRESSES)
def _address(  # noqa: PLR0917  the cache key of an address
    key: DataKey, store_id: UUID, slug: str, picture_id: UUID, size: str, expiry: int
) -> str:
    signature = _signature(key, store_id, picture_id, size, expiry)
    return f"/stores/{slug}/pictures/{picture_id}/{size}.webp?e={expiry}&s={signature}"


def _expiry(now: float) -> int:
    return (int(now) // _DAY_SECONDS + 2) * _DAY_SECONDS


def signature_holds(store: Store, picture_id: UUID, size: PictureSize, expiry: str, signature: str) -> bool:
    """Whether the store made the signature for this picture, size and expiry, and it has not expired."""
    if not (expiry.isascii() and expiry.isdigit() and len(expiry) < 12):  # noqa: PLR2004  beyond the year 5000
        return False
    expected = _signature(store.key, store.id, picture_id, size.value, int(expiry))
    return hmac.compare_digest(expected.encode(), signature.encode()) and time.time() < int(expiry)


def _signature(key: DataKey, store_id: UUID, picture_id: UUID, size: str, expiry: int) -> str:
    mac = key.sign("picture", f"{store_id}/{picture_id}/{size}/{expiry}")[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")
