"""Purchases: buying pets, all or none, once."""
