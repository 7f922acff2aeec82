"""The server processes: the workers, and their parent, which aggregates their metrics."""
