"""Settings of a transaction that Citus reads. Plain PostgreSQL ignores them, as it accepts any name with a dot."""

from typing import LiteralString

PROPAGATE_SETTINGS: LiteralString = "SET LOCAL citus.propagate_set_commands TO 'local'"
"""Only settings made after this are propagated to Citus' nodes."""
PLACE_NEW_SCHEMAS: LiteralString = "SET LOCAL citus.enable_schema_based_sharding TO on"
"""A schema created while this is on is placed on one of the nodes."""
