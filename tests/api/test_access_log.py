"""One line per request: delayed but complete, formatted like other lines, with what an operator looks for."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager

from api.conftest import owner, user
from menagerie.api.access_log import AccessLog
from menagerie.api.app import Application
from menagerie.settings import Settings
from shop import Shop

Server = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
Standard = pytest.CaptureFixture[str]


@pytest.fixture
def server(settings: Settings) -> Server:
    @asynccontextmanager
    async def opened(**changes: Any) -> AsyncIterator[httpx.AsyncClient]:
        application = Application(settings.model_copy(update=changes))
        async with LifespanManager(application, startup_timeout=30, shutdown_timeout=30):
            transport = httpx.ASGITransport(application, raise_app_exceptions=False, client=("198.51.100.8", 50_000))
            async with httpx.AsyncClient(transport=transport, base_url="https://localhost:8443") as client:
                yield client

    return opened


def lines(text: str) -> list[dict[str, Any]]:
    """The lines about requests."""
    read = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [line for line in read if line["event"] == "request"]


async def test_every_line_shows_who_asked_for_what_and_the_outcome(
    shop: Shop, server: Server, capsys: Standard
) -> None:
    async with server(log_format="json", log_level="INFO") as client:
        capsys.readouterr()
        storefront = {"query": "{ pets { totalCount } }"}
        merchant = {"query": "{ unsoldPets { totalCount } }"}
        first = await client.post("/graphql/storefront", json=storefront, headers=user(shop))
        given = {"X-Request-Id": "from-the-proxy.1"}
        await client.post("/graphql/merchant", json=merchant, headers=owner(shop) | given)
        await client.post("/graphql/storefront", json=storefront)
        await client.get("/nowhere?secret=1")
        assert lines(capsys.readouterr().err) == []  # requests don't wait for the log
    logged = lines(capsys.readouterr().err)
    assert [line["status"] for line in logged] == [200, 200, 401, 404]
    for line in logged:
        assert isinstance(line.pop("ms"), float)
        moment = datetime.fromisoformat(line.pop("timestamp"))
        assert timedelta() <= datetime.now(UTC) - moment < timedelta(minutes=1)
        assert (line.pop("level"), line.pop("event")) == ("info", "request")
    assert [line.pop("request_id") for line in logged[:2]] == [first.headers["x-request-id"], "from-the-proxy.1"]
    assert logged[:2] == [
        {"store": shop.slug, "role": role, "method": "POST", "path": f"/graphql/{endpoint}", "status": 200}
        for role, endpoint in (("customer", "storefront"), ("merchant", "merchant"))
    ]
    for line, (method, path) in zip(logged[2:], (("POST", "/graphql/storefront"), ("GET", "/nowhere")), strict=True):
        assert re.fullmatch(r"[0-9a-f]{16}", line.pop("request_id"))
        line.pop("status")
        assert line == {"method": method, "path": path}


async def test_all_lines_are_written_in_order_at_shutdown(server: Server, capsys: Standard) -> None:
    async with server(log_format="json", log_level="INFO") as client:
        capsys.readouterr()
        ids = [f"number-{number}" for number in range(30)]
        for each in ids:
            await client.get("/health/live", headers={"X-Request-Id": each})
    assert [line["request_id"] for line in lines(capsys.readouterr().err)] == ids


async def test_the_text_format_has_the_same_fields_on_one_line(shop: Shop, server: Server, capsys: Standard) -> None:
    async with server(log_format="text", log_level="INFO") as client:
        capsys.readouterr()
        # Other applications of this process may log requests meanwhile, so this one has its own id.
        named = user(shop) | {"X-Request-Id": "as-text"}
        await client.post("/graphql/storefront", json={"query": "{ pets { totalCount } }"}, headers=named)
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "=as-text " in line]
    pattern = (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \[info     \] request {24}"
        rf"request_id=as-text store={shop.slug} role=customer "
        r"method=POST path=/graphql/storefront status=200 ms=\d+\.\d"
    )
    assert re.fullmatch(pattern, line), line


@pytest.mark.parametrize("form", ["json", "text"])
async def test_no_line_is_written_at_warning_level(server: Server, capsys: Standard, form: str) -> None:
    async with server(log_format=form, log_level="WARNING") as client:
        for path in ("/nowhere", "/stores/nowhere"):
            await client.get(path)
    # Lines of other requests may still come from another application in this process, since they are written late.
    assert "nowhere" not in capsys.readouterr().err


async def test_a_request_refused_before_routing_is_logged_too(server: Server, capsys: Standard) -> None:
    async with server(log_format="json", log_level="DEBUG") as client:
        capsys.readouterr()
        await client.get("/", headers={"Host": "elsewhere.example"})
    assert [line["status"] for line in lines(capsys.readouterr().err)] == [421]


async def test_lines_are_written_together_after_a_delay(capsys: Standard) -> None:
    log = AccessLog("json", "INFO")
    for number in range(3):
        log.write({"event": "request", "number": number})
    assert log._timer is not None
    assert 0 < log._timer.when() - asyncio.get_running_loop().time() <= 0.25
    assert capsys.readouterr().err == ""
    async with asyncio.timeout(10):
        while log._timer is not None:  # noqa: ASYNC110  there is no event for this
            await asyncio.sleep(0.01)
    assert [line["number"] for line in lines(capsys.readouterr().err)] == [0, 1, 2]
    log.flush()
    assert capsys.readouterr().err == ""


async def test_a_thousand_lines_are_written_without_delay(capsys: Standard) -> None:
    log = AccessLog("json", "INFO")
    for number in range(1_500):
        log.write({"event": "request", "number": number})
    assert [line["number"] for line in lines(capsys.readouterr().err)] == list(range(1_000))
    log.flush()
    assert [line["number"] for line in lines(capsys.readouterr().err)] == list(range(1_000, 1_500))


@pytest.mark.parametrize("form", ["json", "text"])
async def test_client_input_cannot_forge_a_line_or_a_field(server: Server, capsys: Standard, form: str) -> None:
    async with server(log_format=form, log_level="INFO") as client:
        capsys.readouterr()
        await client.get("/%0A2026-01-01%20[info]%20request%20path=/forged%0D%1B[31m%E2%80%A8")
        await client.get("/%20status=200")
    written = [line for line in capsys.readouterr().err.splitlines() if "request_id" in line]
    assert len(written) == 2
    assert all(line.isprintable() for line in written)
    if form == "text":
        assert "path='/ status=200' status=404" in written[1]
        assert "path='/\\n2026-01-01 " in written[0]
