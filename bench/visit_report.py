"""Report a visit's figures: whether they count, and as tables in Markdown."""

import json
from pathlib import Path

import report
from report import Figures

MAX_MIB = 350
_MAX_GROWTH = 1.0
"""MiB a minute; less than that is the caches' fluctuation."""

_ORDER = """
    connect,sign in,shelf,species counts,cart,search,counts of search,species,next page,picture,pet,buy,add to cart,
    checkout,remove unavailable,my pets,all
"""


def faults(log: Path | None) -> int:
    """How many lines of the server's log report an error."""
    if log is None:
        return 0
    return len(errors(log))


def errors(log: Path) -> list[str]:
    """What the server's log reports as errors."""
    with log.open("rb") as file:
        lines = (line.replace(b" ", b"") for line in file)
        found = [line for line in lines if b'"level":"error"' in line or b'"level":"critical"' in line]
    return [str(json.loads(line)["event"]) for line in found]


def verdict(figures: Figures) -> list[str]:
    """Why the figures do not count; empty if they do."""
    reasons = [
        f"{operation}: {count} times {kind}"
        for operation, kinds in figures["errors"].items()
        for kind, count in kinds.items()
    ]
    if figures["faults"]:
        reasons.append(f"{figures['faults']} errors in the server's log")
    return reasons + [f"untrue answer, {reason}" for reason in figures["wrong"]]


def show(figures: Figures) -> None:
    """Print the tables."""
    options = figures["options"]
    steady = options["seconds"] - options["ramp"]
    print(
        f"{figures['machine']}, two workers; {options['customers']:,} customers, {options['pets']:,} pets in the large "
        f"store, {options['seconds']} s of which {steady} s after the ramp\n"
    )
    print(
        "| operation | count | per second | p50 ms | p95 ms | p99 ms | max ms | sold already | errors | p99 with ramp |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in [name.strip() for name in _ORDER.split(",")]:
        if (row := figures["steady"].get(name)) is None:
            continue
        errors = sum(figures["errors"].get(name, {}).values())
        if name == "all":
            errors = sum(sum(kinds.values()) for kinds in figures["errors"].values())
        print(
            f"| {name} | {row['count']:,} | {row['count'] / steady:,.1f} | {row['p50']:,.1f} | {row['p95']:,.1f} "
            f"| {row['p99']:,.1f} | {row['max']:,.1f} | {row['sold']:,} | {errors:,} "
            f"| {figures['all'][name]['p99']:,.1f} |"
        )
    _show_use(figures, steady)
    print(
        f"\n{figures['left']:,} of {options['pets']:,} pets are left in the large store; "
        f"{figures['reconnections']} connections were reopened."
    )
    _show_memory(figures)


def _show_use(figures: Figures, steady: float) -> None:
    count = figures["steady"]["all"]["count"] or 1
    first, last = figures["memory"][0], figures["memory"][-1]
    most = {name: max(sample[name]["rss"] for sample in figures["memory"]) for name in figures["processor"]}
    print()
    report.head(
        "processes", "processor s", "cores", "µs a request", "RSS MiB", "USS MiB", "PSS MiB", "RSS at first", "at most"
    )
    for name, seconds in figures["processor"].items():
        now = last[name]
        sizes = (f"{size:.0f}" for size in (now["rss"], now["uss"], now["pss"], first[name]["rss"], most[name]))
        each = f"{seconds / count * 1e6:,.0f}"
        report.row(f"{name} ({now['processes']})", f"{seconds:.1f}", f"{seconds / steady:.2f}", each, *sizes)


def _show_memory(figures: Figures) -> None:
    """Print what the server's processes take, each with its share of what several use, together and by role."""
    most = max(figures["memory"], key=lambda sample: sample["server"]["pss"])
    roles = ", ".join(f"{role} ({each['processes']}) {each['pss']:.0f}" for role, each in most["roles"].items())
    print(f"\nThe server took at most {most['server']['pss']:.0f} MiB (PSS): {roles}.")
    goals = [("the server's memory at most, MiB", most["server"]["pss"], "at most", MAX_MIB)]
    if (growth := figures["growth"]) is not None:
        goals.append(("its growth, MiB a minute", growth, "at most", _MAX_GROWTH))
    figures["goals"] = report.goals(goals)
