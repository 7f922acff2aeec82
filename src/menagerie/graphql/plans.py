"""Plans: operations with one root field, compiled once, from the variables to the answer.

Each time an operation is executed, graphql-core and Strawberry determine its field, which function to call with which
arguments, and how to complete the result. A plan determines all that once. Whatever does not fit the plan, including an
exception, is left to graphql-core, which gets the outcome of the resolver if it has already run.
"""

# Strawberry and graphql-core leave the parameters of their generic types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import strawberry
from graphql.execution.collect_fields import FieldDetails, FragmentDetails
from graphql.execution.values import VariableValues
from graphql.language import OperationType
from graphql.pyutils import Path
from strawberry.types.field import StrawberryField

from graphql import (
    DocumentNode,
    Executor,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    default_field_resolver,
    default_type_resolver,
    get_variable_values,
)
from menagerie.graphql.arguments import Arguments
from menagerie.graphql.execution import CompilingExecutor
from menagerie.graphql.run import Run
from menagerie.graphql.selections import resolver_function, value_of
from menagerie.graphql.values import NotCompilableError, Value


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an operation that was executed by its plan."""

    data: dict[str, Any] | None
    """The answer; None if graphql-core must complete it."""
    resolved: Any = None
    """For graphql-core: what the resolver returned, or the exception that it raised."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of an operation."""

    name: str | None
    """The operation's name."""
    _key: str
    _field: StrawberryField
    _function: Callable[..., Any]
    _arguments: Arguments
    _value: Value
    _info: GraphQLResolveInfo[Any]
    """What resolvers learn about an execution, except the context and the variables."""

    async def execute(self, context: object, variables: dict[str, Any] | None) -> Outcome | None:
        """Execute the operation. None if nothing was executed because the variables are invalid."""
        definitions = self._info.operation.variable_definitions or ()
        values = get_variable_values(self._info.schema, definitions, variables or {}, hide_suggestions=True)
        if isinstance(values, list):
            return None
        try:
            arguments = self._arguments.given(values)
        except Exception:  # noqa: BLE001  any error: graphql-core reports it
            return None
        resolver = self._field.base_resolver
        if resolver is not None and resolver.info_parameter:
            info = self._info._replace(context=context, variable_values=values)
            arguments[resolver.info_parameter.name] = strawberry.Info(_raw_info=info, _field=self._field)
        try:
            result = self._function(None, **arguments)
            if self._field.is_async:
                result = await result
        except Exception as error:  # noqa: BLE001  as above
            return Outcome(None, error)
        try:
            return Outcome({self._key: self._value.complete(result, Run(values))})
        except Exception:  # noqa: BLE001  as above
            return Outcome(None, result)


def plan(schema: GraphQLSchema, document: DocumentNode) -> Plan | None:
    """Plan a document's only operation; None if only graphql-core can execute it.

    Args:
        schema: the schema of the document.
        document: valid, and without directives.
    """
    match [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]:
        case [operation] if operation.operation is not OperationType.SUBSCRIPTION:
            pass
        case _:
            return None
    match operation.selection_set.selections:
        case [FieldNode() as node]:
            pass
        case _:
            return None
    executor = _executor(schema, document, operation)
    try:
        return _plan(executor, node)
    except NotCompilableError:
        return None
    finally:
        executor.release()


def _plan(executor: Executor[Any], node: FieldNode) -> Plan:
    schema, operation = executor.schema, executor.operation
    root = schema.get_root_type(operation.operation)
    definition = schema.get_field(root, node.name.value) if root else None
    field = definition.extensions.get("strawberry-definition") if definition else None
    if root is None or definition is None or not isinstance(field, StrawberryField):
        raise NotCompilableError
    key = node.alias.value if node.alias else node.name.value
    return Plan(
        operation.name.value if operation.name else None,
        key,
        field,
        resolver_function(field),
        Arguments(schema, definition, field, node),
        value_of(executor, definition.type, [FieldDetails(node, None)]),
        executor.build_resolve_info(definition, [node], root, Path(None, key, root.name)),
    )


def _executor(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> CompilingExecutor:
    """An executor that executes nothing; it is only used to collect fields."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    return CompilingExecutor(
        schema,
        fragments,
        {name: FragmentDetails(fragment) for name, fragment in fragments.items()},
        None,
        None,
        operation,
        VariableValues({}, {}),
        default_field_resolver,
        cast("Any", default_type_resolver),
        default_field_resolver,
    )
