"""Many customers' first sign-ins at once, and how they affect everybody else.

Each has an account of its own, whose password has to be hashed, and uses a new connection. Meanwhile, customers who are
already signed in look around. The baseline is argon2 alone with the same parameters, in a process for each core, before
and after.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from argon2 import PasswordHasher

import bursts
import people
import report
from desk import CUSTOMERS, Desk
from documents import document
from population import PASSWORD, Population, populated
from request import basic, operation
from traffic import Kind, Pace, Plan, raw, run, traffic
from workbench import Workbench

_HASHES = 400
_PATIENCE_SECONDS = 120


def main() -> int:
    """Measure and print. Returns 1 if a figure is void."""
    options = _options()
    everybody = CUSTOMERS + 2 * options.sign_ins
    with populated(pets=options.pets, customers=everybody, small_customers=0) as (bench, population):
        desk = Desk(bench, population, most=0)
        hashes = _hashes_alone(desk)
        first, second = plans(bench, population, options)
        run(people.others(bench, desk, desk.shop, seconds=2))
        others = run(people.others(bench, desk, desk.shop, seconds=options.seconds))
        alone = run(first)
        # For as long as the sign-ins take if they are as quick as before.
        with traffic(people.others(bench, desk, desk.shop, seconds=alone["seconds"])) as beside:
            signed_in = run(second)
            disturbed = beside.result()
        hashes = (hashes + _hashes_alone(desk)) / 2
    print(f"{report.machine()}, two workers, {options.sign_ins:,} sign-ins at once\n")
    loads = {"alone": alone, "others": others, "beside others": signed_in, "others beside": disturbed}
    figures = bursts.show("sign-ins", "argon2", hashes, loads)
    for name in ("alone", "beside others"):
        if (count := loads[name]["accepted"]["count"]) != options.sign_ins:
            figures["void"].append(f"{name}: {count} of {options.sign_ins} came in")
    return report.finish(options, figures)


def _options() -> argparse.Namespace:
    parser = report.options_parser(__doc__)
    parser.add_argument("--sign-ins", type=int, default=1_000, help="at once; twice")
    parser.add_argument("--seconds", type=int, default=15, help="of the others alone")
    parser.add_argument("--pets", type=int, default=3_000, help="of the large store")
    return parser.parse_args()


def _hashes_alone(desk: Desk) -> float:
    """How many hashes like the accounts' the machine computes in a second, with a process for each core."""
    with desk.connect() as connection:
        row = connection.execute("SELECT password_hash FROM customer LIMIT 1").fetchone()
    processes = os.cpu_count() or 1
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(_verify, [str(row[0]) if row else ""] * processes))
        begun = time.monotonic()
        list(pool.map(_verify, [str(row[0]) if row else ""] * _HASHES))
        return _HASHES / (time.monotonic() - begun)


def _verify(hashed: str) -> None:
    """Verify the password, with the hash's own parameters."""
    PasswordHasher().verify(hashed, PASSWORD)


def plans(bench: Workbench, population: Population, options: argparse.Namespace) -> list[Plan]:
    """Two bursts of first sign-ins, each by other customers."""
    shop, query = population.shops[0], document("SignIn")
    newcomers = [basic(f"{shop.store.slug}/{account.email}", PASSWORD) for account in shop.customers[CUSTOMERS:]]
    requests = raw(bench, [operation("storefront", each, query) for each in newcomers])
    return [
        people.plan(
            bench,
            [Kind(requests[start : start + options.sign_ins])],
            Pace.AT_ONCE,
            _PATIENCE_SECONDS,
            0,
            expected=b'"token":',
            timeout=_PATIENCE_SECONDS,
        )
        for start in (0, options.sign_ins)
    ]


if __name__ == "__main__":
    sys.exit(main())
