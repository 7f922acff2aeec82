"""The storefront's files: one page for every address of a store, and its hashed assets."""

import gzip
import mimetypes
from collections.abc import Container, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psycopg
import structlog
from fastapi import APIRouter, Request, Response

from menagerie.api.encodings import chosen_encoding, is_known
from menagerie.api.store_page import StorePage
from menagerie.local.demo import demo_login
from menagerie.runtime import Runtime
from menagerie.settings import Settings
from menagerie.stores.graphql import storefront_of

logger = structlog.get_logger(__name__)

_YEAR_SECONDS = 365 * 24 * 60 * 60
_SUFFIXES = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
# What a system's own table may lack or name differently.
_MEDIA_TYPES = {".js": "text/javascript", ".woff2": "font/woff2"}
_NOT_BUILT = (
    b"<!doctype html><title>Menagerie</title><p>The storefront is not built yet. "
    b"Run <code>make web</code>, then start the server again."
)


@dataclass(frozen=True, slots=True)
class _Variant:
    """A file's content in one encoding; the tag is its own, because to a cache it is another answer."""

    content: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class _File:
    plain: _Variant
    encoded: Mapping[str, _Variant]
    media_type: str


class Files:
    """The built storefront, held in memory with the variants that the build put beside its files."""

    def __init__(self, directory: Path) -> None:
        paths = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}
        self._files = {name: _file(path) for name, path in paths.items() if not _is_variant(name, paths)}

    def asset(self, name: str, request: Request) -> Response:
        """A file whose name changes with its content."""
        return _response(self._files.get(f"assets/{name}"), request, f"public, max-age={_YEAR_SECONDS}, immutable")

    def template(self) -> str | None:
        """The page that all addresses of a store begin with; None while it is not built."""
        page = self._files.get("index.html")
        return page.plain.content.decode() if page is not None else None


def _is_variant(name: str, names: Container[str]) -> bool:
    stem, _, suffix = name.rpartition(".")
    return f".{suffix}" in _SUFFIXES.values() and stem in names


def _file(path: Path) -> _File:
    beside = {coding: path.with_name(path.name + suffix) for coding, suffix in _SUFFIXES.items()}
    return _File(
        _variant(path),
        {coding: _variant(variant) for coding, variant in beside.items() if variant.is_file()},
        _MEDIA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream",
    )


def _made(page: bytes) -> _File:
    """A page that was just made; the quickest way to make it small has to do."""
    return _File(_tagged(page), {"gzip": _tagged(gzip.compress(page, mtime=0))}, "text/html")


def _variant(path: Path) -> _Variant:
    return _tagged(path.read_bytes())


def _tagged(content: bytes) -> _Variant:
    return _Variant(content, f'"{sha256(content).hexdigest()[:24]}"')


def _response(file: _File | None, request: Request, caching: str) -> Response:
    if file is None:
        return Response("There is nothing at this address.\n", 404, media_type="text/plain")
    coding = chosen_encoding(request.headers.getlist("accept-encoding"), file.encoded)
    variant = file.encoded[coding] if coding else file.plain
    headers = {"Cache-Control": caching, "ETag": variant.etag}
    if file.encoded:
        headers["Vary"] = "Accept-Encoding"
    if is_known(variant.etag, request.headers.getlist("if-none-match")):
        return Response(status_code=304, headers=headers)
    if coding:
        headers["Content-Encoding"] = coding
    return Response(variant.content, headers=headers, media_type=file.media_type)


def web_directory(settings: Settings) -> Path:
    """Where the built storefront is."""
    return settings.web_directory or Path(__file__).resolve().parents[3] / "web" / "dist"


async def _page_of(page: StorePage, runtime: Runtime, slug: str) -> bytes:
    try:
        store = await runtime.stores.find(slug)
    except psycopg.Error:
        # The page has words for this, and a way out.
        logger.warning("a store's page was handed out without the store", exc_info=True)
        return page.plain()
    return page.of(storefront_of(store, demo_login(runtime.settings, slug)) if store else None)


def router(runtime: Runtime) -> APIRouter:
    """The addresses of the storefront."""
    files = Files(web_directory(runtime.settings))
    template = files.template()
    store_page = StorePage(template) if template is not None else None
    routes = APIRouter()

    @routes.get("/")
    async def root() -> Response:
        return Response("Menagerie. A store's page is at /stores/<its name>.\n", media_type="text/plain")

    @routes.get("/assets/{name:path}")
    async def asset(request: Request, name: str) -> Response:
        return files.asset(name, request)

    @routes.get("/stores/{slug}")
    @routes.get("/stores/{slug}/{rest:path}")
    async def page(request: Request, slug: str) -> Response:
        if store_page is None:
            return Response(_NOT_BUILT, 503, media_type="text/html")
        return _response(_made(await _page_of(store_page, runtime, slug)), request, "no-cache")

    return routes
