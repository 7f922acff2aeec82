"""Pets: the catalogue, their pictures and the live shelf."""
