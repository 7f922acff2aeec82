"""The HTTP layer: from a request to a caller, to an operation, to an answer."""
