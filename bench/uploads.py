"""Many merchants who list pets with large pictures at once, and how they affect everybody else.

Each has a store of its own, and sends the next JPEG of three megabytes when the previous pet is listed. The baseline is
the image library alone, making the same renditions in as many processes as two workers have for it, before and after.
"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import bursts
import people
import report
from desk import CUSTOMERS, Desk
from menagerie.pets.renditions import decode
from pet_upload import pictures, upload
from population import SMALL_STORES, Population, populated
from traffic import Kind, Pace, Plan, run, traffic
from workbench import Workbench

_MERCHANTS = 16
_PROCESSES = 4
"""Two for each of two workers."""
_BASELINE = 24
_TIMEOUT_SECONDS = 60
_WARM_UP_SECONDS = 5
"""Until the number of pictures in progress is steady."""


def main() -> int:
    """Measure and print. Returns 1 if a figure is void."""
    options = _options()
    made = pictures()
    with populated(pets=options.pets, customers=CUSTOMERS, small_customers=SMALL_STORES) as (bench, population):
        desk = Desk(bench, population, most=0)
        renderings = _renderings_alone(made)
        uploads = partial(plan, bench, population, made)
        run(people.others(bench, desk, desk.shop, seconds=2))
        others = run(people.others(bench, desk, desk.shop, seconds=options.seconds))
        run(uploads(2))
        alone = run(uploads(options.seconds))
        with traffic(people.others(bench, desk, desk.shop, seconds=options.seconds)) as beside:
            listed = run(uploads(options.seconds))
            disturbed = beside.result()
        renderings = (renderings + _renderings_alone(made)) / 2
    loads = {"alone": alone, "others": others, "beside others": listed, "others beside": disturbed}
    size = sum(map(len, made)) / len(made) / 1e6
    print(f"{report.machine()}, two workers, {_MERCHANTS} merchants, pictures of {size:.1f} MB\n")
    return report.finish(options, bursts.show("pets listed", "the image library", renderings, loads))


def _options() -> argparse.Namespace:
    parser = report.options_parser(__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="of each load")
    parser.add_argument("--pets", type=int, default=3_000, help="of the store where others look around")
    return parser.parse_args()


def _renderings_alone(made: list[bytes]) -> float:
    """How many pictures a second the product's own code makes renditions of, without a server."""
    with ProcessPoolExecutor(_PROCESSES) as pool:
        list(pool.map(_rendered, made))
        begun = time.monotonic()
        list(pool.map(_rendered, [made[number % len(made)] for number in range(_BASELINE)]))
        return _BASELINE / (time.monotonic() - begun)


def _rendered(content: bytes) -> None:
    if isinstance(problem := decode(content, ".jpg"), str):
        raise ValueError(problem)  # noqa: TRY004  it says what is wrong with the picture


def plan(bench: Workbench, population: Population, made: list[bytes], seconds: float) -> Plan:
    """Merchants who list pets with these pictures, one after the other."""
    shops = population.small[:_MERCHANTS]
    requests = [upload(bench.settings.port, shop, picture) for picture in made for shop in shops]
    return people.plan(
        bench,
        [Kind(requests)],
        Pace.BY_THOUGHT,
        seconds,
        _MERCHANTS,
        expected=b'"width":',
        timeout=_TIMEOUT_SECONDS,
        warm_up=min(seconds / 2, _WARM_UP_SECONDS),
    )


if __name__ == "__main__":
    sys.exit(main())
