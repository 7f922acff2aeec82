"""How to complete a value of one type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql import GraphQLEnumType, GraphQLScalarType

_SMALLEST_INT, _MAX_INT = -(2**31), 2**31 - 1
_PLAIN_SCALARS: Mapping[str, type] = {"String": str, "ID": str, "Boolean": bool, "Int": int, "DateTime": datetime}

Convert = Callable[[Any, Any], Any]
"""Converts a value, given the current run, to what goes into the answer."""


class NotCompilableError(Exception):
    """The selection contains something that only graphql-core can complete."""


class IrregularError(Exception):
    """A value does not match the schema; graphql-core reports what is wrong."""


@dataclass(frozen=True, slots=True)
class Value:
    """How to complete a value of one type."""

    expected: type | None
    """The class that the value must have; None: `convert` checks."""
    nullable: bool
    convert: Convert | None = None
    """None: the value goes into the answer as it is."""
    is_constant: bool = True
    """Whether it is independent of the variables."""

    def complete(self, value: Any, run: Any) -> Any:
        """Return what goes into the answer.

        Raises:
            IrregularError: if the value does not match the schema.
        """
        if value.__class__ is self.expected:
            return value if self.convert is None else self.convert(value, run)
        if value is None:
            if self.nullable:
                return None
        elif self.expected is None and self.convert is not None:
            return self.convert(value, run)
        raise IrregularError


def enum_value(type_: GraphQLEnumType, *, nullable: bool) -> Value:
    """How to complete a member of an enum."""
    enum = type_.extensions["strawberry-definition"].wrapped_cls
    names = {member: type_.coerce_output_value(member) for member in enum}
    return Value(enum, nullable, lambda member, _run: names[member])


def scalar_value(type_: GraphQLScalarType, *, nullable: bool) -> Value:
    """How to complete a scalar.

    Raises:
        NotCompilableError: for a scalar that only graphql-core can complete.
    """
    expected = _PLAIN_SCALARS.get(type_.name)
    if expected is None:
        raise NotCompilableError
    if expected is int:
        return Value(int, nullable, _checked_int)
    if expected is datetime:
        return Value(datetime, nullable, lambda moment, _run: type_.coerce_output_value(moment))
    return Value(expected, nullable)


def _checked_int(value: int, _run: Any) -> int:
    if not _SMALLEST_INT <= value <= _MAX_INT:
        raise IrregularError
    return value
