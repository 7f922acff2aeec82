"""The GraphQL code that all features share: how operations are read, bounded and executed."""
