"""Limits on a document, checked in one walk before it is validated: some validation rules take quadratic time.

The walk follows fragments wherever they are spread, and ends as soon as it exceeds a limit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

MAX_DEPTH = 11
MAX_ALIASES = 30
MAX_COST = 5_000
_MAX_LEVELS = 40
"""Including introspection's, which MAX_DEPTH does not count."""
_DEFAULT_ROWS, _MAX_ROWS = 24, 100
_ROW_FIELDS = frozenset({"nodes", "edges"})
_CHARACTERS_PER_COMPARISON = 10
"""How many characters of a field's arguments take as long to compare as two fields."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a document may ask for."""

    characters: int
    lines: int
    """Each error is reported with its line number, for which the lines before it are counted."""
    tokens: int
    selections: int
    """Fields and fragments, counted wherever a fragment is spread."""
    comparisons: int
    """Pairs of fields with the same name in one place, which validation compares with each other."""


SIGNED_IN = Limits(characters=32 * 1024, lines=1_000, tokens=2_000, selections=1_000, comparisons=500)
SIGNED_OUT = Limits(characters=4 * 1024, lines=200, tokens=300, selections=100, comparisons=20)
"""For visitors: no account answers for what they send."""


class _TooMuchError(Exception):
    """A document exceeds a limit; the text of the error tells the client which."""


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


@dataclass(slots=True)
class _Position:
    """Where fields of the same name are merged into one: how many there are so far, and the places below."""

    fields: int = 0
    below: "dict[str, _Position]" = field(default_factory=dict["str", "_Position"])


def too_long_text(text: str, limits: Limits) -> GraphQLError | None:
    """The error for a text that is too long to parse; None if it is within the limits."""
    if len(text) > limits.characters:
        return GraphQLError(f"A document can have at most {limits.characters:,} characters. Send less at once.")
    if text.count("\n") + text.count("\r") >= limits.lines:
        return GraphQLError(f"A document can have at most {limits.lines:,} lines. Send less at once.")
    return None


def excess(document: DocumentNode, limits: Limits) -> GraphQLError | None:
    """The error for a document that exceeds a limit; None if it is within all. The document need not be valid."""
    walk = _Walk(document, limits)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
            try:
                walk.definition(node)
            except _TooMuchError as error:
                return GraphQLError(f"{error} Ask for less at once.", node)
    return None


class _Walk:
    """A walk through the definitions of one document."""

    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self._limits = limits
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._spread: set[str] = set()
        """The fragments around the selection, because an invalid one may spread itself."""
        self._selections = 0
        self._comparisons = 0

    def definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> None:
        """Weigh an operation, or walk through a fragment, which is validated even if nothing spreads it.

        Raises:
            _TooMuchError: if it is over a limit.
        """
        weight = self._weight(node.selection_set, {}, 0)
        if isinstance(node, FragmentDefinitionNode):
            return
        if weight.levels > MAX_DEPTH:
            raise _TooMuchError(f"This operation is more than {MAX_DEPTH} levels deep.")
        if weight.aliases > MAX_ALIASES:
            raise _TooMuchError(f"This operation has more than {MAX_ALIASES} aliases.")
        if weight.cost > MAX_COST:
            raise _TooMuchError(f"This operation could return more than {MAX_COST:,} fields. Use a smaller `first`.")

    def _weight(self, selections: SelectionSetNode | None, positions: dict[str, _Position], level: int) -> _Weight:
        weight = _Weight()
        if level > _MAX_LEVELS:
            raise _TooMuchError(f"This operation is more than {_MAX_LEVELS} levels deep.")
        for selection in selections.selections if selections else ():
            self._selections += 1
            if self._selections > self._limits.selections:
                raise _TooMuchError(
                    f"This document has more than {self._limits.selections:,} fields, counted wherever a fragment is "
                    "spread."
                )
            weight = weight.beside(self._selection(selection, positions, level))
        return weight

    def _selection(self, node: SelectionNode, positions: dict[str, _Position], level: int) -> _Weight:
        if isinstance(node, FieldNode):
            return self._field(node, positions, level)
        if isinstance(node, InlineFragmentNode):
            return self._weight(node.selection_set, positions, level + 1)
        name = node.name.value if isinstance(node, FragmentSpreadNode) else ""
        fragment = self._fragments.get(name)
        if fragment is None or name in self._spread:  # other rules refuse these
            return _Weight()
        self._spread.add(name)
        try:
            return self._weight(fragment.selection_set, positions, level + 1)
        finally:
            self._spread.remove(name)

    def _field(self, node: FieldNode, positions: dict[str, _Position], level: int) -> _Weight:
        here = positions.setdefault(node.alias.value if node.alias else node.name.value, _Position())
        self._comparisons += here.fields * (1 + _length(node.arguments or ()) // _CHARACTERS_PER_COMPARISON)
        here.fields += 1
        if self._comparisons > self._limits.comparisons:
            raise _TooMuchError("This document selects the same fields too many times in one place.")
        below = self._weight(node.selection_set, here.below, level + 1)
        # Introspection by tools is deeper than any query about pets, and costs nothing.
        levels = 0 if node.name.value.startswith("__") else 1 + below.levels
        return _Weight(
            levels,
            bool(node.alias) + below.aliases,
            1 + _rows(node, is_connection=below.has_rows) * below.cost,
            node.name.value in _ROW_FIELDS,
        )


def _length(nodes: Iterable[Node]) -> int:
    """How many characters these nodes take in the text."""
    return sum(node.loc.end - node.loc.start for node in nodes if node.loc)


def _rows(node: FieldNode, *, is_connection: bool) -> int:
    """How many rows a field may return: the value of `first`, or the maximum if it is a variable."""
    for argument in node.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, IntValueNode) and len(argument.value.value) <= len(str(_MAX_ROWS)):
                return max(1, int(argument.value.value))
            if isinstance(argument.value, IntValueNode | VariableNode):
                return _MAX_ROWS
    return _DEFAULT_ROWS if is_connection else 1
