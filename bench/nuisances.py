"""Clients that behave badly, one kind after the other, and how they affect the customers of another store.

Slow senders, slow readers, resets and pipelined requests are made on the wire. Ten thousand different documents, one
lock that everybody wants and one answer that everybody wants come as well-formed requests, at a rate that the machine
can bear. During each, a small store's customers look around. The server's memory and its log are reported too.
"""

import argparse
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import people
import report
from calls import MEASURED
from desk import CUSTOMERS, Desk
from documents import document
from people import SHELF
from population import SMALL_STORES, populated
from report import Figures
from request import Request, operation
from traffic import Kind, Pace, faults, raw, run, traffic, working
from troublemakers import Job
from usage import Family
from workbench import Workbench

_OTHERS = 50
_WIRE = ("slow senders", "slow readers", "resets", "pipelined requests")
_DOCUMENTS, _DOCUMENTS_PER_SECOND = 10_000, 150
_HEAVY_PER_SECOND = 8
_CONNECTIONS, _PER_SECOND = 64, 300
_PAUSE_SECONDS = 2
_MAX_SLOWER, _MAX_GROWTH = 2, 64
"""Relative to the others' p99 without trouble; in MiB."""


def main() -> int:
    """Measure and print. Returns 1 if a figure is void."""
    options = _options()
    figures: Figures = {"nuisances": {}, "void": []}
    with populated(pets=options.pets, customers=CUSTOMERS, small_customers=_OTHERS * SMALL_STORES) as (
        bench,
        population,
    ):
        desk = Desk(bench, population, most=_DOCUMENTS)
        server = Family("server", bench.server)
        run(people.others(bench, desk, desk.shops[1], seconds=4, connections=_OTHERS))
        alone = _alone(bench, desk, options.seconds)
        print(f"{report.machine()}, two workers; others alone: p50 {alone['accepted']['p50']:.1f} ms, ", end="")
        print(f"p99 {alone['accepted']['p99']:.1f} ms\n")
        report.head("beside", "how much", "others' p50 ms", "others' p99 ms", "to alone", "MiB more", "log says")
        for name in options.only or _names():
            time.sleep(_PAUSE_SECONDS)
            figures["nuisances"][name] = _beside(bench, desk, server, name, options.seconds)
            _show(name, figures["nuisances"][name], alone)
        again = _alone(bench, desk, options.seconds)
    figures |= {"alone": alone, "alone again": again}
    figures["goals"] = report.goals(_goals(figures))
    for name, each in figures["nuisances"].items():
        figures["void"] += faults(f"others beside {name}", each["others"])
    return report.finish(options, figures)


