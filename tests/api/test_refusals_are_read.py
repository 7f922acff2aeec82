"""A client whose large body is refused reads why, whichever client it is."""

import asyncio
import http.client
import itertools
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, async_playwright

from api import senders, test_live_shelf
from api.conftest import refusal
from api.senders import Received, Sender, Upload
from browser.conftest import CHROMIUM
from menagerie.api import messages
from menagerie.runtime import Runtime
from menagerie.settings import Settings
from shop import Shop, basic, open_shop

server = test_live_shelf.server

MEGABYTE = 1_000_000
TOO_LARGE = "The request is too large. The limit is 8 MiB for the picture."


@dataclass(frozen=True)
class Case:
    """What is wrong with an upload, and how it is refused."""

    status: int
    sentence: str
    path: str = "/graphql/merchant"
    signed_in: bool = True
    media_type: str | None = None

    def check(self, received: Received) -> None:
        assert received.status == self.status, received
        assert received.sentence == self.sentence


LARGE = Case(413, TOO_LARGE)
REFUSALS = {
    "too large": LARGE,
    "without credentials": Case(401, "Sign in to do this.", signed_in=False),
    "for another role": Case(403, "This address is for customers.", path="/graphql/storefront"),
    "of another media type": Case(
        415,
        "Send the operation as application/json, or as multipart/form-data with a file.",
        media_type="application/octet-stream",
    ),
}
SENT = [
    *(
        pytest.param(refused, megabytes, id=f"{megabytes} MB {name}")
        for (name, refused), megabytes in itertools.product(REFUSALS.items(), (9, 12))
    ),
    pytest.param(LARGE, 30, id="30 MB too large"),
]
SENDERS = [
    senders.curl_1,
    senders.curl_1_that_asks_first,
    senders.curl_2,
    senders.httpx_1,
    senders.httpx_2,
    senders.aiohttp_1,
    senders.requests_1,
    senders.node,
]
SENDERS_WITHOUT_LENGTH = [
    senders.curl_1_without_length,
    senders.curl_1_without_length_that_asks_first,
    senders.curl_2_without_length,
    senders.httpx_1_without_length,
    senders.httpx_2_without_length,
    senders.aiohttp_1_without_length,
]

Prepare = Callable[[Case, int], Upload]


@pytest.fixture(scope="module")
async def store(platform: Runtime, client: httpx.AsyncClient) -> Shop:
    return await open_shop(platform, client, "refusals")


@pytest.fixture(scope="module")
def authority(settings: Settings) -> Path:
    assert settings.tls_certificate
    return settings.tls_certificate.parent / "authority.pem"


@pytest.fixture(scope="module")
def prepare(
    store: Shop, server: httpx.AsyncClient, authority: Path, tmp_path_factory: pytest.TempPathFactory
) -> Prepare:
    directory = tmp_path_factory.mktemp("uploads")

    def prepared(case: Case, megabytes: int) -> Upload:
        picture = directory / f"{megabytes}.jpg"
        if not picture.exists():
            picture.write_bytes(bytes(megabytes * MEGABYTE))
        headers = {"Content-Type": case.media_type} if case.media_type else {}
        if case.signed_in:
            headers["Authorization"] = basic(f"{store.slug}/{store.merchant}")
        return Upload(str(server.base_url).rstrip("/"), case.path, headers, picture, authority)

    return prepared


def _name(value: object) -> str | None:
    return value.__name__ if callable(value) else None


@pytest.mark.parametrize(("case", "megabytes"), SENT)
@pytest.mark.parametrize("send", SENDERS, ids=_name)
async def test_clients_read_why_their_upload_is_refused(
    prepare: Prepare, send: Sender, case: Case, megabytes: int
) -> None:
    case.check(await send(prepare(case, megabytes)))


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in REFUSALS.items()])
@pytest.mark.parametrize("send", SENDERS_WITHOUT_LENGTH, ids=_name)
async def test_clients_that_do_not_send_the_length_read_why_their_upload_is_refused(
    prepare: Prepare, send: Sender, case: Case
) -> None:
    case.check(await send(prepare(case, 12)))


