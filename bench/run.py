"""Measure listing, purchase and onboarding, each against its baseline, and print a table in Markdown."""

import argparse
import asyncio
import sys

import listing
import live
import onboarding
import purchase
import report
from report import Figures
from workbench import Load, Workbench, require, workbench


def main() -> int:
    """Run all benchmarks. Returns 1 if a request failed."""
    options = _options()
    require("wrk", "nginx")
    print(f"{report.machine()}, two workers\n")
    report.head("what", "ours", "baseline", "ratio", "p50 ms", "p99 ms", "failures")
    figures: Figures = {"rows": [], "void": []}
    with workbench() as bench:
        # First, before the purchases leave something to be cleaned up in the background.
        name, made, empty = asyncio.run(onboarding.measure(bench))
        report.row(name, f"{made:.1f} ms", f"{empty:.1f} ms (empty transaction)", made / empty, None, None, "0")
        goals = _list(bench, options, figures)
        name, bought, bare = purchase.measure(bench, options.seconds)
        _add(figures, name, bought, bare, "pgbench")
        cost = asyncio.run(live.measure(bench))
    print(
        f"\n{cost.pages:,} open pages: {cost.more_mib:.0f} MiB more than {cost.before_mib:.0f} MiB without them, "
        f"{cost.more_connections} more database connections; a removed pet reached half of them in "
        f"{cost.p50_ms:.0f} ms and all in {cost.slowest_ms:.0f} ms"
    )
    figures |= {"store": {"ms": made, "empty": empty}, "pages": vars(cost), "goals": report.goals(goals)}
    return report.finish(options, figures)


def _options() -> argparse.Namespace:
    parser = report.options_parser(__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="of each load")
    return parser.parse_args()


def _list(bench: Workbench, options: argparse.Namespace, figures: Figures) -> list[report.Goal]:
    """Measure the list unchanged and while it changes, and return its goals."""
    for each in listing.measure(bench, options.seconds):
        name = f"list of 24 ({each.kib} KiB), {each.connections:,} connections"
        _add(figures, name, each.ours, each.nginx.per_second, "nginx")
    still = each.ours
    changing, sales = listing.measure_while_selling(bench, options.seconds)
    again = listing.load(bench, listing.MANY, options.seconds)
    unchanged = (still.per_second + again.per_second) / 2
    _add(figures, "the same while a pet a second is bought", changing, unchanged, "none is, before and after")
    if not sales["accepted"]["count"] or sales["errors"] or sales["refused"]["count"]:
        figures["void"].append(f"a pet a second was to be bought, and {sales} was")
    return [
        ("the list, 1,000 connections, to nginx", still.per_second / each.nginx.per_second, "at least", 0.3),
        ("its p99, ms", still.p99_ms, "at most", 200),
        ("the same while a pet a second is bought, to none", changing.per_second / unchanged, "at least", 0.7),
    ]


def _add(figures: Figures, name: str, ours: Load, baseline: float, of: str) -> None:
    ratio = ours.per_second / baseline
    compared = f"{baseline:,.0f}/s ({of})"
    report.row(name, f"{ours.per_second:,.0f}/s", compared, ratio, ours.p50_ms, ours.p99_ms, str(ours.failures))
    figures["rows"].append({"what": name, "baseline": baseline, "of": of, "ratio": ratio} | vars(ours))
    if ours.failures:
        figures["void"].append(f"{name}: {ours.failures} requests failed")


if __name__ == "__main__":
    sys.exit(main())
