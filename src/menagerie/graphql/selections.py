"""Selections compiled once per document: from an object straight to its part of the answer.

graphql-core completes an answer field by field, which costs more than everything else about a list. Where all fields of
a selection are plain attributes, or computed by plain functions, the way from object to answer is known as soon as the
document is; here it is laid out once. Whatever is not of that kind, and every value that is not what the schema says,
goes graphql-core's way, so that both ways give the same answer and the same errors.
"""

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, cast

import orjson
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from typing_extensions import override

from graphql import (
    Executor,
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    get_argument_values,
)
from menagerie.graphql.immutable import Immutable
from menagerie.graphql.values import IrregularError, NotCompilableError, Value, enum_value, scalar_value
from menagerie.graphql.variables import has_variables

_DAY_SECONDS = 24 * 60 * 60

FieldDetails = Any
Arguments = dict[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Computed:
    """A field that a plain function of the object computes."""

    key: str
    value: Value
    function: Callable[..., Any]
    definition: GraphQLField
    field: StrawberryField
    node: FieldNode

    @property
    def is_constant(self) -> bool:
        return self.value.is_constant and not has_variables(self.node)


class ObjectSelection:
    """A selection of one object type."""

    def __init__(
        self,
        origin: type,
        keys: Mapping[str, Any],
        attributes: Mapping[str, tuple[str, Value]],
        computed: list[_Computed],
    ) -> None:
        """Lay out the way.

        Args:
            origin: the class of the objects.
            keys: every key of the answer in its order, with its value where that is always the same.
            attributes: attribute and value of each key that is read from the object.
            computed: the keys that functions compute.
        """
        self.origin = origin
        self._template = dict(keys)
        self._keys = tuple(attributes)
        self._values = tuple(value for _, value in attributes.values())
        self._expected = tuple(value.expected for value in self._values)
        self._converted = tuple((key, value.convert) for key, (_, value) in attributes.items() if value.convert)
        self._computed = computed
        self.is_constant = all(value.is_constant for value in self._values) and all(
            each.is_constant for each in computed
        )
        self._is_kept = self.is_constant and issubclass(origin, Immutable)
        self._read = _reader([name for name, _ in attributes.values()])

    def complete(self, source: Any, run: "CompilingExecutor") -> dict[str, Any] | orjson.Fragment:
        """The object's part of the answer; encoded, where it is kept with the object.

        Raises:
            IrregularError: when a value is not what the schema says.
        """
        if source.__class__ is not self.origin:
            raise IrregularError
        if not self._is_kept:
            return self._completed(source, run)
        kept = source.kept(self, run.day)
        if kept is None:
            kept = orjson.Fragment(orjson.dumps(self._completed(source, run)))
            source.keep(self, run.day, kept)
        return kept

    def _completed(self, source: Any, run: "CompilingExecutor") -> dict[str, Any]:
        answer = self._template.copy()
        values = self._read(source)
        if tuple(map(type, values)) == self._expected:
            answer.update(zip(self._keys, values, strict=True))
            for key, convert in self._converted:
                answer[key] = convert(answer[key], run)
        else:
            for key, value, each in zip(self._keys, self._values, values, strict=True):
                answer[key] = value.complete(each, run)
        for computed in self._computed:
            made = computed.function(source, **run.arguments(computed.definition, computed.field, computed.node))
            answer[computed.key] = computed.value.complete(made, run)
        return answer


def _reader(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if not names:
        return lambda _source: ()
    getter = attrgetter(*names)
    return getter if len(names) > 1 else lambda source: (getter(source),)


class CompilingExecutor(Executor[Any]):
    """graphql-core's executor, which takes the laid out way below root fields where there is one."""

    def __init__(self, *arguments: Any, selections: "Selections | None" = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._selections = selections
        self._arguments: Arguments = {}
        self.day = int(time.time()) // _DAY_SECONDS
        """Since 1970, in UTC."""

    @override
    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetails,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        selection = self._selections.find(self, return_type, field_details_list) if self._selections else None
        if selection is not None:
            try:
                return selection.complete(result, self)
            except Exception:  # noqa: BLE001, S110  whatever it is, graphql-core tells of it, with its place in the answer
                pass
        return super().collect_and_execute_subfields(return_type, field_details_list, path, result, position_context)

    def release(self) -> None:
        """Let go of what refers back to this, so that it goes at once and not when garbage is looked for."""
        del self.async_helpers

    def arguments(self, definition: GraphQLField, field: StrawberryField, node: FieldNode) -> dict[str, Any]:
        """The arguments of a computed field, which are the same for every object of an execution."""
        known = self._arguments.get(id(node))
        if known is None:
            given = get_argument_values(definition, node, self.variable_values, None, self.hide_suggestions)
            converter = self.schema.extensions["strawberry-definition"].schema_converter
            known = self._arguments[id(node)] = convert_arguments(
                given,
                field.arguments,
                scalar_registry=converter.scalar_registry,
                config=converter.config,
                info=cast("Any", None),
            )
        return known


class Selections:
    """The compiled selections of one document, each made when it is first met."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, int], ObjectSelection | None] = {}

    def find(self, run: CompilingExecutor, type_: GraphQLObjectType, details: FieldDetails) -> ObjectSelection | None:
        """The selection below a field for objects of a type; None where only graphql-core completes it."""
        key = (type_.name, id(details[0].node))
        try:
            return self._compiled[key]
        except KeyError:
            try:
                compiled = _compiled(run, type_, details)
            except NotCompilableError:
                compiled = None
            self._compiled[key] = compiled
            return compiled


def _compiled(run: CompilingExecutor, type_: GraphQLObjectType, details: FieldDetails) -> ObjectSelection:
    definition = type_.extensions.get("strawberry-definition")
    if definition is None:
        raise NotCompilableError
    keys: dict[str, Any] = {}
    attributes: dict[str, tuple[str, Value]] = {}
    computed: list[_Computed] = []
    for key, nodes in run.collect_subfields(type_, details).grouped_field_set.items():
        node: FieldNode = nodes[0].node
        if node.name.value == "__typename":
            keys[key] = type_.name
            continue
        keys[key] = None
        field_definition = type_.fields[node.name.value]
        field = field_definition.extensions.get("strawberry-definition")
        if not isinstance(field, StrawberryField) or field.extensions:
            raise NotCompilableError
        value = _value(run, field_definition.type, nodes)
        if field.base_resolver is None:
            attributes[key] = (field.python_name, value)
        else:
            computed.append(_Computed(key, value, _plain_function(field), field_definition, field, node))
    # A generic type has a class of its own for each type that it is used with, but not its objects.
    origin = definition.concrete_of.origin if definition.concrete_of else definition.origin
    return ObjectSelection(origin, keys, attributes, computed)


def _plain_function(field: StrawberryField) -> Callable[..., Any]:
    """The function behind a computed field, if it needs nothing but the object and the field's arguments."""
    resolver = field.base_resolver
    if (
        resolver is None
        or resolver.is_async
        or resolver.self_parameter is None
        or resolver.info_parameter
        or resolver.root_parameter
        or resolver.parent_parameter
        or not inspect.isfunction(resolver.wrapped_func)
    ):
        raise NotCompilableError
    return resolver.wrapped_func


def _value(run: CompilingExecutor, type_: object, details: FieldDetails, *, nullable: bool = True) -> Value:
    match type_:
        case GraphQLNonNull():
            return _value(run, cast("GraphQLNonNull[Any]", type_).of_type, details, nullable=False)
        case GraphQLList():
            item = _value(run, cast("GraphQLList[Any]", type_).of_type, details)
            complete = item.complete
            return Value(list, nullable, lambda values, run: [complete(each, run) for each in values], item.is_constant)
        case GraphQLObjectType():
            selection = _compiled(run, type_, details)
            return Value(selection.origin, nullable, selection.complete, selection.is_constant)
        case GraphQLEnumType():
            return enum_value(type_, nullable=nullable)
        case GraphQLScalarType():
            return scalar_value(type_, nullable=nullable)
        case _:
            raise NotCompilableError
