"""Settings of a transaction that Citus reads. Elsewhere they mean nothing: PostgreSQL takes any name with a dot."""

from typing import LiteralString

PROPAGATE_SETTINGS: LiteralString = "SET LOCAL citus.propagate_set_commands TO 'local'"
"""Citus' nodes are told only of what is set after this."""
PLACE_NEW_SCHEMAS: LiteralString = "SET LOCAL citus.enable_schema_based_sharding TO on"
"""A schema that is made while this is on is kept on one of the nodes."""
