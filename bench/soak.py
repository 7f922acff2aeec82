"""A long visit on a bad day: things are killed, others behave badly, and at the end everything must be as it was.

Customers look and buy as in visit.py. Every minute something happens: a worker, PostgreSQL or Valkey is killed, clients
send slowly, new documents flood the server, sessions are revoked, a store is deleted. At the end, the sales that
customers were told of are compared to the database, and memory, descriptors, connections and locks to the start.
"""

import argparse
import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import zip_longest

import psutil
from redis import Redis

import report
import visit_report
from bad_day import REVOKED, SECONDS, BadDay
from desk import CUSTOMERS, Desk
from population import PASSWORD, Population, connected, enter, populated
from report import Figures
from usage import Family
from workbench import HERE, Workbench

_SETTLE_SECONDS = 100
"""More than a connection may be idle, so that what clients left behind is closed."""
_MAX_GROWTH_MIB = 64
_MAX_MORE_DESCRIPTORS = 40
"""A worker keeps up to 16 connections to Valkey; one that Valkey has ended stays open until it is used again."""
_BOOKS = """
    SELECT (SELECT count(*) FROM purchase), (SELECT count(*) FROM purchase_item),
        (SELECT count(*) FROM pet WHERE sold_at IS NOT NULL),
        (SELECT count(*) FROM pet FULL JOIN purchase_item i ON i.pet_id = pet.id
            WHERE (pet.sold_at IS NULL) <> (i.pet_id IS NULL)),
        (SELECT count(*) FROM purchase WHERE NOT EXISTS (SELECT FROM purchase_item WHERE purchase_id = purchase.id))
"""


def main() -> int:
    """Run the soak. Returns 1 if something is not as it was."""
    parser = report.options_parser(__doc__)
    parser.add_argument("--customers", type=int, default=250)
    parser.add_argument("--pets", type=int, default=60_000, help="of the large store")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--warm-up", type=int, default=600, help="seconds before the first event, to fill the caches")
    parser.add_argument("--every", type=int, default=60, help="seconds between events")
    options = parser.parse_args()
    with populated(pets=options.pets, customers=CUSTOMERS, small_customers=options.customers) as (bench, population):
        figures = _soak(bench, population, options)
    _show(figures)
    return report.finish(options, figures)


