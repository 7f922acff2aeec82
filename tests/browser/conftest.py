"""One real server with TLS and two workers, one Chromium, and visitors."""

import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from account_factories import add_customer, add_merchant
from browser.visitor import GRACE, Visit, visiting
from menagerie.database.session import WriteSession
from menagerie.demo.stores import DEMO_PASSWORD, DEMO_STORES, DemoPet
from menagerie.local.installation import Installation
from menagerie.pets import service
from menagerie.pets.decoder_processes import render
from menagerie.pets.models import NewPet, Species
from menagerie.runtime import Runtime
from menagerie.settings import Settings, environment
from menagerie.stores.models import Actor, NewStore
from menagerie.stores.provision import create_store, delete_store
from shop import PASSWORD, Shop

# Without the window around a page, Chromium takes a third less time. None means Playwright's own.
_INSTALLED = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
CHROMIUM = next((path for path in _INSTALLED if path.exists()), None)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Server:
    address: str
    log: Path


@pytest.fixture(scope="session")
def server(
    settings: Settings, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = settings.model_copy(
        update={
            "port": port,
            "public_url": f"https://localhost:{port}",
            "metrics_port": 0,
            "workers": 2,
            "demo": True,
            "log_format": "json",
        }
    )
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as lines:
        command = [sys.executable, "-m", "menagerie.cli.main", "serve"]
        process = subprocess.Popen(command, env=environment(served), stdout=lines, stderr=lines)
    trusted = ssl.create_default_context(cafile=str(installation.certificates().authority))
    try:
        _wait_until(lambda: _is_ready(f"https://localhost:{port}", trusted), process)
        yield Server(f"https://localhost:{port}", log)
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(address: str, trusted: ssl.SSLContext) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/ready", context=trusted, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def _wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert process.poll() is None, "the server has stopped"
        assert time.monotonic() < deadline, "the server did not become ready"
        time.sleep(0.1)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Letters as wide as the typeface defines them, as on most people's screens.
        arguments = ["--no-sandbox", "--font-render-hinting=none"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
async def visit(chromium: Browser, server: Server) -> AsyncIterator[Visit]:
    """`await visit(shop)` opens a page in a new browser context; `await visit(shop, "ada@example.com")` signs in too.

    Any message on the console and any request to another host fails the test.
    """
    async with AsyncExitStack() as stack:
        yield visiting(chromium, server.address, stack)


@pytest.fixture(scope="session")
async def pawsome(platform: Runtime, client: httpx.AsyncClient) -> AsyncIterator[Shop]:
    """The demo's first store, with its customer and its first pets. Read-only: nobody buys here."""
    (demo, *_) = DEMO_STORES
    merchant = await add_merchant(platform.database, f"m-{demo.slug}", PASSWORD)
    wanted = NewStore(demo.slug, demo.name, demo.description, demo.time_zone, demo.welcome)
    store = await create_store(platform.stores, wanted, merchant_id=merchant.id)
    shop = Shop(platform, client, store, merchant.login)
    await add_customer(
        platform.database,
        store,
        email=demo.customers[0].email,
        name=demo.customers[0].name,
        password=DEMO_PASSWORD,
    )
    await shop.add_customer(GRACE, "Grace Hopper")
    await stock_demo(shop, demo.pets[:30])
    yield shop
    await delete_store(platform.stores, store)


async def stock_demo(shop: Shop, shown: Sequence[DemoPet]) -> list[str]:
    """List pets of the demo with their own pictures. Returns their ids."""
    rendered = {pet.picture: await render(pet.picture.read_bytes(), pet.picture.name) for pet in shown}
    actor = Actor(shop.store.id, "test")

    async def work(session: WriteSession) -> list[str]:
        listed = []
        for pet in shown:
            species = Species(pet.species)
            new = NewPet(pet.name, species, pet.age_years, pet.description, pet.breeder_name, pet.breeder_email)
            intent = service.listing_intent(None, new, pet.picture.read_bytes())
            listed.append(
                str((await service.list_once(session, shop.store, actor, new, rendered[pet.picture], intent)).id)
            )
        return listed

    return await shop.runtime.database.write(shop.store, work)
