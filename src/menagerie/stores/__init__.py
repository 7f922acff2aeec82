"""Stores: the tenants, how they come to be and end."""
