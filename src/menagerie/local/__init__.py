"""Everything that runs on one machine: the embedded servers, their certificates and the demo's data."""
