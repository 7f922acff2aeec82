"""Errors of the command line itself."""

from typing import cast

from menagerie.errors import DomainError


class UsageError(DomainError):
    """Call the command again with the options that the message names; exit code 2."""


def first_error(error: Exception) -> Exception:
    """The first error in nested exception groups, or the error itself."""
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    return error
