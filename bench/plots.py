"""Draw what the programs have written with `--json`: the medians of all files of the same name below a directory."""

import argparse
import json
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import svg
from report import Figures
from visit_report import MAX_MIB
from workbench import HERE

_TO = HERE.parent / "docs" / "pictures" / "performance"
_VISIT = re.compile(r"visit-(\d+)")


def main() -> int:
    """Draw everything that there are files for. Returns 1 if there are none at all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="where the JSON files are, in directories of its own or not")
    parser.add_argument("--to", type=Path, default=_TO, help="the directory of the pictures (%(default)s)")
    options = parser.parse_args()
    found: dict[str, list[Figures]] = defaultdict(list)
    for file in sorted(options.directory.rglob("*.json")):
        found[file.stem].append(json.loads(file.read_text(encoding="utf-8")))
    drawn = _visits(found) | _drawn(found)
    options.to.mkdir(parents=True, exist_ok=True)
    for name, picture in drawn.items():
        (options.to / f"{name}.svg").write_text(picture, encoding="utf-8")
        print(options.to / f"{name}.svg")
    return 0 if drawn else 1


def _visits(found: dict[str, list[Figures]]) -> dict[str, str]:
    visits = {int(match.group(1)): rounds for name, rounds in found.items() if (match := _VISIT.fullmatch(name))}
    if not visits:
        return {}

    def line(figure: Callable[[Figures], float]) -> svg.Points:
        return [(customers, _median(rounds, figure)) for customers, rounds in visits.items()]

    def rate(each: Figures) -> float:
        return each["steady"]["all"]["count"] / (each["options"]["seconds"] - each["options"]["ramp"])

    latencies = {name: line(lambda each, name=name: each["steady"]["all"][name]) for name in ("p50", "p95", "p99")}
    return {
        "visit-throughput": svg.lines("A visit", "customers", "requests a second", {"answered": line(rate)}),
        "visit-latency": svg.lines("A visit", "customers", "milliseconds", latencies),
    }


def _drawn(found: dict[str, list[Figures]]) -> dict[str, str]:
    draw = {"overload": _overload, "operations": _operations, "sizes": _sizes, "memory": _memory}
    return {name: one(found[name]) for name, one in draw.items() if name in found}


def _overload(rounds: list[Figures]) -> str:
    kinds: dict[str, Callable[[Figures], float]] = {
        "answered": lambda load: load["accepted"]["rate"],
        "refused": lambda load: load["refused"]["rate"],
        "no connection free": lambda load: load["unsent"] / load["seconds"],
    }
    series = {
        kind: [
            (_median(loads, lambda load: load["offered"]), _median(loads, figure))
            for loads in zip(*(each["loads"].values() for each in rounds), strict=True)
        ]
        for kind, figure in kinds.items()
    }
    return svg.lines("More to do than can be done", "requests offered a second", "requests a second", series)


def _operations(rounds: list[Figures]) -> str:
    rows: dict[str, list[float]] = defaultdict(list)
    for row in (row for each in rounds for row in each["rows"]):
        if not row["void"]:
            rows[row["name"]].append(row["microseconds"])
    bars = {name: {"": statistics.median(values)} for name, values in rows.items()}
    return svg.bars("What an operation costs the application", "µs of processor", bars)


def _sizes(rounds: list[Figures]) -> str:
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in rounds:
        for row in each["rows"]:
            for size, cost in zip(each["sizes"], row["costs"], strict=True):
                if cost is not None:
                    found[row["name"]][f"{size:,} pets"].append(cost["mean"])
    rows = {name: {size: statistics.median(costs) for size, costs in row.items()} for name, row in found.items()}
    return svg.bars("What a request costs the server and its databases", "µs of processor", rows)


def _memory(rounds: list[Figures]) -> str:
    last = rounds[-1]["memory"]
    roles = sorted({role for sample in last for role in sample["roles"]})
    series = {
        role: [(sample["second"], sample["roles"].get(role, {"pss": 0})["pss"]) for sample in last] for role in roles
    }
    series["all"] = [(sample["second"], sample["server"]["pss"]) for sample in last]
    return svg.lines("The server's memory", "seconds", "MiB", series, limit=MAX_MIB)


def _median(rounds: Iterable[Figures], figure: Callable[[Figures], float]) -> float:
    return statistics.median(map(figure, rounds))


if __name__ == "__main__":
    sys.exit(main())
