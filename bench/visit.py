"""A real user's day: many customers at once who sign in, look, search, buy and look at what they bought.

It prints a table of how long everything took and what it cost. A single error or untrue answer voids the figure.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import zip_longest

import people
import report
import visit_report
from pet_upload import pictures, upload
from population import PASSWORD, Population, connected, enter, populated
from report import Figures
from traffic import Kind, Pace, Traffic, faults, traffic
from usage import Family
from workbench import HERE, Workbench

_SMALL_SHARE = 5
"""One in this many customers belongs to one of the small stores."""
_SAMPLE_SECONDS = 10
_MIN_SAMPLES = 10
"""With fewer, growth is not judged."""
_UPLOADS_AT_ONCE, _UPLOAD_SECONDS = 4, 60


def main() -> int:
    """Measure and print. Returns 1 if the figure is void."""
    options = _options()
    begun, small = time.monotonic(), options.customers // _SMALL_SHARE
    with populated(pets=options.pets, customers=options.customers - small, small_customers=small) as (
        bench,
        population,
    ):
        print(f"set up in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        with _listing(bench, population, options) as listing:
            figures = _measure(bench, population, options)
            uploads = listing.result() if listing else None
        figures |= {"machine": report.machine(), "options": vars(options) | {"json": None}}
        figures |= {"left": _left(bench, population), "growth": _growth(figures["memory"], options.ramp)}
        figures |= {"faults": visit_report.faults(bench.log)}
    figures["void"] = visit_report.verdict(figures) + (faults("listing pets", uploads) if uploads else [])
    visit_report.show(figures)
    return report.finish(options, figures)


def _options() -> argparse.Namespace:
    parser = report.options_parser(__doc__)
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--pets", type=int, default=30_000, help="of the large store")
    parser.add_argument("--seconds", type=int, default=120, help="the whole visit")
    parser.add_argument("--ramp", type=int, default=60, help="seconds over which the customers arrive")
    parser.add_argument(
        "--uploads", action="store_true", help="list a pet every ten seconds, for the memory that pictures take"
    )
    options = parser.parse_args()
    if not 0 <= options.ramp < options.seconds:
        parser.error("the ramp must end before the visit does")
    return options


def _measure(bench: Workbench, population: Population, options: argparse.Namespace) -> Figures:
    """Let the customers in, and watch the processes meanwhile."""
    generator = subprocess.Popen(
        [sys.executable, str(HERE / "crowd.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert generator.stdin
    assert generator.stdout
    try:
        generator.stdin.write(json.dumps(_plan(bench, population, options)).encode())
        generator.stdin.close()
        begins = float(generator.stdout.readline() or sys.exit("The generator ended before it began."))
        families = [
            Family("server", bench.server),
            Family("PostgreSQL", bench.installation.postgres.pid or 0),
            Family("Valkey", bench.installation.valkey.pid or 0),
            Family("generator", generator.pid),
        ]
        watched = _watch(families, begins, options)
        found = json.loads(generator.stdout.read() or sys.exit("The generator ended too soon."))
        generator.wait(timeout=30)
    finally:
        generator.kill()
    return found | watched


@contextlib.contextmanager
def _listing(bench: Workbench, population: Population, options: argparse.Namespace) -> Iterator[Traffic | None]:
    """Let merchants list pets meanwhile, if requested."""
    if not options.uploads:
        yield None
        return
    requests = [upload(bench.settings.port, shop, picture) for picture in pictures() for shop in population.small]
    plan = people.plan(
        bench,
        [Kind(requests)],
        Pace.BY_CLOCK,
        options.seconds,
        _UPLOADS_AT_ONCE,
        per_second=1 / _SAMPLE_SECONDS,
        expected=b'"width":',
        timeout=_UPLOAD_SECONDS,
    )
    with traffic(plan) as begun:
        yield begun


def _plan(bench: Workbench, population: Population, options: argparse.Namespace) -> Figures:
    """What the generator needs to know; the small stores' customers arrive spread among the others."""
    large, *small = [[(shop.store.slug, each.email) for each in shop.customers] for shop in population.shops]
    apart = [customer for customers in zip_longest(*small) for customer in customers if customer]
    mixed = []
    while large or apart:
        mixed += large[: _SMALL_SHARE - 1] + apart[:1]
        large, apart = large[_SMALL_SHARE - 1 :], apart[1:]
    return {
        "port": bench.settings.port,
        "authority": str(bench.installation.certificates().authority),
        "customers": mixed,
        "password": PASSWORD,
        "seconds": options.seconds,
        "ramp": options.ramp,
    }


def _watch(families: list[Family], begins: float, options: argparse.Namespace) -> Figures:
    """Seconds of CPU time in the steady part, and memory every ten seconds."""
    samples: list[Figures] = []
    marks = {options.ramp, options.seconds, *range(_SAMPLE_SECONDS, options.seconds, _SAMPLE_SECONDS)}
    used: dict[int, dict[str, float]] = {}
    for mark in sorted(marks):
        time.sleep(max(0.0, begins + mark - time.monotonic()))
        if mark in {options.ramp, options.seconds}:
            used[mark] = {family.name: family.seconds() for family in families}
        sample: Figures = {"second": mark} | {family.name: vars(family.weight()) for family in families}
        sample["roles"] = {role: vars(weight) for role, weight in families[0].roles().items()}
        samples.append(sample)
    return {
        "processor": {name: used[options.seconds][name] - used[options.ramp][name] for name in used[options.ramp]},
        "memory": samples,
    }


def _growth(samples: list[Figures], ramp: int) -> float | None:
    """MiB a minute by which the server grew in the second half after the ramp; before that, caches fill up."""
    steady = [sample for sample in samples if sample["second"] >= ramp]
    later = steady[len(steady) // 2 :]
    if len(later) < _MIN_SAMPLES:
        return None
    seconds, sizes = [sample["second"] for sample in later], [sample["server"]["pss"] for sample in later]
    return statistics.linear_regression(seconds, sizes).slope * 60


def _left(bench: Workbench, population: Population) -> int:
    """How many pets are still on the large store's shelf."""
    with connected(bench.installation) as connection:
        enter(connection, population.shops[0].store)
        row = connection.execute("SELECT count(*) FROM pet WHERE sold_at IS NULL AND removed_at IS NULL").fetchone()
        return int(row[0]) if row else 0


if __name__ == "__main__":
    sys.exit(main())
