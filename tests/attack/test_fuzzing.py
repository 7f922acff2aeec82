"""Operations that schemathesis makes from the schemas find no fault, at any endpoint, and do nothing elsewhere."""

import asyncio
import os
import re
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

import httpx
import pytest

from api.test_live_shelf import serving
from menagerie.settings import Settings
from shop import PASSWORD, Shop
from workers import totals

HERE = Path(__file__).parent
SCHEMAS = HERE.parents[1] / "web" / "schema"
OPERATIONS_EACH = 25


@pytest.fixture(scope="module")
async def server(settings: Settings, tmp_path_factory: pytest.TempPathFactory):
    log = tmp_path_factory.mktemp("fuzzed") / "log"
    async with serving(settings, log) as client:
        yield client, log


@pytest.mark.parametrize("endpoint", ["storefront", "merchant", "platform", "signup"])
async def test_generated_operations_find_no_fault(
    endpoint: str, server: tuple[httpx.AsyncClient, Path], settings: Settings, shop: Shop, other: Shop
) -> None:
    client, log = server
    await shop.list_pets(3)
    await other.list_pet("Neighbour")
    neighbours = await totals(other)
    user = {
        "storefront": f"{shop.slug}/ada@example.com",
        "merchant": f"{shop.slug}/{shop.merchant}",
        "platform": shop.merchant,
        "signup": "",
    }[endpoint]
    assert settings.tls_certificate is not None
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("st")),
        "run",
        str(SCHEMAS / f"{endpoint}.graphql"),
        f"--url={client.base_url}/graphql/{endpoint}",
        f"--tls-verify={settings.tls_certificate.parent / 'authority.pem'}",
        *((f"--auth={user}:{PASSWORD}",) if user else ()),
        "--phases=fuzzing",
        "--checks=no_fault",
        f"--max-examples={OPERATIONS_EACH}",
        "--generation-database=none",
        "--continue-on-failure",
        "--no-color",
        cwd=log.parent,
        env=os.environ | {"PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "fuzzing_checks"},
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await process.communicate()
    report = output.decode()
    assert process.returncode == 0, report
    generated = re.search(r"(\d+) generated", report)
    assert generated is not None, report
    assert int(generated[1]) >= OPERATIONS_EACH, report
    assert await totals(other) == neighbours
    entries = [line for line in log.read_text().splitlines() if f"path=/graphql/{endpoint}" in line]
    assert len(entries) >= OPERATIONS_EACH
    assert [line for line in log.read_text().splitlines() if "[error" in line or "[critical" in line] == []
