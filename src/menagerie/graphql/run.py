"""One execution of an operation: everything that its answer depends on besides the objects."""

import time
from typing import Any

from graphql.execution.values import VariableValues

from menagerie.graphql.arguments import Arguments

_DAY_SECONDS = 24 * 60 * 60


class Run:
    """What completing a value needs to know about the execution."""

    __slots__ = ("_arguments", "day", "variables")

    def __init__(self, variables: VariableValues) -> None:
        self.variables = variables
        self.day = int(time.time()) // _DAY_SECONDS
        """Days since 1970, in UTC."""
        self._arguments: dict[Arguments, dict[str, Any]] = {}

    def arguments(self, of: Arguments) -> dict[str, Any]:
        """A field's arguments, which are the same for every object."""
        known = self._arguments.get(of)
        if known is None:
            known = self._arguments[of] = of.given(self.variables)
        return known
