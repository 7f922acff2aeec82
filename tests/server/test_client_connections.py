"""Idle connections are closed and, when there are too many, the longest idle ones of the greediest clients."""

import asyncio
import contextlib
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from strawberry.http.streaming import SSE_HEARTBEAT_INTERVAL
from structlog.testing import capture_logs

from api.test_live_shelf import SUBSCRIPTION, serving
from menagerie.server.client_connections import ClientConnections, Connection, longest_idle_of_the_greediest
from menagerie.settings import Settings
from shop import Shop, basic

IDLE_SECONDS = 2


class Listener:
    """A port, and its connections: each client's end and the server's."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("", 0))
        self.port = self._socket.getsockname()[1]
        self._ends: list[socket.socket] = [self._socket]

    def connect(self, address: str = "127.0.0.1") -> tuple[socket.socket, socket.socket]:
        client = socket.create_connection(("127.0.0.1", self.port), source_address=(address, 0), timeout=5)
        server, _ = self._socket.accept()
        self._ends += [client, server]
        return client, server

    def close(self) -> None:
        for end in self._ends:
            end.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def is_closed(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


def test_idle_connections_are_closed_and_active_ones_are_not(listener: Listener) -> None:
    (silent, _), (asked, _), (answered, end) = (listener.connect() for _ in range(3))
    time.sleep(0.4)
    asked.sendall(b"a")
    end.sendall(b"b")
    answered.recv(1)
    ClientConnections(listener.port, 1000, idle_seconds=0.2).look()
    assert is_closed(silent)
    assert not is_closed(asked)
    assert not is_closed(answered)


def test_only_client_connections_are_closed(listener: Listener) -> None:
    other = Listener()
    client, _ = other.connect()
    unix, _ends = socket.socketpair()
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    reading, writing = os.pipe()
    before = len(list(Path("/proc/self/fd").iterdir()))
    time.sleep(0.2)
    ClientConnections(listener.port, 1000, idle_seconds=0.1).look()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not is_closed(client)
    assert not is_closed(unix)
    listener.connect()  # still listens
    os.write(writing, b"a")
    assert os.read(reading, 1) == b"a"
    os.close(reading)
    os.close(writing)
    datagrams.close()
    other.close()


def test_the_address_with_the_most_connections_loses_its_longest_idle_ones(listener: Listener) -> None:
    greedy = [listener.connect("127.0.0.2")[0] for _ in range(6)]
    modest = [listener.connect("127.0.0.3")[0] for _ in range(2)]
    time.sleep(0.1)
    for client in greedy[2:]:
        client.sendall(b"a")
    time.sleep(0.1)
    # Of eight connections, three quarters may be taken.
    ClientConnections(listener.port, 8, idle_seconds=60).look()
    assert [is_closed(client) for client in greedy] == [True, True, False, False, False, False]
    assert not any(is_closed(client) for client in modest)


def test_an_error_does_not_end_the_watch_and_is_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_self: ClientConnections) -> None:
        raise RuntimeError("something unforeseen")

    monkeypatch.setattr(ClientConnections, "look", look)
    connections = ClientConnections(1, 1000, idle_seconds=60)
    with capture_logs() as logs:
        for _ in range(3):
            connections._try_to_look()
    assert [line["event"] for line in logs] == ["client connections could not be inspected"]


def test_the_greediest_networks_are_cut_down_to_the_same_number() -> None:
    open_now = [
        Connection(float(number), network, number)
        for network, count in (("a", 50), ("b", 30), ("c", 5), ("d", 1))
        for number in range(count)
    ]
    closed = longest_idle_of_the_greediest(open_now, 46)
    assert len(closed) == len(open_now) - 46
    left = [each.network for each in open_now if each not in closed]
    assert {network: left.count(network) for network in "abcd"} == {"a": 20, "b": 20, "c": 5, "d": 1}
    assert min(each.idle_seconds for each in closed if each.network == "a") == 20
    assert longest_idle_of_the_greediest(open_now, len(open_now)) == []


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    client = socket.create_connection(listener.getsockname()[:2])
    server, _ = listener.accept()
    connections = ClientConnections(listener.getsockname()[1], 1000, idle_seconds=60)
    seen = connections._visit(server.fileno(), "idle", lambda _: False)
    assert seen is not None
    assert seen.network == "::/64"
    for each in (client, server, listener):
        each.close()


@pytest.fixture(scope="module")
async def server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    log: Path = tmp_path_factory.mktemp("idle") / "log"
    async with serving(settings, log, idle_seconds=IDLE_SECONDS, workers=1) as client:
        yield client


def trusted(settings: Settings, protocol: str) -> ssl.SSLContext:
    assert settings.tls_certificate is not None
    context = ssl.create_default_context(cafile=str(settings.tls_certificate.parent / "authority.pem"))
    context.set_alpn_protocols([protocol])
    return context


async def seconds_until_closed(reader: asyncio.StreamReader) -> float:
    started = time.monotonic()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        async with asyncio.timeout(30):
            while await reader.read(65536):
                pass
    return time.monotonic() - started


async def test_a_connection_without_a_handshake_ends(server: httpx.AsyncClient) -> None:
    reader, writer = await asyncio.open_connection("localhost", server.base_url.port)
    assert await seconds_until_closed(reader) < 3 * IDLE_SECONDS
    writer.close()


async def test_a_connection_that_only_says_hello_ends(server: httpx.AsyncClient, settings: Settings) -> None:
    reader, writer = await asyncio.open_connection("localhost", server.base_url.port, ssl=trusted(settings, "h2"))
    hello = H2Connection(H2Configuration())
    hello.initiate_connection()
    writer.write(hello.data_to_send())
    assert 1 < await seconds_until_closed(reader) < 3 * IDLE_SECONDS
    writer.close()


async def test_an_idle_http_1_connection_is_closed_no_sooner(server: httpx.AsyncClient, settings: Settings) -> None:
    """If it were closed earlier, a load balancer with a shorter idle timeout could still send a request into it."""
    trust = trusted(settings, "http/1.1")
    reader, writer = await asyncio.open_connection("localhost", server.base_url.port, ssl=trust)
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert IDLE_SECONDS - 0.1 < await seconds_until_closed(reader) < 3 * IDLE_SECONDS
    writer.close()


async def test_a_client_comes_back_after_its_connection_was_closed(server: httpx.AsyncClient) -> None:
    assert (await server.get("/health/live")).status_code == 200
    assert isinstance(server._transport, httpx.AsyncHTTPTransport)
    connections = server._transport._pool.connections
    async with asyncio.timeout(3 * IDLE_SECONDS):
        while not all(connection.has_expired() for connection in connections):  # noqa: ASYNC110  there is no event for this
            await asyncio.sleep(0.05)
    assert (await server.get("/health/live")).status_code == 200


async def test_a_page_that_receives_events_stays_open(server: httpx.AsyncClient, shop: Shop, other: Shop) -> None:
    async def watch(shop: Shop) -> None:
        headers = {"Accept": "text/event-stream", "Authorization": basic(f"{shop.slug}/ada@example.com")}
        async with server.stream("POST", "/graphql/storefront", json=SUBSCRIPTION, headers=headers) as response:
            assert response.status_code == 200
            lines = response.aiter_lines()
            end = time.monotonic() + 2 * IDLE_SECONDS
            while time.monotonic() < end:
                await shop.list_pet()
                while not (await anext(lines)).startswith("data:"):
                    pass
                await asyncio.sleep(IDLE_SECONDS / 4)

    await asyncio.gather(watch(shop), watch(other))


def test_heartbeats_come_more_often_than_connections_are_closed() -> None:
    assert Settings.model_fields["idle_seconds"].default > 2 * SSE_HEARTBEAT_INTERVAL
