"""What `menagerie doctor --deep` checks: whether every store's schema is as its revision says."""

from collections import defaultdict
from collections.abc import Iterator

import psycopg

from menagerie.cli.context import connection_advice
from menagerie.cli.doctor.findings import Finding, ok, problem, warning
from menagerie.settings import Settings
from menagerie.stores.drift import differences

_MAX_NAMED = 5


def check_drift(settings: Settings) -> Iterator[Finding]:
    """Compare the tables, indexes, constraints, privileges and roles of all stores with what they should be."""
    if settings.owner_database_url is None:
        yield warning("schemas", "They can only be compared with the owner's address, MENAGERIE_OWNER_DATABASE_URL.")
        return
    try:
        found = differences(settings.owner_database_url.get_secret_value())
    except psycopg.OperationalError as error:
        yield problem("schemas", connection_advice(error))
        return
    by_store = defaultdict[str, list[str]](list)
    for difference in found:
        by_store[difference.slug].append(str(difference))
    for slug, sentences in by_store.items():
        more = len(sentences) - _MAX_NAMED
        listed = "; ".join(sentences[:_MAX_NAMED]) + (f"; and {more} more" if more > 0 else "")
        yield problem(
            f"schema of {slug}",
            f"It is not as its revision says: {listed}. Change it back, or restore the store from a backup.",
        )
    if not by_store:
        yield ok("schemas", "Every migrated store's tables, indexes, constraints and privileges are as they should be.")
