"""The processes that serve: the workers, and their parent, which adds up their metrics."""
