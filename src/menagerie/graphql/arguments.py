"""A field's arguments, as its resolver function takes them."""

from collections.abc import Callable
from typing import Any

from graphql.execution.values import VariableValues
from graphql.type import get_nullable_type  # pyright: ignore[reportUnknownVariableType]  # leaves open what lists hold
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.field import StrawberryField

from graphql import FieldNode, GraphQLField, GraphQLSchema, get_argument_values, is_leaf_type
from menagerie.graphql.values import NotCompilableError

Convert = Callable[[Any], Any]


class Arguments:
    """The arguments of a field in a document. Strawberry resolves names and types on every call; this does it once."""

    def __init__(
        self, schema: GraphQLSchema, definition: GraphQLField, field: StrawberryField, node: FieldNode
    ) -> None:
        """Resolve names and types.

        Raises:
            NotCompilableError: for arguments that Strawberry treats specially.
        """
        self.node = node
        self._definition = definition
        self._taken = [_taken(schema, definition, argument) for argument in field.arguments]

    def given(self, variables: VariableValues) -> dict[str, Any]:
        """The arguments by their Python names.

        Raises:
            GraphQLError: for an argument that does not match the schema.
        """
        if not self._taken:
            return {}
        # No suggestions are needed: graphql-core reports what is wrong.
        given = get_argument_values(self._definition, self.node, variables, None, hide_suggestions=True)
        return {
            python_name: given[name] if convert is None else convert(given[name])
            for name, python_name, convert in self._taken
            if name in given
        }


def _taken(
    schema: GraphQLSchema, definition: GraphQLField, argument: StrawberryArgument
) -> tuple[str, str, Convert | None]:
    """An argument's GraphQL name, its Python name, and the function that converts its value, if any."""
    converter = schema.extensions["strawberry-definition"].schema_converter
    config, scalars, type_ = converter.config, converter.scalar_registry, argument.type
    name = config.name_converter.from_argument(argument)
    if argument.is_maybe or name not in definition.args:
        raise NotCompilableError
    if is_leaf_type(get_nullable_type(definition.args[name].type)):  # pyright: ignore[reportUnknownMemberType]  # as above
        return name, argument.python_name, None
    return name, argument.python_name, lambda value: convert_argument(value, type_, scalars, config, path=(name,))