@pytest.fixture(scope="module", params=["HTTP/2", "HTTP/1.1"])
async def page(request: pytest.FixtureRequest, server: httpx.AsyncClient, store: Shop) -> AsyncIterator[Page]:
    """The store's page in a browser that speaks one version of HTTP."""
    arguments = ["--no-sandbox", *(["--disable-http2"] if request.param == "HTTP/1.1" else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        opened = await browser.new_page(ignore_https_errors=True)
        await opened.goto(str(server.base_url.join(f"/stores/{store.slug}")))
        spoken = await opened.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")
        assert spoken == {"HTTP/2": "h2", "HTTP/1.1": "http/1.1"}[request.param]
        yield opened
        await browser.close()


@pytest.mark.browser
@pytest.mark.parametrize(("case", "megabytes"), SENT)
async def test_pages_read_why_their_upload_is_refused(prepare: Prepare, page: Page, case: Case, megabytes: int) -> None:
    case.check(await senders.page_of_chromium(page, prepare(case, megabytes)))


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in REFUSALS.items()])
async def test_the_connection_stays_usable_after_a_refusal(prepare: Prepare, case: Case) -> None:
    upload = prepare(case, 9)

    def send() -> list[tuple[int, bytes]]:
        connection = http.client.HTTPSConnection(upload.url.split("/")[2], context=upload.trusted, timeout=15)
        connection.connect()
        first = connection.sock
        received = []
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        for method, path, body, headers in (
            ("POST", upload.path, upload.picture.read_bytes(), kind | upload.headers),
            ("GET", "/health/live", None, {}),
            ("POST", upload.path, upload.picture.read_bytes(), kind | upload.headers),
        ):
            connection.request(method, path, body, headers)
            assert connection.sock is first
            answer = connection.getresponse()
            received.append((answer.status, answer.read()))
        connection.close()
        return received

    first, between, last = await asyncio.to_thread(send)
    case.check(Received(first[0], first[1].decode()))
    assert between[0] == 200
    case.check(Received(last[0], last[1].decode()))


@asynccontextmanager
async def _connected(upload: Upload) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    context = ssl.create_default_context(cafile=str(upload.authority))
    url = httpx.URL(upload.url)
    reader, writer = await asyncio.open_connection("127.0.0.1", url.port, ssl=context, server_hostname="localhost")
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def _head(upload: Upload, **more: str) -> bytes:
    headers = {"Host": "localhost", "Content-Type": "multipart/form-data; boundary=x", **more, **upload.headers}
    if "Transfer-Encoding" not in headers:
        headers["Content-Length"] = str(upload.picture.stat().st_size)
    lines = [f"POST {upload.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def _answer(reader: asyncio.StreamReader) -> Received:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().splitlines()
    headers = dict(line.split(": ", 1) for line in lines if line)
    text = await reader.readexactly(int(headers["content-length"]))
    return Received(int(first.split()[1]), text.decode())


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in REFUSALS.items()])
async def test_a_client_that_asks_before_sending_is_refused_without_sending(prepare: Prepare, case: Case) -> None:
    upload = prepare(case, 9)
    async with _connected(upload) as (reader, writer), asyncio.timeout(5):
        writer.write(_head(upload, Expect="100-continue"))
        case.check(await _answer(reader))


async def test_a_client_told_to_continue_reads_why_its_upload_is_refused(prepare: Prepare) -> None:
    upload = prepare(LARGE, 30)
    async with _connected(upload) as (reader, writer), asyncio.timeout(10):
        writer.write(_head(upload, **{"Expect": "100-continue", "Transfer-Encoding": "chunked"}))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        async for chunk in upload.chunks():
            writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        LARGE.check(await _answer(reader))


@pytest.mark.xfail(
    strict=False,
    reason="Only reading shows whether a client waits for 100 Continue, and reading sends it to one that does.",
)
@pytest.mark.parametrize("send", [senders.httpx_1, senders.requests_1], ids=_name)
async def test_clients_that_ask_but_do_not_wait_read_why_their_upload_is_refused(
    prepare: Prepare, send: Sender
) -> None:
    upload = prepare(LARGE, 12)
    LARGE.check(await send(replace(upload, headers={**upload.headers, "Expect": "100-continue"})))


async def test_slow_senders_do_not_delay_others(prepare: Prepare, server: httpx.AsyncClient, store: Shop) -> None:
    slow = prepare(REFUSALS["without credentials"], 9)
    senders_at_once = 20
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(_connected(slow)) for _ in range(senders_at_once)]
        for _, writer in connections:
            writer.write(_head(slow))
        for _ in range(10):
            for _, writer in connections:
                writer.write(b"-")
            started = time.monotonic()
            answer = await server.post(
                "/graphql/storefront",
                json={"query": "{ store { slug } }"},
                headers={"Authorization": basic(f"{store.slug}/ada@example.com")},
            )
            assert answer.json() == {"data": {"store": {"slug": store.slug}}}
            assert time.monotonic() - started < 1
            await asyncio.sleep(0.02)
        assert not any(reader.at_eof() for reader, _ in connections)


async def test_a_slow_sender_is_answered_at_the_time_limit(here: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "_DISCARD_SECONDS", 0.3)

    async def slowly() -> AsyncIterator[bytes]:
        while True:
            yield b"-"
            await asyncio.sleep(0.02)

    started = time.monotonic()
    response = await here.client.post(
        "/graphql/merchant", content=slowly(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    refusal(response, 401)
    assert 0.3 <= time.monotonic() - started < 2
