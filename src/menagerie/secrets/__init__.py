"""Passwords and encryption: turn secrets into something that may be stored."""
