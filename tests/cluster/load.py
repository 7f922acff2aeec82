"""A light load through port-forwards: customers who buy, and who ask again when a connection is lost."""

import base64
import http.client
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from cluster.release import NAME, CommandError, Release

_PASSWORD = "sunny-pond-biscuit"
_SHELF = "{ pets(first: 100) { nodes { id } } }"
_PURCHASE = """mutation($id: ID!, $key: String!) { purchasePet(petId: $id, idempotencyKey: $key) {
    __typename ... on Purchase { id } ... on Failure { message } } }"""


@dataclass
class Load:
    """What became of the requests. A connection that broke off was tried again, on another port-forward."""

    answered: int = 0
    refused: list[str] = field(default_factory=list)
    """Answers other than 200: what a customer would have seen."""
    bought: list[str] = field(default_factory=list)
    reconnected: int = 0


class _Customer:
    def __init__(self, release: Release, load: Load) -> None:
        self._release, self._load = release, load
        self._context = ssl._create_unverified_context()
        user = base64.b64encode(f"pawsome/ada@example.com:{_PASSWORD}".encode()).decode()
        self._headers = {"Authorization": f"Basic {user}", "Content-Type": "application/json"}

    def shop(self, stop: threading.Event) -> None:
        """Look at the shelf and buy now and then, through a port-forward that is renewed when it breaks."""
        while not stop.is_set():
            try:
                with self._release.forwarded(f"service/{NAME}", 8443) as port:
                    while not stop.is_set():
                        self._round(port, stop)
            except (OSError, http.client.HTTPException, CommandError):
                self._load.reconnected += 1
                stop.wait(0.2)

    def _round(self, port: int, stop: threading.Event) -> None:
        answer = self._ask(port, {"query": _SHELF})
        pets = answer["data"]["pets"]["nodes"] if answer else []
        if pets and len(self._load.bought) < 10:
            # Under one key until it is answered: a lost answer must not buy twice.
            body = {"query": _PURCHASE, "variables": {"id": pets[-1]["id"], "key": str(uuid4())}}
            bought = self._ask(port, body)
            if bought and bought["data"]["purchasePet"]["__typename"] == "Purchase":
                self._load.bought.append(pets[-1]["id"])
        stop.wait(0.1)

    def _ask(self, port: int, body: dict) -> dict | None:
        connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=self._context)
        try:
            connection.request("POST", "/graphql/storefront", json.dumps(body), self._headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        self._load.answered += 1
        if response.status == http.HTTPStatus.OK and b'"errors"' not in content:
            return json.loads(content)
        self._load.refused.append(f"{time.strftime('%X')} {response.status} {content[:200]!r}")
        return None


@contextmanager
def shopping(release: Release) -> Iterator[Load]:
    """Two customers who shop meanwhile."""
    load, stop = Load(), threading.Event()
    customers = [threading.Thread(target=_Customer(release, load).shop, args=(stop,)) for _ in range(2)]
    for customer in customers:
        customer.start()
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
        for customer in customers:
            customer.join(60)
