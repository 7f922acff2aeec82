"""Carts: a customer's chosen pets, kept on the server so that they follow them across devices."""
