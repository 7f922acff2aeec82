"""How much code a request runs: how many of our functions, and how many calls Python makes.

Calls are counted, not timed, so a busy machine gives the same figures. What runs beside a request (measuring the event
loop, writing the log, notifying open pages) is left out.
"""

import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import orjson
import pytest
from starlette.types import Message

import menagerie
from shop import Shop, basic
from workers import application_of, stock

OURS = str(Path(menagerie.__file__).parent)
PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
BESIDE = {"LoopLag._measure", "LoopLag.start", "Entrance._next_iteration", "AccessLog.flush", "_for_people"}
BESIDE |= {"SlowBodies.start", "Request.give_up_if_slow", "LiveShelf._deliver", "LiveShelf._listen", "_decode"}
LIST = "{ pets(first: 24) { totalCount pageInfo { endCursor } nodes { id name species picture { url } } } }"
BUY = "mutation($id: ID!) { purchasePet(petId: $id) { __typename ... on Purchase { id pets { id name } } } }"
CART = "{ cart { pets { id name availability picture { url } } availableCount unavailableCount } }"

BUDGETS = {"a known list": 705, "a shelf after a sale": 1_265, "me": 1_020, "a cart": 1_215, "a purchase": 2_680}
"""The most calls, of Python and C functions, that an operation may make: a tenth more than it made."""


@dataclass
class Trace:
    functions: set[str] = field(default_factory=set)
    calls: int = 0


@contextmanager
def tracing() -> Iterator[Trace]:
    trace, names = Trace(), dict[CodeType, str | None]()

    def on_event(frame: FrameType, event: str, _argument: Any) -> None:
        if event not in {"call", "c_call"}:
            return
        trace.calls += 1
        code = frame.f_code
        if code not in names:
            inner = "<" in code.co_name or not code.co_filename.startswith(OURS)
            names[code] = None if inner or code.co_qualname in BESIDE else f"{code.co_filename}:{code.co_qualname}"
        if (name := names[code]) is not None:
            trace.functions.add(name)

    sys.setprofile(on_event)
    try:
        yield trace
    finally:
        sys.setprofile(None)


class Direct:
    """Calls the application as the server does, without a client in between."""

    def __init__(self, shop: Shop) -> None:
        self._app = application_of(shop.client)
        self._authorization = basic(f"{shop.slug}/ada@example.com").encode()

    async def ask(self, body: bytes) -> bytes:
        headers = [(b"host", b"localhost"), (b"authorization", self._authorization)]
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": "/graphql/storefront",
            "query_string": b"",
            "headers": headers,
            "client": ("10.1.1.1", 50_000),
            "state": {},
        }
        answer = bytearray()

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            answer.extend(message.get("body", b""))

        await self._app(scope, receive, send)
        return bytes(answer)


def operation(query: str, **variables: Any) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})


@pytest.fixture
async def direct(shop: Shop) -> Direct:
    made = Direct(shop)
    await made.ask(operation("{ me { name } }"))
    return made


async def least(ask: Callable[[], Awaitable[bytes]], times: int = 5) -> Trace:
    """The fewest calls of several traces, and the functions that are in all of them: a timer may add some to one."""
    traces: list[Trace] = []
    for _ in range(times):
        with tracing() as trace:
            answer = await ask()
        assert b'"errors"' not in answer, answer
        traces.append(trace)
    functions = set[str].intersection(*(trace.functions for trace in traces))
    return Trace(functions, min(trace.calls for trace in traces))


def _documented(what: str) -> int:
    found = re.search(rf"{what} passes (\d+) of our functions", PAGE.read_text())
    assert found, f"docs/architecture.md does not say how many functions {what} passes"
    return int(found[1])


async def test_a_known_list_passes_as_many_functions_as_documented(shop: Shop, direct: Direct) -> None:
    await stock(shop, ["Luna", "Kermit"])
    await direct.ask(operation(LIST))
    trace = await least(lambda: direct.ask(operation(LIST)))
    assert len(trace.functions) == _documented("A known list"), sorted(trace.functions)
    assert trace.calls <= BUDGETS["a known list"], trace.calls


async def test_a_purchase_passes_as_many_functions_as_documented(shop: Shop, direct: Direct) -> None:
    pets = await stock(shop, [f"Pet {number}" for number in range(24)])
    for _ in range(12):  # until every connection has prepared the statements
        await direct.ask(operation(BUY, id=pets.pop()))
    trace = await least(lambda: direct.ask(operation(BUY, id=pets.pop())))
    assert len(trace.functions) == _documented("A purchase"), sorted(trace.functions)
    assert trace.calls <= BUDGETS["a purchase"], trace.calls


async def test_a_shelf_after_a_sale_takes_few_calls(shop: Shop, direct: Direct) -> None:
    pets = await stock(shop, [f"Pet {number}" for number in range(12)])
    await direct.ask(operation(LIST))

    async def look() -> bytes:
        sys.setprofile(None)  # don't count the sale
        await direct.ask(operation(BUY, id=pets.pop()))
        with tracing() as trace:
            answer = await direct.ask(operation(LIST))
        looks.append(trace.calls)
        return answer

    looks: list[int] = []
    for _ in range(5):
        await look()
    assert min(looks) <= BUDGETS["a shelf after a sale"], looks


@pytest.mark.parametrize(("name", "query"), [("me", "{ me { id email name } }"), ("a cart", CART)])
async def test_a_customers_own_data_takes_few_calls(shop: Shop, direct: Direct, name: str, query: str) -> None:
    for pet in await stock(shop, ["Luna", "Kermit", "Rex"]):
        await shop.add_to_cart(pet)
    await direct.ask(operation(query))
    trace = await least(lambda: direct.ask(operation(query)))
    assert trace.calls <= BUDGETS[name], trace.calls
