"""What happens on the bad day of soak.py: things are killed, others behave badly, sessions and stores end."""

import asyncio
import base64
import itertools
import json
import os
import signal
import ssl
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import people
from desk import Desk
from documents import document
from menagerie.accounts.merchants import get_merchant
from menagerie.local.postgres import EmbeddedPostgres
from menagerie.local.valkey import EmbeddedValkey
from menagerie.runtime import runtime
from menagerie.stores.models import NewStore
from menagerie.stores.provision import create_store, delete_store
from people import SHELF
from population import PASSWORD, Population
from traffic import Kind, Pace, raw, run, working
from troublemakers import Job
from usage import Family
from workbench import Workbench

REVOKED = 5
"""How many of the first small store's last customers have their sessions revoked, and are for nothing else."""
SECONDS = 20
"""How long clients behave badly."""
_DOCUMENTS_PER_SECOND = 100


@dataclass
class BadDay:
    """The events; each returns what is wrong after it, if anything."""

    bench: Workbench
    desk: Desk
    population: Population
    numbers: "itertools.count[int]"

    def kill_worker(self) -> str:
        """Kill a worker; the server's parent starts another."""
        os.kill(Family("server", self.bench.server).workers()[0], signal.SIGKILL)
        return ""

    def kill_postgres(self) -> str:
        """Kill PostgreSQL, and start it again as `menagerie run` does."""
        return _killed(self.bench.installation.postgres)

    def kill_valkey(self) -> str:
        """Kill Valkey, and start it again as `menagerie run` does."""
        return _killed(self.bench.installation.valkey)

    def send_slowly(self) -> str:
        """Let 500 clients send a byte now and then."""
        requests = raw(self.bench, self.desk.each(document("Shelf"), SHELF))
        authority = str(self.bench.installation.certificates().authority)
        job = Job("slow senders", self.bench.settings.port, authority, requests, SECONDS)
        with working("troublemakers.py", job) as output:
            output.read()
        return ""

    def flood(self) -> str:
        """Ask for documents that nobody has asked for before."""
        count = _DOCUMENTS_PER_SECOND * SECONDS
        texts = [f"{{ a{next(self.numbers)}: me {{ name }} }}" for _ in range(count)]
        requests = list(itertools.chain.from_iterable(self.desk.turns(text, [None]) for text in texts))
        kinds = [Kind(raw(self.bench, requests))]
        run(people.plan(self.bench, kinds, Pace.BY_CLOCK, SECONDS, 64, per_second=_DOCUMENTS_PER_SECOND))
        return ""

    def revoke_sessions(self) -> str:
        """Sign in, sign out everywhere, and return what is wrong if a token then still works."""
        shop = self.population.small[0]
        for account in shop.customers[-REVOKED:]:
            user = f"{shop.store.slug}/{account.email}"
            _, data = self._ask("storefront", f"{user}:{PASSWORD}", "mutation { signIn { token } }")
            token = data["data"]["signIn"]["token"]
            self._ask("storefront", f"{user}:{token}", "mutation { signOutEverywhere }")
            status, _ = self._ask("storefront", f"{user}:{token}", "{ me { id } }")
            if status != 401:
                return f"a revoked token was answered {status}"
        return ""

    def delete_store(self) -> str:
        """Make a store, delete it, and return what is wrong if it still answers."""
        slug = f"doomed-{next(self.numbers)}"

        async def make_and_delete() -> None:
            async with runtime(self.bench.settings) as opened:
                login = self.population.small[0].merchant
                merchant = await opened.database.read_platform(lambda session: get_merchant(session, login))
                store = await create_store(opened.stores, NewStore(slug, slug, "", "UTC"), merchant_id=merchant.id)
                self._ask("merchant", f"{slug}/{login}:{PASSWORD}", "{ store { slug } }")
                await delete_store(opened.stores, store)

        asyncio.run(make_and_delete())
        status, _ = self._ask(
            "merchant", f"{slug}/{self.population.small[0].merchant}:{PASSWORD}", "{ store { slug } }"
        )
        return "" if status in {401, 403} else f"a deleted store was answered {status}"

    def _ask(self, endpoint: str, credentials: str, query: str) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"{self.bench.address}/graphql/{endpoint}",
            json.dumps({"query": query}).encode(),
            {
                "Authorization": "Basic " + base64.b64encode(credentials.encode()).decode(),
                "Content-Type": "application/json",
            },
        )
        context = ssl.create_default_context(cafile=str(self.bench.installation.certificates().authority))
        try:
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            return refusal.code, None


def _killed(server: EmbeddedPostgres | EmbeddedValkey) -> str:
    os.kill(server.pid or sys.exit("The server to kill does not run."), signal.SIGKILL)
    while server.pid is not None:
        time.sleep(0.01)
    server.start()
    return ""
