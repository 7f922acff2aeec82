"""The arguments of a field, as its function takes them."""

from collections.abc import Callable
from typing import Any

from graphql.execution.values import VariableValues
from graphql.type import get_nullable_type
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.field import StrawberryField

from graphql import FieldNode, GraphQLField, GraphQLSchema, get_argument_values, is_leaf_type
from menagerie.graphql.values import NotCompilableError

Convert = Callable[[Any], Any]


class Arguments:
    """What a field of a document is given. Strawberry works names and types out anew each time; here it is once."""

    def __init__(
        self, schema: GraphQLSchema, definition: GraphQLField, field: StrawberryField, node: FieldNode
    ) -> None:
        """Work out names and types.

        Raises:
            NotCompilableError: for arguments that Strawberry treats in a way of its own.
        """
        self.node = node
        self._definition = definition
        self._taken = [_taken(schema, definition, argument) for argument in field.arguments]

    def given(self, variables: VariableValues) -> dict[str, Any]:
        """The arguments by the names that the function has for them.

        Raises:
            GraphQLError: for one that is not what the schema says.
        """
        if not self._taken:
            return {}
        # Without suggestions, since what is wrong with them is told by graphql-core.
        given = get_argument_values(self._definition, self.node, variables, None, hide_suggestions=True)
        return {
            python_name: given[name] if convert is None else convert(given[name])
            for name, python_name, convert in self._taken
            if name in given
        }


def _taken(
    schema: GraphQLSchema, definition: GraphQLField, argument: StrawberryArgument
) -> tuple[str, str, Convert | None]:
    """An argument's name in GraphQL and in Python, and what turns its value into Python's; None: nothing."""
    converter = schema.extensions["strawberry-definition"].schema_converter
    config, scalars, type_ = converter.config, converter.scalar_registry, argument.type
    name = config.name_converter.from_argument(argument)
    if argument.is_maybe or name not in definition.args:
        raise NotCompilableError
    if is_leaf_type(get_nullable_type(definition.args[name].type)):
        return name, argument.python_name, None
    return name, argument.python_name, lambda value: convert_argument(value, type_, scalars, config, path=(name,))