def _options() -> argparse.Namespace:
    parser = report.options_parser(__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each kind; documents take longer")
    parser.add_argument("--pets", type=int, default=3_000, help="of the store where the trouble is")
    parser.add_argument("--only", action="append", choices=_names(), help="one kind; may be given again")
    return parser.parse_args()


def _names() -> list[str]:
    return [*_WIRE, "documents", "heavy documents", "one lock", "one answer"]


def _alone(bench: Workbench, desk: Desk, seconds: float) -> Figures:
    return run(people.others(bench, desk, desk.shops[1], seconds=seconds, connections=_OTHERS))


def _beside(bench: Workbench, desk: Desk, server: Family, name: str, seconds: float) -> Figures:
    """Measure the others during one kind of trouble."""
    if name == "documents":
        seconds = _DOCUMENTS / _DOCUMENTS_PER_SECOND
    begun, heavy = bench.log.stat().st_size if bench.log else 0, server.weight().pss
    with _trouble(bench, desk, name, seconds + 1) as made:
        others = _alone(bench, desk, seconds)
        weight = server.weight().pss
        count = made()
    logged = _logged(bench.log, begun)
    return {"others": others, "count": count, "seconds": seconds, "growth": weight - heavy, "log": logged}


@contextmanager
def _trouble(bench: Workbench, desk: Desk, name: str, seconds: float) -> Iterator[Callable[[], int]]:
    """Make trouble; yields a function that waits for its end and returns how much it was."""
    if name in _WIRE:
        job = Job(name, bench.settings.port, _authority(bench), _requests(bench, desk), seconds)
        with working("troublemakers.py", job) as output:
            yield lambda: int(output.read())
        return
    kinds, connections, rate = _load(bench, desk, name)
    plan = people.plan(bench, kinds, Pace.BY_CLOCK, seconds, connections, per_second=rate)
    with traffic(plan) as load:
        yield lambda: _answered(load.result())


def _answered(found: Figures) -> int:
    """How many requests were answered, with errors or without."""
    return int(found["accepted"]["count"] + found["refused"]["count"]) + sum(found["errors"].values())


def _authority(bench: Workbench) -> str:
    return str(bench.installation.certificates().authority)


def _requests(bench: Workbench, desk: Desk) -> list[bytes]:
    """Requests for a page of a hundred pets, from many customers."""
    return raw(bench, desk.each(document("Shelf"), SHELF | {"first": 100}))


def _load(bench: Workbench, desk: Desk, name: str) -> tuple[list[Kind], int, float]:
    """What is requested, over how many connections, and how often a second."""
    match name:
        case "documents":
            texts = [f"{{ a{number}: me {{ b{number}: name }} }}" for number in range(_DOCUMENTS)]
            requests = list(itertools.chain.from_iterable(desk.turns(text, [None]) for text in texts))
            return [Kind(raw(bench, requests))], _CONNECTIONS, _DOCUMENTS_PER_SECOND
        case "heavy documents":
            requests = [_heavy(desk, number) for number in range(1_000)]
            return [Kind(raw(bench, requests))], _CONNECTIONS, _HEAVY_PER_SECOND
        case "one lock":  # each puts the same pet into the same customer's cart
            (pet,) = desk.available(1)
            (request, *_) = desk.turns(document("AddToCart"), [{"petId": str(pet)}])
            return [Kind(raw(bench, [request]))], _CONNECTIONS, _PER_SECOND
        case _:
            return [Kind(raw(bench, MEASURED["list, known"].calls(desk).requests))], _CONNECTIONS, _PER_SECOND


def _heavy(desk: Desk, number: int) -> Request:
    """A small document that takes long to validate, a different one each time; visitors and customers alternate."""
    if number % 2:
        field = f'store(slug: "a{number}") {{ slug }} '
        return operation("signup", "", "{" + field * 215 + "}")
    (request, *_) = desk.turns(f"query q{number} {{ me {{ {'id ' * 300} }} }}", [None])
    return request


def _logged(log: Path | None, begun: int) -> dict[str, int]:
    """What has been logged since, except for ordinary requests."""
    if log is None:
        return {}
    with log.open("rb") as file:
        file.seek(begun)
        events = Counter(_event(line) for line in file)
    return {event: count for event, count in events.items() if event}


def _event(line: bytes) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line.decode(errors="replace").strip()[:80]
    return "" if entry.get("level") == "info" else str(entry.get("event"))


def _show(name: str, found: Figures, alone: Figures) -> None:
    others = found["others"]["accepted"]
    logged = ", ".join(f"{event} ({count})" for event, count in found["log"].items())
    slower = others["p99"] / alone["accepted"]["p99"]
    how_much = f"{found['count'] / found['seconds']:,.0f}/s"
    report.row(name, how_much, others["p50"], others["p99"], slower, found["growth"], logged or "nothing")


def _goals(figures: Figures) -> list[report.Goal]:
    alone = max(figures[each]["accepted"]["p99"] for each in ("alone", "alone again"))
    goals: list[report.Goal] = []
    for name, found in figures["nuisances"].items():
        slower = found["others"]["accepted"]["p99"] / alone
        goals.append((f"others' p99 beside {name}, to alone", slower, "at most", _MAX_SLOWER))
        goals.append((f"the server's memory beside {name}, MiB more", found["growth"], "at most", _MAX_GROWTH))
    return goals


if __name__ == "__main__":
    sys.exit(main())
