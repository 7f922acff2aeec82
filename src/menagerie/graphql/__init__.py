"""What all features share of GraphQL, and how operations are read, bounded and executed."""
