"""Prints the medians of what `make bench-full` has measured, as tables for docs/performance.md."""

import json
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


def main() -> None:
    """Print every table of the directory that the command names."""
    rounds: dict[str, list[Figures]] = {}
    for file in sorted(Path(sys.argv[1]).rglob("*.json")):
        rounds.setdefault(file.stem, []).append(json.loads(file.read_text()))
    for name, found in rounds.items():
        print(f"\n## {name}, {len(found)} runs\n")
        for number, reason in ((n, reason) for n, each in enumerate(found, 1) for reason in each.get("void") or ()):
            print(f"Void in run {number}: {reason}\n")
        for table in (_visit, _operations, _sizes, _loads, _goals):
            lines = list(table(found))
            if lines:
                print("\n".join(lines), end="\n\n")


def _visit(found: Sequence[Figures]) -> Iterator[str]:
    if "steady" not in found[0]:
        return
    seconds = found[0]["options"]["seconds"] - found[0]["options"]["ramp"]
    yield "| operation | a second | p50 ms | p95 ms | p99 ms | p99 with the first minute |"
    yield "|---|---|---|---|---|---|"
    for operation in found[0]["all"]:
        steady = [each["steady"][operation] for each in found]
        both = _median(each["all"][operation]["p99"] for each in found)
        rate = _median(each["count"] / seconds for each in steady)
        percentiles = (_median(each[key] for each in steady) for key in ("p50", "p95", "p99"))
        yield f"| {operation} | {rate:,.1f} | {' | '.join(f'{value:,.1f}' for value in percentiles)} | {both:,.1f} |"
    yield ""
    yield f"Memory at most, MiB: {_listed(max(look['server']['pss'] for look in each['memory']) for each in found)}."
    yield f"Processor seconds of the server: {_listed(each['processor']['server'] for each in found)}."
    yield f"Growth, MiB a minute: {[each['growth'] for each in found]}. Errors: {[each['errors'] for each in found]}."


def _operations(found: Sequence[Figures]) -> Iterator[str]:
    if "rows" not in found[0] or "goal_rate" not in found[0]["rows"][0]:
        return
    yield "| operation | requests/s | goal | p99 ms | µs | goal |"
    yield "|---|---|---|---|---|---|"
    for row in found[0]["rows"]:
        same = [other for each in found for other in each["rows"] if other["name"] == row["name"]]
        good = [other for other in same if not other["void"]]
        rate = f"{_median(other['rate'] for other in good):,.0f}" if good else "void"
        p99 = f"{_median(other['p99'] for other in good):,.1f}" if good else ""
        microseconds = _median(other["microseconds"] for other in same)
        goals = (row["goal_rate"] or "", row["goal_microseconds"] or "")
        yield f"| {row['name']} | {rate} | {goals[0]} | {p99} | {microseconds:,.0f} | {goals[1]} |"


def _sizes(found: Sequence[Figures]) -> Iterator[str]:
    if "sizes" not in found[0]:
        return
    yield f"| operation | {' | '.join(f'{size:,} pets, µs' for size in found[0]['sizes'])} | ratio |"
    yield f"|---|{'---|' * (len(found[0]['sizes']) + 1)}"
    for number, row in enumerate(found[0]["rows"]):
        same = [each["rows"][number] for each in found]
        # An operation that a small store cannot have, such as page 1,000, has no cost there.
        measured = [[other["costs"][place] for other in same] for place in range(len(row["costs"]))]
        costs = [_median(cost["median"] for cost in each) if all(each) else None for each in measured]
        known = [cost for cost in costs if cost is not None]
        cells = " | ".join("" if cost is None else f"{cost:,.0f}" for cost in costs)
        yield f"| {row['name']} | {cells} | {max(known) / min(known):.2f} |"


def _loads(found: Sequence[Figures]) -> Iterator[str]:
    if "loads" not in found[0]:
        return
    yield "| load | answered a second | p50 ms | p99 ms | refused a second |"
    yield "|---|---|---|---|---|"
    loads = {name: [each["loads"][name] for each in found] for name in found[0]["loads"]}
    for extra in ("capacity", "alone", "flooded"):
        if extra in found[0]:
            loads[extra] = [each[extra] for each in found]
    for name, each in loads.items():
        rate, p50, p99 = (_median(one["accepted"][key] for one in each) for key in ("rate", "p50", "p99"))
        refused = _median(one["refused"]["rate"] for one in each)
        yield f"| {name} | {rate:,.1f} | {p50:,.1f} | {p99:,.1f} | {refused:,.1f} |"


def _goals(found: Sequence[Figures]) -> Iterator[str]:
    if not found[0].get("goals"):
        return
    yield "| goal | is to be | is | reached | runs |"
    yield "|---|---|---|---|---|"
    for number, goal in enumerate(found[0]["goals"]):
        values = [each["goals"][number]["is"] for each in found]
        value = _median(values)
        reached = value >= goal["to be"] if goal["way"] == "at least" else value <= goal["to be"]
        answer = "yes" if reached else "no"
        yield f"| {goal['goal']} | {goal['way']} {goal['to be']} | {value:,.2f} | {answer} | {_each(values)} |"


def _listed(values: Iterable[float]) -> str:
    found = list(values)
    return f"{_median(found):,.1f} ({_each(found)})"


def _each(values: Sequence[float]) -> str:
    return " · ".join(f"{value:,.2f}" for value in values)


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
