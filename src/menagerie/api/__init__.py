"""The HTTP edge: from a request to a caller, to an operation, to an answer."""
