"""Where the two cores go: processor time by what does the work, under each load that fills the machine.

A load that fills both cores leaves others waiting for a processor; the table shows why their latency grows.
"""

import argparse
import sys
import time
from collections.abc import Callable

import overload
import people
import report
import sign_ins
import uploads
from desk import CUSTOMERS, Desk
from pet_upload import pictures
from population import SMALL_STORES, populated
from traffic import Pace, Plan, run
from usage import Family, Threads

_CONNECTIONS, _MAX_PER_SECOND = 256, 4_000
_ROLES = ("event loops", "granian", "password hashes", "pictures", "PostgreSQL", "Valkey", "generator")


def main() -> int:
    """Measure and print. Returns 1 if a figure is void."""
    options = _options()
    customers = CUSTOMERS + 2 * options.sign_ins
    with populated(pets=options.pets, customers=customers, small_customers=SMALL_STORES) as (bench, population):
        desk = Desk(bench, population, most=0)
        made = pictures()
        day = people.day(bench, desk, _MAX_PER_SECOND * options.seconds)
        loads: dict[str, Callable[[], Plan]] = {
            "others alone": lambda: people.others(bench, desk, desk.shop, seconds=options.seconds),
            "a closed loop": lambda: people.plan(bench, day, Pace.BY_THOUGHT, options.seconds, _CONNECTIONS),
            "five times the capacity": lambda: overload.flood(bench, desk, 5 * _MAX_PER_SECOND, options),
            "sign-ins": lambda: sign_ins.plans(bench, population, options)[0],
            "uploads": lambda: uploads.plan(bench, population, made, options.seconds),
        }
        families = {
            "PostgreSQL": Family("PostgreSQL", bench.installation.postgres.pid or 0),
            "Valkey": Family("Valkey", bench.installation.valkey.pid or 0),
        }
        report.head("load", "answered/s", *_ROLES, "all")
        figures = {}
        for name, plan in loads.items():
            ready = plan()
            threads, before = Threads(bench.server), {role: family.seconds() for role, family in families.items()}
            begun = time.monotonic()
            found = run(ready)
            took = time.monotonic() - begun
            cores = {role: seconds / took for role, seconds in threads.used().items()}
            cores |= {role: (family.seconds() - before[role]) / took for role, family in families.items()}
            cores["generator"] = found["generator_cores"]
            report.row(name, found["accepted"]["rate"], *(cores[role] for role in _ROLES), sum(cores.values()))
            figures[name] = {"cores": cores, "load": found}
    return report.finish(options, {"loads": figures, "void": []})


def _options() -> argparse.Namespace:
    parser = report.options_parser(__doc__)
    parser.add_argument("--seconds", type=int, default=15, help="of each load")
    parser.add_argument("--sign-ins", type=int, default=1_000, help="at once")
    parser.add_argument("--connections", type=int, default=4_000, help="that a flood's requests may be under way on")
    parser.add_argument("--pets", type=int, default=30_000, help="of the large store")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
