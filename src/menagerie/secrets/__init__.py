"""Passwords and encryption: what turns secrets into something that may be stored."""
