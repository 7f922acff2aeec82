"""Settings of a transaction that Citus reads. Plain PostgreSQL ignores them, as it accepts any name with a dot."""

from typing import LiteralString

PROPAGATE_SETTINGS: LiteralString = "SET LOCAL citus.propagate_set_commands TO 'local'"
"""Only what is set after this is propagated to Citus' nodes."""
PLACE_NEW_SCHEMAS: LiteralString = "SET LOCAL citus.enable_schema_based_sharding TO on"
"""A schema that is made while this is on is placed on one of the nodes."""
