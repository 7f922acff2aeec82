"""What an operation costs the application's process, without a socket: the application is called in a loop.

It runs in its own process, so that heap and log are the application's: the job is read pickled from standard input, the
settings from the environment. It writes microseconds of CPU time per call, the median of several rounds, or a profile.
"""

import asyncio
import cProfile
import pickle
import pstats
import statistics
import sys
import time
from dataclasses import dataclass
from typing import Any

import psycopg
import uvloop
from asgi_lifespan import LifespanManager
from psycopg import sql
from starlette.types import ASGIApp, Message

import carts
from menagerie.api.app import create_app
from request import Calls, Request

CALLS, ROUNDS = 200, 5
NEEDED = CALLS * (ROUNDS + 2)
"""How many requests it needs if each can be sent only once."""
_PROFILED_LINES = 40
_START_SECONDS = 30


@dataclass(frozen=True)
class Job:
    """What to measure, and how to reach the carts."""

    calls: Calls
    database: str
    schema: str
    profile: bool


async def _measure(job: Job) -> str:
    application = create_app()
    async with LifespanManager(application, startup_timeout=_START_SECONDS, shutdown_timeout=_START_SECONDS):
        rounds = [await _round(job, application, number, None) for number in range(ROUNDS + 1)][1:]
        if not job.profile:
            return str(statistics.median(rounds))
        profile = cProfile.Profile(time.process_time)
        await _round(job, application, ROUNDS + 1, profile)
        pstats.Stats(profile).sort_stats("tottime").print_stats(_PROFILED_LINES)
        return ""


async def _round(job: Job, application: ASGIApp, number: int, profile: cProfile.Profile | None) -> float:
    """Microseconds per call; the first round is the warm-up."""
    requests = job.calls.requests
    chosen = [requests[(number * CALLS + place) % len(requests)] for place in range(CALLS)]
    _tend(job)
    if profile is not None:
        profile.enable()
    begun = time.process_time_ns()
    for request in chosen:
        await _call(application, request, job.calls.expected)
    used = time.process_time_ns() - begun
    if profile is not None:
        profile.disable()
    return used / 1000 / CALLS


async def _call(application: ASGIApp, request: Request, expected: bytes) -> None:
    path, _, query = request.path.partition("?")
    headers = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
    headers += [(b"host", b"localhost"), (b"content-length", b"%d" % len(request.body))]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8443),
        "client": ("127.0.0.1", 50_000),
        "scheme": "https",
        "method": "POST" if request.body else "GET",
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "state": {},
    }
    asked, content, status = False, bytearray(), 0

    async def receive() -> Message:
        nonlocal asked
        if asked:  # the client stays connected
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        content.extend(message.get("body", b""))

    await application(scope, receive, send)
    if status != 200 or expected not in content or b'"errors":' in content:
        raise ValueError(f"{request.path} was answered {status}: {bytes(content[:300])!r}")


def _tend(job: Job) -> None:
    if job.calls.carts is None:
        return
    with psycopg.connect(job.database, autocommit=True) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(job.schema)))
        carts.empty(connection)
        job.calls.carts.tend(connection)


def main() -> None:
    """Do the job."""
    job: Job = pickle.loads(sys.stdin.buffer.read())
    print(uvloop.run(_measure(job)))


if __name__ == "__main__":
    main()
