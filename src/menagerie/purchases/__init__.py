"""Purchases: buying pets, all or none, exactly once."""
