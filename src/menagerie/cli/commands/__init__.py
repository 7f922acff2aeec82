"""The commands that operators call: a module for each."""
