"""Menagerie: a multi-tenant pet store platform."""
