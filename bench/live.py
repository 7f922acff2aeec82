"""What 1,000 open pages cost: memory and connections with their live streams, compared to the server without them."""

import asyncio
import json
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from menagerie.pets import queries, service
from menagerie.runtime import runtime
from menagerie.secrets.passwords import hash_password
from population import PASSWORD, connected, enter, insert_customers, insert_tokens
from request import basic
from workbench import Workbench, find_store

_PAGES = 1_000
_PAGES_PER_CUSTOMER = 10
_AT_ONCE = 50
_BODY = json.dumps({"query": "subscription { shelf { kind pet { id } } }"}).encode()
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Cost:
    """What the open pages cost the server, and how soon they all heard of a removed pet."""

    pages: int
    before_mib: float
    more_mib: float
    more_connections: int
    p50_ms: float
    slowest_ms: float


async def measure(bench: Workbench) -> Cost:
    """Open the pages, measure the server's memory before and with them, and remove a pet."""
    before, connections = _memory(bench), _connections(bench)
    gate = asyncio.Semaphore(_AT_ONCE)
    customers = await _customers(bench, _PAGES // _PAGES_PER_CUSTOMER) * _PAGES_PER_CUSTOMER
    pages = await asyncio.gather(*(_opened(bench, each, gate) for each in customers))
    try:
        await asyncio.sleep(2)  # until both workers listen to the cache, which nothing reports
        cost = Cost(_PAGES, before, _memory(bench) - before, _connections(bench) - connections, 0, 0)
        heard = [asyncio.create_task(_heard(reader)) for reader, _ in pages]
        started = await _remove_a_pet(bench)
        delays = sorted((moment - started) * 1000 for moment in await asyncio.gather(*heard))
        return Cost(
            cost.pages, cost.before_mib, cost.more_mib, cost.more_connections, delays[len(delays) // 2], delays[-1]
        )
    finally:
        for _, writer in pages:
            writer.close()


async def _customers(bench: Workbench, count: int) -> list[str]:
    """Add customers and sign them in. Returns their Authorization headers."""
    store, password_hash = await find_store(bench, "pawsome"), await hash_password(PASSWORD)
    with connected(bench.installation) as connection:
        enter(connection, store)
        accounts = insert_customers(connection, store, count, password_hash)
        tokens = insert_tokens(connection, accounts)
    return [basic(f"{store.slug}/{account.email}", token) for account, token in zip(accounts, tokens, strict=True)]


async def _opened(
    bench: Workbench, authorization: str, gate: asyncio.Semaphore
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.create_default_context(cafile=str(bench.installation.certificates().authority))
    async with gate:
        reader, writer = await asyncio.open_connection("localhost", bench.settings.port, ssl=context)
        head = (
            "POST /graphql/storefront HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Accept: text/event-stream\r\nAuthorization: {authorization}\r\nContent-Length: {len(_BODY)}\r\n\r\n"
        )
        writer.write(head.encode() + _BODY)
        status = await reader.readline()
        if b" 200 " not in status:
            raise ConnectionError(f"A page was refused: {status.decode().strip()}")
        return reader, writer


async def _heard(reader: asyncio.StreamReader) -> float:
    async with asyncio.timeout(30):
        while b"REMOVED" not in await reader.readline():
            pass
    return time.monotonic()


async def _remove_a_pet(bench: Workbench) -> float:
    """Take the newest pet off the shelf. Returns the moment at which that began."""
    async with runtime(bench.settings) as opened:
        store = await opened.stores.get("pawsome")
        page = await opened.database.read(store, lambda session: queries.shelf(session, store, first=1))
        started = time.monotonic()
        await opened.database.write(store, lambda session: service.remove(session, page.items[0].id, actor="bench"))
        return started


def _memory(bench: Workbench) -> float:
    """The memory of all the server's processes, in MiB; what they share counts once (proportional set size)."""
    listening = [process for process in psutil.process_iter() if _serves(process, bench)]
    family = {relative for process in listening for relative in (process, *process.children(recursive=True))}
    return sum(_pss(process) for process in family) / _MIB


def _serves(process: psutil.Process, bench: Workbench) -> bool:
    try:
        return process.environ().get("MENAGERIE_PORT") == str(bench.settings.port) and "serve" in process.cmdline()
    except psutil.Error:
        return False


def _pss(process: psutil.Process) -> int:
    lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _connections(bench: Workbench) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'menagerie_server'"
    with psycopg.connect(bench.installation.superuser_address, dbname="menagerie") as connection:
        row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0
