"""Limits on an operation, checked before it runs: depth, aliases, tokens, and the rows that it could request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)

from graphql import (
    ASTValidationRule,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    VariableNode,
)

MAX_DEPTH = 11
MAX_ALIASES = 30
MAX_TOKENS = 2_000
MAX_COST = 5_000
_DEFAULT_ROWS, _MAX_ROWS = 24, 100
_ROW_FIELDS = frozenset({"nodes", "edges"})
_CACHED_DOCUMENTS = 50


@dataclass(frozen=True, slots=True)
class _Weight:
    """The weight of a selection: levels of nested fields, aliases, and fields counted once per row."""

    levels: int = 0
    aliases: int = 0
    cost: int = 0
    has_rows: bool = False
    """Whether the rows of a connection are among the fields, in fragments or not."""

    def beside(self, other: "_Weight") -> "_Weight":
        """The weight of both selections side by side."""
        return _Weight(
            max(self.levels, other.levels),
            self.aliases + other.aliases,
            self.cost + other.cost,
            self.has_rows or other.has_rows,
        )


class BoundsRule(ValidationRule):
    """Refuses operations that are too deep, have too many aliases, or could request too many fields.

    Each fragment is weighed once: fragments that spread one another twice would otherwise take exponential time, as
    they do with Strawberry's own limiters.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments = {
            definition.name.value: definition
            for definition in context.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._weights: dict[str, _Weight] = {}

    def enter_operation_definition(self, node: OperationDefinitionNode, *_args: Any) -> None:
        """Weigh one operation."""
        weight = self._selections(node.selection_set)
        if weight.levels > MAX_DEPTH:
            self._refuse(node, f"This operation is more than {MAX_DEPTH} levels deep. Ask for less at once.")
        if weight.aliases > MAX_ALIASES:
            self._refuse(node, f"This operation has more than {MAX_ALIASES} aliases. Ask for less at once.")
        if weight.cost > MAX_COST:
            self._refuse(
                node,
                f"This operation could return more than {MAX_COST:,} fields. "
                "Ask for fewer rows with `first`, or for fewer fields.",
            )

    def _refuse(self, node: OperationDefinitionNode, message: str) -> None:
        self.report_error(GraphQLError(message, node))

    def _selections(self, selections: SelectionSetNode | None) -> _Weight:
        weight = _Weight()
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                weight = weight.beside(self._field(selection))
            elif isinstance(selection, InlineFragmentNode):
                weight = weight.beside(self._selections(selection.selection_set))
            elif isinstance(selection, FragmentSpreadNode):
                weight = weight.beside(self._fragment(selection.name.value))
        return weight

    def _field(self, field: FieldNode) -> _Weight:
        below = self._selections(field.selection_set)
        # Introspection by tools is deeper than any query about pets, and costs nothing.
        levels = 0 if field.name.value.startswith("__") else 1 + below.levels
        return _Weight(
            levels,
            bool(field.alias) + below.aliases,
            1 + _rows(field, is_connection=below.has_rows) * below.cost,
            field.name.value in _ROW_FIELDS,
        )

    def _fragment(self, name: str) -> _Weight:
        if name not in self._weights:
            self._weights[name] = _Weight()  # for a fragment that spreads itself, which another rule refuses
            definition = self._fragments.get(name)
            if definition is not None:
                self._weights[name] = self._selections(definition.selection_set)
        return self._weights[name]


def _rows(field: FieldNode, *, is_connection: bool) -> int:
    """How many rows a field may return: the value of `first`, or the maximum if it is a variable."""
    for argument in field.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, IntValueNode):
                return max(1, min(int(argument.value.value), _MAX_ROWS))
            if isinstance(argument.value, VariableNode):
                return _MAX_ROWS
    return _DEFAULT_ROWS if is_connection else 1


# A constant, because the validation cache identifies a document by its text and this very class.
_RULES: list[type[ASTValidationRule]] = [BoundsRule]


def limits() -> list[Callable[[], SchemaExtension]]:
    """The extensions that limit uploads and streams, which Strawberry executes."""
    return [
        lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        lambda: AddValidationRules(_RULES),
        lambda: ParserCache(maxsize=_CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=_CACHED_DOCUMENTS),
    ]