def _soak(bench: Workbench, population: Population, options: argparse.Namespace) -> Figures:
    desk = Desk(bench, population, most=0)
    day = BadDay(bench, desk, population, itertools.count())
    events: list[Callable[[], str]] = [
        *(day.kill_worker, day.send_slowly, day.kill_postgres, day.flood),
        *(day.revoke_sessions, day.kill_valkey, day.delete_store),
    ]
    generator = subprocess.Popen(
        [sys.executable, str(HERE / "crowd.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert generator.stdin
    assert generator.stdout
    happened: list[Figures] = []
    try:
        generator.stdin.write(json.dumps(_plan(bench, population, options)).encode())
        generator.stdin.close()
        begins = float(generator.stdout.readline() or sys.exit("The generator ended before it began."))
        time.sleep(max(0.0, begins + options.warm_up - time.monotonic()))
        start = _state(bench)
        for event in itertools.cycle(events):
            second = time.monotonic() - begins
            if second + SECONDS > options.seconds:
                break
            happened.append({"second": round(second), "what": event.__name__, "wrong": event()})
            time.sleep(max(0.0, begins + second + options.every - time.monotonic()))
        visit = json.loads(generator.stdout.read() or sys.exit("The generator ended too soon."))
        generator.wait(timeout=30)
    finally:
        generator.kill()
    time.sleep(_SETTLE_SECONDS)
    end, books = _state(bench), _books(bench, population)
    figures = {"visit": visit, "events": happened, "start": start, "end": end, "books": books}
    errors = Counter(visit_report.errors(bench.log)) if bench.log else Counter()
    return figures | {"log": dict(errors), "void": _verdict(figures)}


def _plan(bench: Workbench, population: Population, options: argparse.Namespace) -> Figures:
    """Customers of all stores but those whose sessions are revoked; the large store's are the desk's too."""
    large, *small = [[(shop.store.slug, each.email) for each in shop.customers] for shop in population.shops]
    small[0] = small[0][:-REVOKED]
    apart = [customer for customers in zip_longest(*small) for customer in customers if customer]
    mixed = (large[-(options.customers // 2) :] + apart)[: options.customers]
    return {
        "port": bench.settings.port,
        "authority": str(bench.installation.certificates().authority),
        "customers": mixed,
        "password": PASSWORD,
        "seconds": options.seconds,
        "ramp": min(30, options.every),
    }


def _state(bench: Workbench) -> Figures:
    """Memory, descriptors, connections and locks."""
    server = Family("server", bench.server)
    processes = [psutil.Process(pid) for pid in server.pids()]
    clients = sum(
        each.status != psutil.CONN_LISTEN and each.laddr.port == bench.settings.port
        for process in processes
        for each in process.net_connections("tcp")
    )
    with connected(bench.installation) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM pg_stat_activity WHERE usename = 'menagerie_server'), "
            "(SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' "
            "AND state_change < now() - interval '5 s'), (SELECT count(*) FROM pg_locks WHERE NOT granted), "
            "(SELECT count(*) FROM platform.overdue_version)"
        ).fetchone()
    assert row is not None
    database, idle, waiting, overdue = row
    with Redis.from_url(bench.installation.valkey.address) as cache:
        valkey = cache.info("clients")["connected_clients"] - 1
    return {
        "processes": len(processes),
        "memory, MiB": server.weight().pss,
        "client connections": clients,
        "database connections": database,
        "Valkey connections": valkey,
        "other descriptors": sum(process.num_fds() for process in processes) - clients - database - valkey,
        "idle transactions": idle,
        "waiting locks": waiting,
        "overdue versions": overdue,
    }


def _books(bench: Workbench, population: Population) -> Figures:
    """Purchases, and what does not add up, in all stores together."""
    totals = {"purchases": 0, "items": 0, "sold": 0, "sold twice or not at all": 0, "empty purchases": 0}
    with connected(bench.installation) as connection:
        for shop in population.shops:
            enter(connection, shop.store)
            row = connection.execute(_BOOKS).fetchone()
            assert row is not None
            totals = {name: totals[name] + count for name, count in zip(totals, row, strict=True)}
    return totals


def _verdict(figures: Figures) -> list[str]:
    """What is not as it was; empty if everything is."""
    visit, start, end, books = (figures[name] for name in ("visit", "start", "end", "books"))
    told = sum(
        visit["all"].get(name, {"count": 0, "sold": 0})["count"] - visit["all"].get(name, {"sold": 0})["sold"]
        for name in ("buy", "checkout")
    )
    unknown = sum(sum(visit["errors"].get(name, {}).values()) for name in ("buy", "checkout"))
    figures["told"], figures["unknown"] = told, unknown
    reasons = [f"{each['what']}: {each['wrong']}" for each in figures["events"] if each["wrong"]]
    reasons += [f"untrue answer, {reason}" for reason in visit["wrong"]]
    if not told <= books["purchases"] <= told + unknown:
        reasons.append(f"{told} purchases were told, {unknown} may have been made, and {books['purchases']} were")
    if books["sold twice or not at all"] or books["empty purchases"] or books["items"] != books["sold"]:
        reasons.append(f"the books do not balance: {books}")
    if end["memory, MiB"] > start["memory, MiB"] + _MAX_GROWTH_MIB:
        reasons.append(f"memory grew from {start['memory, MiB']:.0f} to {end['memory, MiB']:.0f} MiB")
    if end["processes"] > start["processes"] or end["client connections"]:
        reasons.append(f"{end['processes']} processes and {end['client connections']} client connections are left")
    if end["other descriptors"] > start["other descriptors"] + _MAX_MORE_DESCRIPTORS:
        reasons.append(f"descriptors grew from {start['other descriptors']} to {end['other descriptors']}")
    if end["idle transactions"] or end["waiting locks"] or end["overdue versions"]:
        reasons.append(f"left behind: {end}")
    return reasons


def _show(figures: Figures) -> None:
    everything = figures["visit"]["all"]["all"]
    errors = sum(sum(kinds.values()) for kinds in figures["visit"]["errors"].values())
    print(
        f"{report.machine()}, two workers; {len(figures['events'])} events; {everything['count']:,} answers, p99 "
        f"{everything['p99']:,.0f} ms; {errors:,} failures; {figures['told']:,} purchases told, {figures['unknown']} "
        f"unknown, {figures['books']['purchases']:,} made\n"
    )
    for name, kinds in figures["visit"]["errors"].items():
        print(f"- {name} failed: {kinds}")
    for event, count in figures["log"].items():
        print(f"- the server logged as an error, {count} times: {event}")
    print()
    report.head("what", "at the start", "at the end")
    for name, value in figures["start"].items():
        report.row(name, value, figures["end"][name])


if __name__ == "__main__":
    sys.exit(main())
