"""The real user's day: many customers at once who sign in, look, search, buy and look at what they bought.

It prints a table of how long everything took and what it cost. A single error or untrue answer voids the figure.
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from itertools import zip_longest
from pathlib import Path
from typing import Any

import visit_report
from population import PASSWORD, Population, connected, enter, populate
from usage import Family
from workbench import HERE, Workbench, workbench

_SMALL_SHARE = 5
"""Every so many-th customer belongs to one of the small stores."""
_SAMPLE_SECONDS = 10

Figures = dict[str, Any]


def main() -> int:
    """Measure and print. Returns 1 where the figure is void."""
    options = _options()
    population, begun = Population(), time.monotonic()

    def prepare(*installed: Any) -> None:
        small = options.customers // _SMALL_SHARE
        made = populate(*installed, pets=options.pets, customers=options.customers - small, small_customers=small)
        population.large, population.small = made.large, made.small

    with workbench(prepare=prepare, log_to_file=True) as bench:
        print(f"set up in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        figures = _measure(bench, population, options)
        figures |= {"machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"}
        figures |= {"options": vars(options) | {"json": None}, "left": _left(bench, population)}
        figures |= {"faults": visit_report.faults(bench.log)}
    figures["void"] = visit_report.verdict(figures)
    visit_report.show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 1 if figures["void"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--pets", type=int, default=30_000, help="of the large store")
    parser.add_argument("--seconds", type=int, default=120, help="the whole visit")
    parser.add_argument("--ramp", type=int, default=60, help="seconds over which the customers arrive")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
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


def _plan(bench: Workbench, population: Population, options: argparse.Namespace) -> Figures:
    """What the generator needs to know; the small stores' customers come spread among the others."""
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
    """Processor seconds of the steady part, and memory every ten seconds."""
    samples: list[Figures] = []
    marks = {options.ramp, options.seconds, *range(_SAMPLE_SECONDS, options.seconds, _SAMPLE_SECONDS)}
    used: dict[int, dict[str, float]] = {}
    for mark in sorted(marks):
        time.sleep(max(0.0, begins + mark - time.monotonic()))
        if mark in {options.ramp, options.seconds}:
            used[mark] = {family.name: family.seconds() for family in families}
        samples.append({"second": mark} | {family.name: vars(family.weight()) for family in families})
    return {
        "processor": {name: used[options.seconds][name] - used[options.ramp][name] for name in used[options.ramp]},
        "memory": samples,
    }


def _left(bench: Workbench, population: Population) -> int:
    """How many pets are still on the large store's shelf."""
    with connected(bench.installation) as connection:
        enter(connection, population.shops[0].store)
        row = connection.execute("SELECT count(*) FROM pet WHERE sold_at IS NULL AND removed_at IS NULL").fetchone()
        return int(row[0]) if row else 0


if __name__ == "__main__":
    sys.exit(main())
