"""Valkey: what is remembered of public data, a namespace per store. Without it everything is slower, nothing wrong."""
