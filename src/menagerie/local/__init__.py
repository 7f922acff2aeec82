"""Everything that runs on one machine: the embedded servers and their certificates."""
