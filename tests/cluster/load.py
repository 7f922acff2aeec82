"""A light load through port-forwards: customers who buy, and who retry when a connection is lost.

A forward leads to one pod, even after it ends. So each customer acts like the Service, and opens no new connection to a
pod that's no longer an endpoint. A failed connection is retried through another forward, and isn't a fault. A request
that was sent but never answered is lost.
"""

import base64
import http.client
import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

from cluster.release import NAME, CommandError, Release

_PASSWORD = "sunny-pond-biscuit"
_SHELF = "{ pets(first: 100) { nodes { id } } }"
_CART = """mutation($id: ID!) { addToCart(petId: $id) { __typename } removeFromCart(petId: $id) { availableCount } }"""
_PURCHASE = """mutation($id: ID!, $key: String!) { purchasePet(petId: $id, idempotencyKey: $key) {
    __typename ... on Purchase { id } ... on Failure { message } } }"""
# The demo's pets have to last for all tests.
_PURCHASES, _SECONDS_BETWEEN = 6, 4.0


@dataclass
class Load:
    """The outcomes of the requests."""

    answered: int = 0
    refused: list[str] = field(default_factory=list)
    """Answers other than 200: what a customer would have seen."""
    lost: list[str] = field(default_factory=list)
    """Requests that were sent but not answered."""
    bought: list[str] = field(default_factory=list)
    reconnected: int = 0
    longest_wait: float = 0.0
    """The longest time in seconds without a successful answer, renewing of forwards included."""
    _last: float = field(default_factory=time.monotonic)

    def succeed(self) -> None:
        """Note that a request succeeded."""
        now = time.monotonic()
        self.longest_wait, self._last = max(self.longest_wait, now - self._last), now

    def summary(self) -> str:
        lost, refused = len(self.lost), len(self.refused)
        pause = f"{self.longest_wait:.1f} s the longest wait"
        return f"{self.answered} answered, {refused} refused, {lost} lost, {self.reconnected} forwards renewed, {pause}"


class _Endpoints:
    """The Service's pods, looked up every second; a terminating pod serves for five more."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self.ready = self._look()

    def follow(self, stop: threading.Event) -> None:
        while not stop.wait(1):
            with suppress(CommandError):
                self.ready = self._look()

    def _look(self) -> list[str]:
        found = self._release.kubectl("get", "endpointslices", "-l", f"kubernetes.io/service-name={NAME}", "-o", "json")
        return sorted(
            endpoint["targetRef"]["name"]
            for part in json.loads(found)["items"]
            for endpoint in part["endpoints"] or ()
            if endpoint["conditions"]["ready"]
        )


class _Customer:
    def __init__(self, number: int, release: Release, endpoints: _Endpoints, load: Load) -> None:
        self._number, self._release, self._endpoints, self._load = number, release, endpoints, load
        self._context = ssl._create_unverified_context()
        user = base64.b64encode(f"pawsome/ada@example.com:{_PASSWORD}".encode()).decode()
        self._headers = {"Authorization": f"Basic {user}", "Content-Type": "application/json"}
        self._wanted: dict[str, str] | None = None
        self._next_purchase = 0.0

    def shop(self, stop: threading.Event) -> None:
        """Look at the shelf and buy now and then, in one pod while it's an endpoint of the Service."""
        while not stop.is_set():
            pods = self._endpoints.ready
            if not pods:
                stop.wait(0.1)
                continue
            pod = pods[self._number % len(pods)]
            try:
                with self._release.forwarded(f"pod/{pod}", 8443) as port:
                    while not stop.is_set() and pod in self._endpoints.ready:
                        self._round(port, stop)
            except (OSError, http.client.HTTPException, CommandError):
                stop.wait(0.2)
            self._load.reconnected += not stop.is_set()

    def _round(self, port: int, stop: threading.Event) -> None:
        answer = self._ask(port, _SHELF)
        pets = [pet["id"] for pet in answer["data"]["pets"]["nodes"]] if answer else []
        if pets:
            self._ask(port, _CART, {"id": secrets.choice(pets)})
            if self._wanted is None and self._may_buy():
                self._wanted = {"id": secrets.choice(pets), "key": str(uuid4())}
        # One key until there is an answer, because a lost answer must not buy twice.
        if self._wanted and (bought := self._ask(port, _PURCHASE, self._wanted)):
            if bought["data"]["purchasePet"]["__typename"] == "Purchase":
                self._load.bought.append(self._wanted["id"])
            self._wanted = None
        stop.wait(0.1)

    def _may_buy(self) -> bool:
        if time.monotonic() < self._next_purchase or len(self._load.bought) >= _PURCHASES:
            return False
        self._next_purchase = time.monotonic() + _SECONDS_BETWEEN
        return True

    def _ask(self, port: int, query: str, variables: dict[str, str] | None = None) -> dict | None:
        body = {"query": query, "variables": variables}
        connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=self._context)
        try:
            connection.connect()
            try:
                connection.request("POST", "/graphql/storefront", json.dumps(body), self._headers)
                response = connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException) as error:
                self._load.lost.append(f"{time.strftime('%X')} {error!r}")
                raise
        finally:
            connection.close()
        self._load.answered += 1
        if response.status == http.HTTPStatus.OK and b'"errors"' not in content:
            self._load.succeed()
            return json.loads(content)
        self._load.refused.append(f"{time.strftime('%X')} {response.status} {content[:200]!r}")
        return None


@contextmanager
def shopping(release: Release) -> Iterator[Load]:
    """Two customers who shop meanwhile, each in a different pod."""
    load, stop, endpoints = Load(), threading.Event(), _Endpoints(release)
    customers = [
        threading.Thread(target=_Customer(number, release, endpoints, load).shop, args=(stop,)) for number in range(2)
    ]
    threads = [*customers, threading.Thread(target=endpoints.follow, args=(stop,))]
    for thread in threads:
        thread.start()
    try:
        end = time.monotonic() + 60
        while load.answered < 10:
            assert time.monotonic() < end, load
            time.sleep(0.1)
        yield load
        reached = load.answered + 10
        end = time.monotonic() + 60
        while load.answered < reached:
            assert time.monotonic() < end, load
            time.sleep(0.1)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
