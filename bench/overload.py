"""More requests than the server can handle: what is answered, what is refused, and how it affects neighbours.

First the capacity is found, by connections that ask again as soon as they are answered. Then requests arrive by the
clock, whether answers have come or not, at multiples of the capacity. Finally a store's twenty customers look around
while another store gets five times as many requests as the capacity.
"""

import argparse
import sys
import time

import people
import report
from desk import CUSTOMERS, Desk
from population import SMALL_STORES, populated
from report import Figures
from traffic import Pace, faults, run, traffic
from usage import Family
from workbench import Workbench

_CAPACITY_CONNECTIONS = 256
_TIMES = (1, 2, 5)
_NEIGHBOURS = 20
_PAUSE_SECONDS = 3
"""Between two loads, for the server to catch up."""


def main() -> int:
    """Measure and print. Returns 1 if a figure is void."""
    options = _options()
    with populated(pets=options.pets, customers=CUSTOMERS, small_customers=_NEIGHBOURS * SMALL_STORES) as (
        bench,
        population,
    ):
        desk = Desk(bench, population, most=0)
        print(f"{report.machine()}, two workers, {options.connections:,} connections\n")
        capacity = _capacity(bench, desk, options)
        loads = _loads(bench, desk, capacity["accepted"]["rate"], options)
        alone, flooded = _neighbours(bench, desk, capacity["accepted"]["rate"], options)
    figures: Figures = {"capacity": capacity, "loads": loads, "alone": alone, "flooded": flooded}
    figures["goals"] = report.goals(_goals(figures))
    figures["void"] = [
        fault
        for name, each in [("capacity", capacity), *loads.items(), ("alone", alone), ("flooded", flooded)]
        for fault in faults(str(name), each)
    ]
    return report.finish(options, figures)


def _options() -> argparse.Namespace:
    parser = report.options_parser(__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="of each load")
    parser.add_argument("--connections", type=int, default=4_000, help="that requests may be under way on")
    parser.add_argument("--pets", type=int, default=30_000, help="of the large store")
    return parser.parse_args()


def _capacity(bench: Workbench, desk: Desk, options: argparse.Namespace) -> Figures:
    """What is answered to clients that ask again and again, after a first run as a warm-up."""
    report.head(
        "offered",
        "offered/s",
        "answered/s",
        "p50 ms",
        "p99 ms",
        "refused %",
        "refused in ms (p99)",
        "not sent",
        "sent late ms (p99)",
        "generator's cores",
        "server's",
        "PostgreSQL's",
    )
    for seconds in (options.seconds / 2, options.seconds):
        kinds = people.day(bench, desk, 3_000 * options.seconds)
        found = _used(bench, people.plan(bench, kinds, Pace.BY_THOUGHT, seconds, _CAPACITY_CONNECTIONS))
    _show("closed loop", None, found)
    return found


def _loads(bench: Workbench, desk: Desk, capacity: float, options: argparse.Namespace) -> dict[str, Figures]:
    loads = {}
    for times in _TIMES:
        time.sleep(_PAUSE_SECONDS)
        rate = times * capacity
        loads[f"{times}x"] = found = _used(bench, flood(bench, desk, rate, options))
        found["offered"] = rate
        _show(f"{times}x the capacity", rate, found)
    return loads


def flood(bench: Workbench, desk: Desk, rate: float, options: argparse.Namespace) -> people.Plan:
    """Requests of the day's mix, arriving by the clock.

    Args:
        bench: the workbench.
        desk: the large store's desk.
        rate: how many arrive in a second.
        options: for how many `seconds`, on how many `connections`.
    """
    kinds = people.day(bench, desk, int(rate * options.seconds))
    return people.plan(bench, kinds, Pace.BY_CLOCK, options.seconds, options.connections, per_second=rate)


def _used(bench: Workbench, plan: people.Plan) -> Figures:
    """A load's figures, with how many cores the server and PostgreSQL used meanwhile."""
    families = {
        "server": Family("server", bench.server),
        "PostgreSQL": Family("PostgreSQL", bench.installation.postgres.pid or 0),
    }
    with traffic(plan) as load:
        begun = time.monotonic()
        before = {name: family.seconds() for name, family in families.items()}
        found = load.result()
        took = time.monotonic() - begun
        return found | {"cores": {name: (family.seconds() - before[name]) / took for name, family in families.items()}}


def _neighbours(bench: Workbench, desk: Desk, capacity: float, options: argparse.Namespace) -> tuple[Figures, Figures]:
    """The figures of a small store's customers, without and with a flood at the large one."""
    shop = desk.shops[1]
    time.sleep(_PAUSE_SECONDS)
    quiet = people.others(bench, desk, shop, seconds=options.seconds, connections=_NEIGHBOURS)
    alone = run(quiet)
    _show("neighbours alone", None, alone)
    with traffic(flood(bench, desk, _TIMES[-1] * capacity, options)) as load:
        flooded = run(people.others(bench, desk, shop, seconds=options.seconds - 1, connections=_NEIGHBOURS))
        load.result()
    _show(f"neighbours beside {_TIMES[-1]}x", None, flooded)
    return alone, flooded


def _show(name: str, rate: float | None, found: Figures) -> None:
    accepted, refused, cores = found["accepted"], found["refused"], found.get("cores", {})
    report.row(
        name,
        rate,
        accepted["rate"],
        accepted["p50"],
        accepted["p99"],
        100 * _refused(found),
        refused["p99"],
        f"{found['unsent']:,}",
        found["late"]["p99"],
        found["generator_cores"],
        cores.get("server"),
        cores.get("PostgreSQL"),
    )


def _refused(found: Figures) -> float:
    refused, accepted = found["refused"]["count"], found["accepted"]["count"]
    return refused / (refused + accepted) if refused + accepted else 0


def _goals(figures: Figures) -> list[report.Goal]:
    loads, alone, flooded = figures["loads"], figures["alone"], figures["flooded"]
    once = loads["1x"]["accepted"]["rate"]
    judged = []
    for name, found in loads.items():
        judged += [
            (f"{name}: p99 of what is answered, ms", found["accepted"]["p99"], "at most", 1000),
            (f"{name}: refusals without Retry-After", found["refused_silently"], "at most", 0),
        ]
        if name != "1x":
            judged.append((f"{name}: answered, to what is at 1x", found["accepted"]["rate"] / once, "at least", 0.95))
    return [
        *judged,
        (
            "neighbours' p99 beside a flood, to alone",
            flooded["accepted"]["p99"] / alone["accepted"]["p99"],
            "at most",
            2,
        ),
        ("neighbours refused beside a flood, %", 100 * _refused(flooded), "at most", 0),
    ]


if __name__ == "__main__":
    sys.exit(main())
