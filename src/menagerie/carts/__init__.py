"""Carts: a customer's chosen pets, kept on the server so that they are the same on all devices."""
