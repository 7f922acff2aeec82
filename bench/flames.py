"""Draw a flame graph of each hot path: where a worker's Python is while one operation is requested again and again.

Each load that fills the machine with more than one operation has one, too: a flood, sign-ins, and uploads.

A sampling profiler (py-spy) looks at a worker from outside, some hundred times a second, and counts it while it runs
Python. A function that hangs below another was called by it, and is as wide as its share of the samples.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import carts
import overload
import sign_ins
import svg
import uploads
from calls import MEASURED
from desk import CUSTOMERS, Desk
from pet_upload import pictures
from population import SMALL_STORES, populated
from request import Calls
from traffic import Plan, traffic
from usage import Family
from workbench import HERE, Workbench, require, wrk

_TO = HERE.parent / "docs" / "pictures" / "performance"
_HOT = ("list, known", "list, not known", "me", "pet, not known", "cart", "add to cart", "my pets", "buy", "picture")
_LOADS = ("flood", "sign-ins", "uploads")
_FLOOD_PER_SECOND = 17_000
"""Five times what these machines answer."""
_CONNECTIONS = 32
_PER_SECOND = 250
"""Samples per second."""
_WARM_UP_SECONDS = 2
_MAX_PER_SECOND = 2_500
"""More requests than any operation that sells is expected to reach."""
_ABOVE = ("menagerie/cli/", "menagerie/server/", "menagerie/api/app.py")
"""Frames that all stacks have in common."""


def main() -> int:
    """Draw the flame graphs."""
    options = _options()
    require("wrk")
    options.to.mkdir(parents=True, exist_ok=True)
    customers = CUSTOMERS + 2 * options.sign_ins
    with populated(pets=options.pets, customers=customers, small_customers=SMALL_STORES) as (bench, population):
        desk = Desk(bench, population, most=_MAX_PER_SECOND * options.seconds)
        loads: dict[str, Callable[[], Plan]] = {
            "flood": lambda: overload.flood(bench, desk, _FLOOD_PER_SECOND, options),
            "sign-ins": lambda: sign_ins.plans(bench, population, options)[0],
            "uploads": lambda: uploads.plan(bench, population, pictures(), options.seconds),
        }
        for name in options.only or (*_HOT, *_LOADS):
            if name in loads:
                samples = _under_load(bench, loads[name](), options.seconds)
            else:
                samples = _samples(bench, desk, MEASURED[name].calls(desk), options.seconds)
            file = options.to / f"flame-{name.replace(', ', '-').replace(' ', '-')}.svg"
            file.write_text(svg.flames(f"{name}: {sum(samples.values()):,} samples", samples), encoding="utf-8")
            print(file, flush=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="of load for each operation")
    parser.add_argument("--pets", type=int, default=30_000, help="of the large store")
    parser.add_argument("--only", action="append", choices=(*MEASURED, *_LOADS), help="one; may be given again")
    parser.add_argument("--sign-ins", type=int, default=1_000, help="at once")
    parser.add_argument("--connections", type=int, default=4_000, help="that a flood's requests may be under way on")
    parser.add_argument("--to", type=Path, default=_TO, help="the directory of the pictures (%(default)s)")
    return parser.parse_args()


def _samples(bench: Workbench, desk: Desk, calls: Calls, seconds: int) -> dict[tuple[str, ...], int]:
    """How often a worker was seen in each stack of functions, the outermost first."""
    with (
        tempfile.NamedTemporaryFile() as requests,
        carts.tended(calls.carts if calls.changes_carts else None, desk.connect),
        ThreadPoolExecutor(1) as thread,
    ):
        with desk.connect() as connection:
            carts.empty(connection)
            if calls.carts is not None:
                calls.carts.tend(connection)
        for request in calls.requests:
            raw = request.raw(bench.settings.port)
            requests.write(b"%d\n%b" % (len(raw), raw))
        requests.flush()
        load = thread.submit(
            wrk,
            bench.address,
            connections=_CONNECTIONS,
            seconds=seconds,
            script=HERE / "requests.lua",
            arguments=[requests.name],
        )
        samples = _profiled(bench, seconds)
        load.result()
        return samples


def _under_load(bench: Workbench, plan: Plan, seconds: int) -> dict[tuple[str, ...], int]:
    """The same under a planned load."""
    with traffic(plan) as load:
        samples = _profiled(bench, seconds)
        load.result()
    return samples


def _profiled(bench: Workbench, seconds: int) -> dict[tuple[str, ...], int]:
    """How often a worker was seen in each stack of functions, while a load of so many seconds lasts."""
    time.sleep(_WARM_UP_SECONDS)
    with tempfile.NamedTemporaryFile() as output:
        profiler = [str(Path(sys.executable).with_name("py-spy")), "record", "--gil", "--pid", str(_worker(bench))]
        profiler += ["--duration", str(seconds - _WARM_UP_SECONDS - 1), "--rate", str(_PER_SECOND)]
        profiler += ["--format", "raw", "--output", output.name]
        subprocess.run(profiler, check=True, capture_output=True)
        return _counted(Path(output.name).read_text(encoding="utf-8").splitlines())


def _worker(bench: Workbench) -> int:
    """The id of one of the server's worker processes."""
    return next(iter(Family("server", bench.server).workers()))


def _counted(lines: Iterable[str]) -> dict[tuple[str, ...], int]:
    counted: dict[tuple[str, ...], int] = {}
    for line in lines:
        stack, count = line.rsplit(" ", 1)
        frames = [frame.rsplit(":", 1)[0].replace("(", "· ") for frame in stack.split(";")]
        ours = [place for place, frame in enumerate(frames) if "menagerie/" in frame]
        ours = [place for place in ours if not any(above in frames[place] for above in _ABOVE)]
        # A stack without frames of ours belongs to the event loop and the server.
        way = tuple(frames[ours[0] :]) if ours else ("the event loop and the server",)
        counted[way] = counted.get(way, 0) + int(count)
    return counted


if __name__ == "__main__":
    sys.exit(main())
