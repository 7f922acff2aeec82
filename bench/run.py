"""Measures listing, purchase and onboarding, each beside its baseline, and prints a table in Markdown."""

import asyncio
import platform

import listing
import live
import onboarding
import purchase
from workbench import require, workbench


def main() -> None:
    """Run all benchmarks."""
    require("wrk", "nginx")
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, two workers\n")
    print("| what | ours | baseline | ratio | p50 | p99 | failures |\n|---|---|---|---|---|---|---|")
    with workbench() as bench:
        # First, before what the purchases leave to be cleaned up in the background.
        name, made, empty = asyncio.run(onboarding.measure(bench))
        print(
            f"| {name} | {made:.1f} ms | {empty:.1f} ms (empty transaction) | {made / empty:.1f} | | | 0 |", flush=True
        )
        for name, ours, theirs in listing.measure(bench):
            print(
                f"| {name} | {ours.per_second:,.0f}/s | {theirs.per_second:,.0f}/s (nginx) "
                f"| {ours.per_second / theirs.per_second:.2f} | {ours.p50_ms:.1f} ms | {ours.p99_ms:.1f} ms "
                f"| {ours.failures} |",
                flush=True,
            )
        name, bought, bare = purchase.measure(bench)
        print(
            f"| {name} | {bought.per_second:,.0f}/s | {bare:,.0f}/s (pgbench) | {bought.per_second / bare:.2f} "
            f"| {bought.p50_ms:.1f} ms | {bought.p99_ms:.1f} ms | {bought.failures} |",
            flush=True,
        )
        cost = asyncio.run(live.measure(bench))
        print(
            f"\n{cost.pages:,} open pages: {cost.more_mib:.0f} MiB more than {cost.before_mib:.0f} MiB without them, "
            f"{cost.more_connections} more database connections; a removed pet reached half of them in "
            f"{cost.p50_ms:.0f} ms and all in {cost.slowest_ms:.0f} ms"
        )


if __name__ == "__main__":
    main()
