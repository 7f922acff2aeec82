"""Each operation by itself: how many a second two workers answer, and what one costs the application's process.

It prints a table with the goals. An operation that answers wrongly, or runs out of new requests, has no figure.
"""

import argparse
import pickle
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import replace
from typing import Any

import carts
import inprocess
import report
from calls import MEASURED
from desk import CUSTOMERS, Desk
from menagerie.local.installation import DATABASE
from menagerie.settings import environment
from population import SMALL_STORES, Population, populated
from request import Calls, Request
from workbench import HERE, Workbench, require, wrk

_CONNECTIONS = 64
_MAX_PER_SECOND = 2_500
"""More than any operation that sells is expected to reach; each of its requests needs pets of its own."""
_MIN_SOLD = 0.9
"""Of the requests that sell: some are in flight when the load ends, and some find a cart not filled yet."""


def main() -> int:
    """Measure and print. Returns 1 if an operation has no figure."""
    options = _options()
    require("wrk")
    names = [options.profile or options.only] if options.profile or options.only else list(MEASURED)
    rows = []
    with populated(pets=options.pets, customers=CUSTOMERS, small_customers=10 * SMALL_STORES) as (bench, population):
        desk = Desk(bench, population, most=_MAX_PER_SECOND * options.seconds + inprocess.NEEDED)
        if options.profile:
            print(_in_process(bench, population, MEASURED[options.profile].calls(desk), profile=True))
            return 0
        print(f"{report.machine()}, two workers, ", end="")
        print(f"{_CONNECTIONS} connections, {options.pets:,} pets\n")
        report.head("operation", "requests/s", "goal", "p50 ms", "p99 ms", "µs of processor", "goal", "")
        for name in names:
            row = _measured(bench, population, desk, name, options.seconds)
            rows.append(row)
            _show(row)
    return report.finish(
        options, {"rows": rows, "void": [f"{row['name']}: {row['void']}" for row in rows if row["void"]]}
    )


def _options() -> argparse.Namespace:
    parser = report.options_parser(__doc__)
    parser.add_argument("--seconds", type=int, default=6, help="of load for each operation")
    parser.add_argument("--pets", type=int, default=30_000, help="of the large store")
    parser.add_argument("--only", metavar="NAME", choices=MEASURED, help="measure one operation: %(choices)s")
    parser.add_argument(
        "--profile", metavar="NAME", choices=MEASURED, help="profile one operation in the process instead"
    )
    return parser.parse_args()


def _measured(bench: Workbench, population: Population, desk: Desk, name: str, seconds: int) -> dict[str, Any]:
    measured = MEASURED[name]
    row: dict[str, Any] = {"name": name, "void": None}
    row |= {"goal_rate": measured.per_second, "goal_microseconds": measured.microseconds}
    calls = measured.calls(desk)
    try:
        # In the process first, with the last requests if none may be sent twice.
        row["microseconds"] = float(_in_process(bench, population, _last(calls)))
        row |= _loaded(bench, desk, calls, seconds)
    except (ValueError, subprocess.CalledProcessError) as error:
        row["void"] = str(error)
    with desk.connect() as connection:
        carts.empty(connection)
    return row


def _last(calls: Calls) -> Calls:
    """The last requests, which the load does not reach."""
    if isinstance(calls.carts, carts.Restocked):
        calls = replace(calls, carts=calls.carts.from_the_end())
    return replace(calls, requests=calls.requests[-inprocess.NEEDED :]) if calls.once else calls


def _in_process(bench: Workbench, population: Population, calls: Calls, *, profile: bool = False) -> str:
    store = population.shops[0].store
    database = f"{bench.installation.superuser_address}".replace("/postgres?", f"/{DATABASE}?")
    job = inprocess.Job(calls, database, store.schema, profile)
    assert bench.log
    with bench.log.with_name("inprocess.log").open("wb") as log:
        done = subprocess.run(
            [sys.executable, str(HERE / "inprocess.py")],
            input=pickle.dumps(job),
            env=environment(bench.settings),
            stdout=subprocess.PIPE,
            stderr=log,
            check=False,
        )
    if done.returncode:
        lines = bench.log.with_name("inprocess.log").read_text(encoding="utf-8").splitlines()
        raise ValueError(f"in the process: {lines[-1] if lines else done.returncode}")
    return done.stdout.decode().strip()


def _loaded(bench: Workbench, desk: Desk, calls: Calls, seconds: int) -> dict[str, Any]:
    requests = calls.requests[: -inprocess.NEEDED] if calls.once else calls.requests
    with desk.connect() as connection:
        carts.empty(connection)
        if calls.carts is not None:
            calls.carts.tend(connection)
    before = desk.sales()
    with (
        tempfile.NamedTemporaryFile() as file,
        carts.tended(calls.carts if calls.changes_carts else None, desk.connect),
    ):
        # The first and the last are not part of the load: they show that the answers are right.
        _check(bench, requests[0], calls.expected)
        for request in requests[1:-1] or requests:
            raw = request.raw(bench.settings.port)
            file.write(b"%d\n%b" % (len(raw), raw))
        file.flush()
        load = wrk(
            bench.address,
            connections=_CONNECTIONS,
            seconds=seconds,
            script=HERE / "requests.lua",
            arguments=[file.name],
        )
        _check(bench, requests[-1], calls.expected)
    if load.failures:
        raise ValueError(f"{load.failures} of {load.requests} requests failed")
    if calls.once and load.requests > len(requests) - 2:
        raise ValueError(f"{load.requests} requests were made, and only {len(requests) - 2} were new; load for less")
    sold = desk.sales() - before
    if calls.sells and sold < _MIN_SOLD * load.requests:
        raise ValueError(f"{load.requests} requests sold only {sold} times")
    # A checkout whose cart was not filled again in time is no checkout, but took its share of the time.
    rate = load.per_second * sold / load.requests if calls.sells else load.per_second
    return {"rate": rate, "p50": load.p50_ms, "p99": load.p99_ms, "requests": load.requests}


def _check(bench: Workbench, request: Request, expected: bytes) -> None:
    context = ssl.create_default_context(cafile=str(bench.installation.certificates().authority))
    asked = urllib.request.Request(bench.address + request.path, request.body or None, request.headers)
    with urllib.request.urlopen(asked, context=context) as response:
        content = response.read()
    if expected not in content or b'"errors":' in content:
        raise ValueError(f"{request.path} was answered: {content[:300]!r}")


def _show(row: dict[str, Any]) -> None:
    def number(value: float | None, form: str = ",.0f") -> str:
        return "" if value is None else format(value, form)

    print(
        f"| {row['name']} | {number(row.get('rate'))} | {number(row['goal_rate'])} | {number(row.get('p50'), ',.1f')} "
        f"| {number(row.get('p99'), ',.1f')} | {number(row.get('microseconds'))} | {number(row['goal_microseconds'])} "
        f"| {'VOID: ' + row['void'] if row['void'] else ''} |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
