"""The storefront's files: in the best encoding a browser accepts, and cacheable for as long as possible."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import brotli
import httpx
import pytest
import zstandard

from menagerie.api import store_page
from menagerie.api.access_log import AccessLog
from menagerie.api.app import operation_turns
from menagerie.api.edge import Edge
from menagerie.api.entrance import Entrance
from menagerie.api.routes import Routes
from menagerie.runtime import Runtime
from shop import Shop

SCRIPT = b"console.log('Every pet finds a home.');" * 20
ENCODED = {
    "br": (".br", brotli.compress(SCRIPT)),
    "zstd": (".zst", zstandard.compress(SCRIPT)),
    "gzip": (".gz", gzip.compress(SCRIPT)),
}


async def serving(directory: Path, platform: Runtime) -> httpx.AsyncClient:
    settings = platform.settings.model_copy(update={"web_directory": directory})
    turns = operation_turns(settings.concurrent_operations)
    app = Edge(
        Routes(replace(platform, settings=settings), turns),
        settings,
        AccessLog("json", "WARNING"),
        Entrance(platform.store_cache.knows, turns),
    )
    # The client's default headers would interfere with those of the tests.
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://localhost", headers={"Accept-Encoding": ""}
    )


@pytest.fixture
async def built(tmp_path: Path, platform: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A build with a script in all encodings, and a font in none."""
    assets = tmp_path / "assets"
    assets.mkdir()
    template = "<!doctype html>" + "".join(store_page.MARKS)
    (tmp_path / "index.html").write_text(template)
    (assets / "index-1.js").write_bytes(SCRIPT)
    for suffix, content in ENCODED.values():
        (assets / f"index-1.js{suffix}").write_bytes(content)
    (assets / "figtree-1.woff2").write_bytes(b"font")
    async with await serving(tmp_path, platform) as client:
        yield client


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate, br", "br"),
        ("zstd, gzip", "zstd"),
        ("GZIP", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "zstd"),
        ("gzip;q=0.4, *;q=0.2", "gzip"),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("identity;q=0, gzip;q=0.001", "gzip"),
        ("gzip;q=0", None),
        ("*;q=0", None),
        ("identity;q=0, deflate", None),
        ("deflate, compress", None),
        ("gzip;q=2, br;level=3", None),
        (", ,;q=1, br ; q=0.9", "br"),
        ("", None),
    ],
)
async def test_the_best_accepted_encoding_is_sent(
    built: httpx.AsyncClient, accepted: str, expected: str | None
) -> None:
    response = await built.get("/assets/index-1.js", headers={"Accept-Encoding": accepted})
    assert response.headers.get("content-encoding") == expected
    assert response.content == SCRIPT
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    sent = SCRIPT if expected is None else ENCODED[expected][1]
    assert response.headers["content-length"] == str(len(sent))


async def test_accepted_encodings_may_come_in_several_headers(built: httpx.AsyncClient) -> None:
    response = await built.get("/assets/index-1.js", headers=[("Accept-Encoding", "gzip"), ("Accept-Encoding", "br")])
    assert response.headers["content-encoding"] == "br"


async def test_each_variant_has_its_own_tag(built: httpx.AsyncClient) -> None:
    tags = {}
    for accepted in ("br", "zstd", "gzip", "identity"):
        response = await built.get("/assets/index-1.js", headers={"Accept-Encoding": accepted})
        tags[accepted] = response.headers["etag"]
    assert len(set(tags.values())) == 4
    for accepted, tag in tags.items():
        for given, status in (
            (tag, 304),
            (f"W/{tag}", 304),
            (f'"other, with a comma", {tag}', 304),
            ("*", 304),
            ('"other"', 200),
            (tag.strip('"'), 200),
            (tags["br" if accepted == "gzip" else "gzip"], 200),
        ):
            headers = {"Accept-Encoding": accepted, "If-None-Match": given}
            response = await built.get("/assets/index-1.js", headers=headers)
            assert response.status_code == status, (accepted, given)
            assert response.headers["etag"] == tag
            assert response.headers["vary"] == "Accept-Encoding"
            assert "immutable" in response.headers["cache-control"]
            assert (response.content == b"") is (status == 304)


async def test_a_file_without_variants_is_sent_unchanged(built: httpx.AsyncClient) -> None:
    response = await built.get("/assets/figtree-1.woff2", headers={"Accept-Encoding": "gzip, br, zstd"})
    assert (response.content, response.headers["content-type"]) == (b"font", "font/woff2")
    assert "content-encoding" not in response.headers
    assert "vary" not in response.headers


async def test_a_stores_page_is_compressed_too(built: httpx.AsyncClient) -> None:
    small = await built.get("/stores/alpha", headers={"Accept-Encoding": "gzip, br, zstd"})
    plain = await built.get("/stores/alpha")
    assert small.headers["content-encoding"] == "gzip"
    assert small.content == plain.content
    assert small.headers["vary"] == "Accept-Encoding"
    assert small.headers["etag"] != plain.headers["etag"]


async def test_encoded_variants_are_not_served_under_their_own_names(built: httpx.AsyncClient) -> None:
    for name in ("index-1.js.br", "index-1.js.zst", "index-1.js.gz", "index-1.js.map", "../index.html"):
        assert (await built.get(f"/assets/{name}")).status_code == 404, name


async def test_the_page_is_revalidated_each_time_and_the_assets_never(built: httpx.AsyncClient) -> None:
    page = await built.get("/stores/alpha/pets/1")
    assert page.headers["cache-control"] == "no-cache"
    asset = await built.get("/assets/figtree-1.woff2")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_without_a_build_the_page_says_what_to_do(tmp_path: Path, platform: Runtime) -> None:
    async with await serving(tmp_path, platform) as client:
        response = await client.get("/stores/alpha")
        assert response.status_code == 503
        assert "make web" in response.text
        assert (await client.get("/assets/index-1.js")).status_code == 404


async def test_the_real_build_has_every_variant_with_the_same_content(shop: Shop) -> None:
    async def get(path: str, accepted: str) -> httpx.Response:
        response = await shop.client.get(path, headers={"Accept-Encoding": accepted})
        assert response.status_code == 200, path
        return response

    plain = await get(f"/stores/{shop.slug}", "identity")
    names = [part.partition('"')[0] for part in plain.text.split('"/assets/')[1:]]
    sizes = {}
    for path in (f"/assets/{name}" for name in names if not name.endswith(".woff2")):
        content = (await get(path, "identity")).content
        for coding in ENCODED:
            response = await get(path, coding)
            assert response.headers["content-encoding"] == coding, path
            assert response.content == content
            sizes[coding] = sizes.get(coding, 0) + int(response.headers["content-length"])
    assert sizes["br"] < sizes["zstd"] < sizes["gzip"]
