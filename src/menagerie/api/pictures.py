"""Serves pictures, authorised by a signed address, as in an <img>, or by Basic credentials.

Recently served pictures are kept decrypted in memory, which is bounded and private to this process.
"""

from urllib.parse import parse_qs
from uuid import UUID

from cachetools import LRUCache
from starlette.types import Send

from menagerie.accounts.authenticate import ForbiddenError, StoreClosedError
from menagerie.accounts.credentials import UnauthenticatedError, realm_of
from menagerie.api.admission import client_of
from menagerie.api.encodings import is_known
from menagerie.api.messages import Answer, Request, respond
from menagerie.cache.single_flight import SingleFlight
from menagerie.errors import HttpError
from menagerie.pets import pictures
from menagerie.pets.models import PictureSize
from menagerie.runtime import Runtime
from menagerie.stores.models import Store

_YEAR_SECONDS = 365 * 24 * 60 * 60
# The bytes behind an id never change.
_CACHE_CONTROL = (b"cache-control", b"private, max-age=%d, immutable" % _YEAR_SECONDS)
_CONTENT_TYPE = (b"content-type", b"image/webp")
_SIZES = {size.value: size for size in PictureSize}

_Key = tuple[UUID, UUID, PictureSize]


class PictureNotFoundError(HttpError):
    """There is no such picture in the store."""

    status = 404
    code = "NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such picture.")


class Pictures:
    """The pictures of all stores."""

    def __init__(self, runtime: Runtime, *, max_bytes: int) -> None:
        self._runtime = runtime
        self._max_picture_bytes = max_bytes // 8
        self._memory: LRUCache[_Key, bytes] = LRUCache(max_bytes, getsizeof=len)
        self._flights: SingleFlight[bytes | None] = SingleFlight()

    @property
    def memory_bytes(self) -> int:
        """The size of the pictures in memory."""
        return int(self._memory.currsize)

    async def answer(self, request: Request, send: Send, slug: str, name: str, file: str) -> None:
        """Answer `/stores/{slug}/pictures/{name}/{file}`."""
        size = _SIZES.get(file.removesuffix(".webp")) if file.endswith(".webp") else None
        try:
            picture_id = UUID(name)
        except ValueError:
            raise PictureNotFoundError from None
        if size is None:
            raise PictureNotFoundError
        store = await self._permitted(request, slug, picture_id, size)
        etag = f'"{picture_id}-{size.value}"'
        headers = (_CACHE_CONTROL, (b"etag", etag.encode()))
        content = await self._content(store, picture_id, size)
        if content is None:
            raise PictureNotFoundError
        if request.has_header(b"if-none-match") and is_known(etag, [request.header(b"if-none-match")]):
            await respond(send, Answer(b"", headers, 304))
            return
        await respond(send, Answer(content, (*headers, _CONTENT_TYPE)))

    async def _content(self, store: Store, picture_id: UUID, size: PictureSize) -> bytes | None:
        key = (store.id, picture_id, size)
        content = self._memory.get(key)
        if content is None:
            content = await self._flights.run(key, lambda: self._load(store, picture_id, size))
            if content is not None and len(content) <= self._max_picture_bytes:
                self._memory[key] = content
        return content

    async def _load(self, store: Store, picture_id: UUID, size: PictureSize) -> bytes | None:
        return await self._runtime.database.read(store, lambda session: pictures.load(session, store, picture_id, size))

    async def _permitted(self, request: Request, slug: str, picture_id: UUID, size: PictureSize) -> Store:
        """Return the store, if the request may see its picture."""
        query = parse_qs(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        signature = query.get("s")
        if signature is not None:
            store = await self._runtime.store_cache.find(slug)
            expiry = query.get("e", [""])[0]
            if store is None or not pictures.signature_holds(store, picture_id, size, expiry, signature[0]):
                raise ForbiddenError("This picture's address has expired or is wrong. Reload the page.")
            if store.suspended:  # if it is only closed to customers, its merchant still sees the pictures
                raise StoreClosedError(store)
            return store
        client = client_of(request, self._runtime.settings.trusted_proxies)
        if client.authorization is None:
            raise UnauthenticatedError(realm_of(slug), "Sign in to see this picture.")
        caller = await self._runtime.authenticator.caller(client)
        if caller.store is None or caller.store.slug != slug:
            raise ForbiddenError("This picture belongs to another store.")
        return caller.store
