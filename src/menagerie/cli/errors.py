"""Errors of the command line itself."""

from menagerie.errors import DomainError


class UsageError(DomainError):
    """Call the command again with the options that the message names; exit code 2."""
