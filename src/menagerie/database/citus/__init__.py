"""What is different on Citus, which spreads the stores over several servers (schema-based sharding)."""
