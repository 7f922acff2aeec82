"""Where a request comes from: its peer, or what trusted proxies report."""

import pytest
from starlette.types import Message

from menagerie.api.admission import client_address
from menagerie.api.messages import Request

PROXIES = ("10.0.0.0/8", "2001:db8:ffff::/48")


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def address(peer: str, *forwarded: str, proxies: tuple[str, ...] = PROXIES) -> str:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    scope = {"type": "http", "method": "POST", "path": "/", "client": (peer, 4711), "headers": headers}
    return client_address(Request(scope, _nothing), proxies)


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (["192.0.2.1"], "192.0.2.1"),
        (["198.51.100.7, 192.0.2.1"], "192.0.2.1"),  # the client wrote the first
        (["198.51.100.7", "192.0.2.1"], "192.0.2.1"),  # in its own header line
        (["192.0.2.1, 10.1.2.3"], "192.0.2.1"),
        (["192.0.2.1:4711"], "192.0.2.1"),
        (["192.0.2.1:4712 ,10.1.2.3:80"], "192.0.2.1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["[2001:db8::1], [2001:db8:ffff::9]:443"], "2001:db8::1"),
        ([], "10.0.0.1"),
        ([" , "], "10.0.0.1"),
    ],
)
def test_the_last_address_that_is_not_a_trusted_proxys_is_the_clients(forwarded: list[str], expected: str) -> None:
    assert address("10.0.0.1", *forwarded) == expected


def test_only_trusted_proxies_are_believed() -> None:
    assert address("203.0.113.5", "192.0.2.1") == "203.0.113.5"
    assert address("10.0.0.1", "192.0.2.1", proxies=()) == "10.0.0.1"
