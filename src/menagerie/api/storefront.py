"""The storefront's files: one page for every address of a store, and its hashed assets."""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response

from menagerie.settings import Settings

_YEAR_SECONDS = 365 * 24 * 60 * 60
_COMPRESSIBLE = {
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "image/svg+xml",
    "application/json",
}
_NOT_BUILT = (
    b"<!doctype html><title>Menagerie</title><p>The storefront is not built yet. "
    b"Run <code>make web</code>, then start the server again."
)


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str


class Files:
    """The built storefront, held in memory, compressed once."""

    def __init__(self, directory: Path) -> None:
        self._files = {
            path.relative_to(directory).as_posix(): _file(path) for path in directory.rglob("*") if path.is_file()
        }

    def asset(self, name: str, request: Request) -> Response:
        """A file whose name changes with its content."""
        return _response(self._files.get(f"assets/{name}"), request, f"public, max-age={_YEAR_SECONDS}, immutable")

    def page(self, request: Request) -> Response:
        """The page that all addresses of a store begin with."""
        page = self._files.get("index.html")
        if page is None:
            return Response(_NOT_BUILT, 503, media_type="text/html")
        return _response(page, request, "no-cache")


def _file(path: Path) -> _File:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".woff2":
        media_type = "font/woff2"
    compressed = gzip.compress(content, 9) if media_type in _COMPRESSIBLE else None
    return _File(content, compressed, media_type, f'"{sha256(content).hexdigest()[:24]}"')


def _response(file: _File | None, request: Request, caching: str) -> Response:
    if file is None:
        return Response("There is nothing at this address.\n", 404, media_type="text/plain")
    headers = {"Cache-Control": caching, "ETag": file.etag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    if file.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.compressed, headers={**headers, "Content-Encoding": "gzip"}, media_type=file.media_type)
    return Response(file.content, headers=headers, media_type=file.media_type)


def web_directory(settings: Settings) -> Path:
    """Where the built storefront is."""
    return settings.web_directory or Path(__file__).resolve().parents[3] / "web" / "dist"


def router(settings: Settings) -> APIRouter:
    """The addresses of the storefront."""
    files = Files(web_directory(settings))
    routes = APIRouter()

    @routes.get("/")
    async def root() -> Response:
        return Response("Menagerie. A store's page is at /stores/<its name>.\n", media_type="text/plain")

    @routes.get("/assets/{name:path}")
    async def asset(request: Request, name: str) -> Response:
        return files.asset(name, request)

    @routes.get("/stores/{slug}")
    @routes.get("/stores/{slug}/{rest:path}")
    async def page(request: Request) -> Response:
        return files.page(request)

    return routes
