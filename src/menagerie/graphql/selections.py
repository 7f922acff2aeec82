"""Selections compiled once per document: from an object straight to its part of the answer.

graphql-core completes an answer field by field, which costs more than everything else about a list. If all fields of
a selection are plain attributes or computed by plain functions, the steps from object to answer are known as soon as
the document is, and are compiled here once. Everything else, and every value that does not match the schema, is left
to graphql-core, so that both ways give the same answers and errors.
"""

# Strawberry leaves open what a resolver returns.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, cast

import orjson
from strawberry.types.field import StrawberryField

from graphql import (
    Executor,
    FieldNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
)
from menagerie.graphql.arguments import Arguments
from menagerie.graphql.immutable import Immutable
from menagerie.graphql.run import Run
from menagerie.graphql.values import IrregularError, NotCompilableError, Value, enum_value, scalar_value
from menagerie.graphql.variables import has_variables

FieldDetails = Any


@dataclass(frozen=True, slots=True)
class _Computed:
    """A field that is computed by a plain function of the object."""

    key: str
    value: Value
    function: Callable[..., Any]
    arguments: Arguments

    @property
    def is_constant(self) -> bool:
        return self.value.is_constant and not has_variables(self.arguments.node)


class ObjectSelection:
    """A compiled selection on one object type."""

    def __init__(
        self,
        origin: type,
        keys: Mapping[str, Any],
        attributes: Mapping[str, tuple[str, Value]],
        computed: list[_Computed],
    ) -> None:
        """Compile the selection.

        Args:
            origin: the class of the objects.
            keys: every key of the answer in order, with its value if that is always the same.
            attributes: attribute and value of each key that is read from the object.
            computed: the keys that are computed by functions.
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

    def complete(self, source: Any, run: Run) -> dict[str, Any] | orjson.Fragment:
        """The object's part of the answer, as encoded JSON if it is kept with the object.

        Raises:
            IrregularError: if a value does not match the schema.
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

    def _completed(self, source: Any, run: Run) -> dict[str, Any]:
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
            made = computed.function(source, **run.arguments(computed.arguments))
            answer[computed.key] = computed.value.complete(made, run)
        return answer


def _reader(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if not names:
        return lambda _source: ()
    getter = attrgetter(*names)
    return getter if len(names) > 1 else lambda source: (getter(source),)


class Selections:
    """The compiled selections of one document, each compiled on first use."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, int], ObjectSelection | None] = {}

    def find(self, executor: Executor[Any], type_: GraphQLObjectType, details: FieldDetails) -> ObjectSelection | None:
        """The selection below a field for objects of a type; None if only graphql-core can complete it."""
        key = (type_.name, id(details[0].node))
        try:
            return self._compiled[key]
        except KeyError:
            try:
                compiled = _compiled(executor, type_, details)
            except NotCompilableError:
                compiled = None
            self._compiled[key] = compiled
            return compiled


def _compiled(executor: Executor[Any], type_: GraphQLObjectType, details: FieldDetails) -> ObjectSelection:
    definition = type_.extensions.get("strawberry-definition")
    if definition is None:
        raise NotCompilableError
    keys: dict[str, Any] = {}
    attributes: dict[str, tuple[str, Value]] = {}
    computed: list[_Computed] = []
    for key, nodes in executor.collect_subfields(type_, details).grouped_field_set.items():
        node: FieldNode = nodes[0].node
        if node.name.value == "__typename":
            keys[key] = type_.name
            continue
        keys[key] = None
        field_definition = type_.fields[node.name.value]
        field = field_definition.extensions.get("strawberry-definition")
        if not isinstance(field, StrawberryField) or field.extensions:
            raise NotCompilableError
        value = value_of(executor, field_definition.type, nodes)
        if field.base_resolver is None:
            attributes[key] = (field.python_name, value)
        else:
            arguments = Arguments(executor.schema, field_definition, field, node)
            computed.append(_Computed(key, value, _plain_function(field), arguments))
    # Strawberry makes a class for each concrete use of a generic type, but the objects are of the generic class.
    origin = definition.concrete_of.origin if definition.concrete_of else definition.origin
    return ObjectSelection(origin, keys, attributes, computed)


def _plain_function(field: StrawberryField) -> Callable[..., Any]:
    """The function behind a computed field, if it needs only the object and the field's arguments."""
    resolver = field.base_resolver
    if resolver is None or resolver.is_async or resolver.info_parameter:
        raise NotCompilableError
    return resolver_function(field)


def resolver_function(field: StrawberryField) -> Callable[..., Any]:
    """The function behind a field, if it is a plain method of the field's type.

    Raises:
        NotCompilableError: if Strawberry does more than call it.
    """
    resolver = field.base_resolver
    if (
        resolver is None
        or field.extensions
        or resolver.self_parameter is None
        or resolver.root_parameter
        or resolver.parent_parameter
        or not inspect.isfunction(resolver.wrapped_func)
    ):
        raise NotCompilableError
    return resolver.wrapped_func


def value_of(executor: Executor[Any], type_: object, details: FieldDetails, *, nullable: bool = True) -> Value:
    """Compile how to complete a value of a type, including the selection below the field.

    Raises:
        NotCompilableError: if only graphql-core can complete it.
    """
    match type_:
        case GraphQLNonNull():
            return value_of(executor, cast("GraphQLNonNull[Any]", type_).of_type, details, nullable=False)
        case GraphQLList():
            item = value_of(executor, cast("GraphQLList[Any]", type_).of_type, details)
            complete = item.complete
            return Value(list, nullable, lambda values, run: [complete(each, run) for each in values], item.is_constant)
        case GraphQLObjectType():
            selection = _compiled(executor, type_, details)
            return Value(selection.origin, nullable, selection.complete, selection.is_constant)
        case GraphQLUnionType():
            return _union(executor, type_, details, nullable=nullable)
        case GraphQLEnumType():
            return enum_value(type_, nullable=nullable)
        case GraphQLScalarType():
            return scalar_value(type_, nullable=nullable)
        case _:
            raise NotCompilableError


def _union(executor: Executor[Any], type_: GraphQLUnionType, details: FieldDetails, *, nullable: bool) -> Value:
    members = [_compiled(executor, member, details) for member in type_.types]
    selections = {selection.origin: selection for selection in members}
    if len(selections) < len(members):  # types of the same class, which only `is_type_of` can tell apart
        raise NotCompilableError

    def convert(source: Any, run: Run) -> Any:
        selection = selections.get(source.__class__)
        if selection is None:
            raise IrregularError
        return selection.complete(source, run)

    return Value(None, nullable, convert, all(selection.is_constant for selection in members))
