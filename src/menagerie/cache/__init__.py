"""Valkey: cached public data, with a namespace per store. Without it, everything is slower but still correct."""
