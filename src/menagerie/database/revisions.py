"""The revision that this version's code needs."""

STORES_REVISION = "0001"
"""The revision of a store's schema that this version's code needs.

Stores at an older one are refused. Migrations only add, so a newer one works too, as after a rollback. Server processes
do not load Alembic, which knows the newest revision; a test compares the two.
"""
