"""Stores: the tenants, from their creation to their deletion."""
