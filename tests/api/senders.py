"""Real clients, each sending one large upload: curl, httpx, aiohttp, requests, Node, and pages in Chromium."""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from subprocess import PIPE
from typing import NamedTuple

import aiohttp
import httpx
import pytest
import requests
from playwright.async_api import Page

OPERATIONS = json.dumps({"query": "mutation { __typename }", "variables": {"picture": None}})
MAP = json.dumps({"0": ["variables.picture"]})
FORM = {"operations": OPERATIONS, "map": MAP}
SECONDS = 15

_NODE = """
import { openAsBlob } from "node:fs";
const [url, headers, form, file] = process.argv.slice(1);
const body = new FormData();
for (const [name, value] of Object.entries(JSON.parse(form))) body.append(name, value);
body.append("0", await openAsBlob(file), "pet.jpg");
const answer = await fetch(url, { method: "POST", headers: JSON.parse(headers), body });
console.log(JSON.stringify([answer.status, await answer.text()]));
"""
_PAGE = """
async ([path, headers, form, size]) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(form)) body.append(name, value);
    body.append("0", new File([new Uint8Array(size)], "pet.jpg", { type: "image/jpeg" }));
    const answer = await fetch(path, { method: "POST", headers, body, credentials: "omit" });
    return [answer.status, await answer.text()];
}
"""


@dataclass(frozen=True)
class Upload:
    """A picture to send to an address as a form."""

    server: str
    path: str
    headers: dict[str, str]
    picture: Path
    authority: Path

    @property
    def url(self) -> str:
        return self.server + self.path

    @cached_property
    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    async def chunks(self) -> AsyncIterator[bytes]:
        """The form in chunks, without its length in advance."""
        for name, value in FORM.items():
            yield f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        yield b'--x\r\nContent-Disposition: form-data; name="0"; filename="pet.jpg"\r\n\r\n'
        content = self.picture.read_bytes()
        for start in range(0, len(content), 65_536):
            yield content[start : start + 65_536]
        yield b"\r\n--x--\r\n"

    @property
    def chunked_headers(self) -> dict[str, str]:
        return {"Content-Type": "multipart/form-data; boundary=x"} | self.headers


class Received(NamedTuple):
    """What a client read."""

    status: int
    text: str

    @property
    def sentence(self) -> str:
        (error,) = json.loads(self.text)["errors"]
        return error["message"]


Sender = Callable[[Upload], Awaitable[Received]]


async def _run(*command: str, environment: dict[str, str] | None = None, content: bytes | None = None) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={**os.environ, **(environment or {})}
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(content), SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, (process.returncode, errors.decode(), output.decode())
    return output.decode()


async def _curl(upload: Upload, version: str, *arguments: str, content: bytes | None = None) -> Received:
    if version == "2" and "HTTP2" not in await _run("curl", "--version"):
        pytest.skip("The curl on this machine does not speak HTTP/2, so what it reads over HTTP/2 is NOT tested.")
    output = await _run(
        "curl",
        *("--silent", "--show-error", "--cacert", str(upload.authority)),
        *("--http2" if version == "2" else "--http1.1", "--write-out", "\n%{http_version} %{http_code}"),
        *arguments,
        upload.url,
        content=content,
    )
    text, _, end = output.rpartition("\n")
    spoken, status = end.split()
    assert spoken == version
    return Received(int(status), text)


def _curl_headers(headers: dict[str, str]) -> list[str]:
    return [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]


async def _curl_form(upload: Upload, version: str, *arguments: str) -> Received:
    form = [part for name, value in FORM.items() for part in ("--form-string", f"{name}={value}")]
    return await _curl(
        upload, version, *arguments, *_curl_headers(upload.headers), *form, "--form", f"0=@{upload.picture}"
    )


async def curl_1(upload: Upload) -> Received:
    return await _curl_form(upload, "1.1", "--header", "Expect:")


async def curl_1_that_asks_first(upload: Upload) -> Received:
    return await _curl_form(upload, "1.1")


async def curl_2(upload: Upload) -> Received:
    return await _curl_form(upload, "2")


async def _curl_chunked(upload: Upload, version: str, *arguments: str) -> Received:
    content = b"".join([chunk async for chunk in upload.chunks()])
    arguments = (*arguments, *_curl_headers(upload.chunked_headers), "--request", "POST", "--upload-file", "-")
    return await _curl(upload, version, *arguments, content=content)


async def curl_1_without_length(upload: Upload) -> Received:
    return await _curl_chunked(upload, "1.1", "--header", "Expect:")


async def curl_1_without_length_that_asks_first(upload: Upload) -> Received:
    return await _curl_chunked(upload, "1.1", "--header", "Expect: 100-continue")


async def curl_2_without_length(upload: Upload) -> Received:
    return await _curl_chunked(upload, "2")


async def _httpx(upload: Upload, version: str, **body: object) -> Received:
    async with httpx.AsyncClient(
        verify=upload.trusted, http1=version == "1.1", http2=version == "2", timeout=SECONDS
    ) as client:
        response = await client.post(upload.url, **{"headers": upload.headers, **body})
    assert response.http_version == f"HTTP/{version}"
    return Received(response.status_code, response.text)


def _httpx_form(upload: Upload) -> dict[str, object]:
    return {"data": FORM, "files": {"0": ("pet.jpg", upload.picture.read_bytes(), "image/jpeg")}}


async def httpx_1(upload: Upload) -> Received:
    return await _httpx(upload, "1.1", **_httpx_form(upload))


async def httpx_2(upload: Upload) -> Received:
    return await _httpx(upload, "2", **_httpx_form(upload))


async def httpx_1_without_length(upload: Upload) -> Received:
    return await _httpx(upload, "1.1", content=upload.chunks(), headers=upload.chunked_headers)


async def httpx_2_without_length(upload: Upload) -> Received:
    return await _httpx(upload, "2", content=upload.chunks(), headers=upload.chunked_headers)


async def _aiohttp(upload: Upload, body: object, headers: dict[str, str]) -> Received:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SECONDS)) as session,
        session.post(upload.url, data=body, headers=headers, ssl=upload.trusted) as response,
    ):
        return Received(response.status, await response.text())


async def aiohttp_1(upload: Upload) -> Received:
    form = aiohttp.FormData(FORM)
    form.add_field("0", upload.picture.read_bytes(), filename="pet.jpg", content_type="image/jpeg")
    return await _aiohttp(upload, form, upload.headers)


async def aiohttp_1_without_length(upload: Upload) -> Received:
    return await _aiohttp(upload, upload.chunks(), upload.chunked_headers)


async def requests_1(upload: Upload) -> Received:
    files = {"0": ("pet.jpg", upload.picture.read_bytes(), "image/jpeg")}
    response = await asyncio.to_thread(
        requests.post,
        upload.url,
        data=FORM,
        files=files,
        headers=upload.headers,
        verify=str(upload.authority),
        timeout=SECONDS,
    )
    return Received(response.status_code, response.text)


async def node(upload: Upload) -> Received:
    command = ("node", "--input-type=module", "--eval", _NODE)
    arguments = (upload.url, json.dumps(upload.headers), json.dumps(FORM), str(upload.picture))
    output = await _run(*command, *arguments, environment={"NODE_EXTRA_CA_CERTS": str(upload.authority)})
    return Received(*json.loads(output.splitlines()[-1]))


async def page_of_chromium(page: Page, upload: Upload) -> Received:
    """What a page from the store's own origin reads."""
    size = upload.picture.stat().st_size
    received = await asyncio.wait_for(page.evaluate(_PAGE, [upload.path, upload.headers, FORM, size]), SECONDS)
    return Received(*received)
