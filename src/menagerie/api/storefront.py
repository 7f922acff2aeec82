"""The storefront's files: one page for every address of a store, and its hashed assets."""

import gzip
import mimetypes
from collections.abc import Container, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psycopg
import structlog
from cachetools import LRUCache
from starlette.types import Send

from menagerie.api.encodings import chosen_encoding, is_known
from menagerie.api.messages import Answer, Request, respond
from menagerie.api.store_page import StorePage
from menagerie.errors import HttpError
from menagerie.runtime import Runtime
from menagerie.settings import Settings
from menagerie.stores.graphql import Demo, storefront_of
from menagerie.stores.models import Store

logger = structlog.get_logger(__name__)

_YEAR_SECONDS = 365 * 24 * 60 * 60
_SUFFIXES = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
# Types that the system's own table may lack or name differently.
_MEDIA_TYPES = {".js": "text/javascript", ".woff2": "font/woff2"}
_NOT_BUILT = (
    b"<!doctype html><title>Menagerie</title><p>The storefront is not built yet. "
    b"Run <code>make web</code>, then restart the server."
)


class NotFoundError(HttpError):
    """There is nothing at this address."""

    status = 404
    code = "NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is nothing at this address.")


@dataclass(frozen=True, slots=True)
class _Variant:
    """A file's content in one encoding, with an entity tag of its own, because to a cache it is a different answer."""

    content: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class File:
    """A file in all its available encodings."""

    plain: _Variant
    encoded: Mapping[str, _Variant]
    media_type: str

    @property
    def size(self) -> int:
        """Bytes of all its encodings."""
        return len(self.plain.content) + sum(len(variant.content) for variant in self.encoded.values())


class Files:
    """The built storefront, held in memory with the compressed variants that the build put next to its files."""

    def __init__(self, directory: Path) -> None:
        paths = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}
        self._files = {name: _file(path) for name, path in paths.items() if not _is_variant(name, paths)}

    def asset(self, name: str) -> "File | None":
        """A file whose name changes with its content."""
        return self._files.get(f"assets/{name}")

    def template(self) -> str | None:
        """The page behind all addresses of a store; None if it is not built."""
        page = self._files.get("index.html")
        return page.plain.content.decode() if page is not None else None


def _is_variant(name: str, names: Container[str]) -> bool:
    stem, _, suffix = name.rpartition(".")
    return f".{suffix}" in _SUFFIXES.values() and stem in names


def _file(path: Path) -> File:
    beside = {coding: path.with_name(path.name + suffix) for coding, suffix in _SUFFIXES.items()}
    return File(
        _variant(path),
        {coding: _variant(variant) for coding, variant in beside.items() if variant.is_file()},
        _media_type(path),
    )


def _media_type(path: Path) -> str:
    media_type = _MEDIA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _made(page: bytes) -> File:
    """A page generated on the fly; only the quickest compression is affordable."""
    return File(_tagged(page), {"gzip": _tagged(gzip.compress(page, mtime=0))}, "text/html; charset=utf-8")


def _variant(path: Path) -> _Variant:
    return _tagged(path.read_bytes())


def _tagged(content: bytes) -> _Variant:
    return _Variant(content, f'"{sha256(content).hexdigest()[:24]}"')


def _answer(file: File, request: Request, caching: bytes) -> Answer:
    coding = chosen_encoding([request.header(b"accept-encoding")], file.encoded)
    variant = file.encoded[coding] if coding else file.plain
    headers = [(b"cache-control", caching), (b"etag", variant.etag.encode())]
    if file.encoded:
        headers.append((b"vary", b"Accept-Encoding"))
    if request.has_header(b"if-none-match") and is_known(variant.etag, [request.header(b"if-none-match")]):
        return Answer(b"", headers, 304)
    if coding:
        headers.append((b"content-encoding", coding.encode()))
    headers.append((b"content-type", file.media_type.encode()))
    return Answer(variant.content, headers)


def web_directory(settings: Settings) -> Path:
    """The directory of the built storefront."""
    return settings.web_directory or Path(__file__).resolve().parents[3] / "web" / "dist"


class Storefront:
    """The page and its assets."""

    def __init__(self, runtime: Runtime, demo: Demo, *, max_bytes: int) -> None:
        self._runtime, self._demo = runtime, demo
        self._files = Files(web_directory(runtime.settings))
        template = self._files.template()
        self._page = StorePage(template) if template is not None else None
        self._pages: LRUCache[str, tuple[Store, File]] = LRUCache(max_bytes, getsizeof=lambda made: made[1].size)

    @property
    def memory_bytes(self) -> int:
        """The size of the stores' pages in memory."""
        return int(self._pages.currsize)

    async def asset(self, request: Request, send: Send, name: str) -> None:
        """Answer `/assets/{name}`."""
        file = self._files.asset(name)
        if file is None:
            raise NotFoundError
        await respond(send, _answer(file, request, b"public, max-age=%d, immutable" % _YEAR_SECONDS))

    async def page(self, request: Request, send: Send, slug: str) -> None:
        """Answer `/stores/{slug}` and everything below it."""
        if self._page is None:
            await respond(send, Answer(_NOT_BUILT, ((b"content-type", b"text/html; charset=utf-8"),), 503))
            return
        await respond(send, _answer(await self._page_of(self._page, slug), request, b"no-cache"))

    async def _page_of(self, page: StorePage, slug: str) -> File:
        try:
            store = await self._runtime.store_cache.find(slug)
        except psycopg.Error:
            # The page explains this itself and offers a way out.
            logger.warning("page served without its store", exc_info=True)
            return _made(page.plain())
        if store is None:
            return _made(page.of(None))
        made = self._pages.get(slug)
        if made is not None and made[0] is store:
            return made[1]
        file = _made(page.of(storefront_of(store, self._demo.login(slug))))
        if file.size <= self._pages.maxsize:
            self._pages[slug] = (store, file)
        return file
