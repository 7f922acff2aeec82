"""The commands that operators call, one module for each."""
