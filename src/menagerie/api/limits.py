"""What an operation may cost, told before it runs: depth, aliases, tokens, and the rows that it could ask for."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationRule,
    VariableNode,
)
from strawberry.extensions import (
    AddValidationRules,
    MaxAliasesLimiter,
    MaxTokensLimiter,
    ParserCache,
    QueryDepthLimiter,
    SchemaExtension,
    ValidationCache,
)

DEEPEST = 10
MOST_ALIASES = 30
MOST_TOKENS = 2_000
MOST_COST = 5_000
_DEFAULT_ROWS, _MOST_ROWS = 24, 100
_CACHED_DOCUMENTS = 500


class CostRule(ValidationRule):
    """Refuses operations that could ask for too many fields: each counts once for every row that it may stand in."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_args: Any) -> None:
        """Add up one operation."""
        fragments = {
            definition.name.value: definition
            for definition in self.context.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        cost = _cost(node.selection_set, fragments, frozenset(), 1)
        if cost > MOST_COST:
            self.report_error(
                GraphQLError(
                    f"This operation could return {cost:,} fields; at most {MOST_COST:,} are allowed. "
                    "Ask for fewer rows with `first`, or for fewer fields.",
                    node,
                )
            )


def _cost(
    selections: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    seen: frozenset[str],
    rows: int,
) -> int:
    cost = 0
    for selection in selections.selections if selections else ():
        if cost > MOST_COST:
            break  # it is too much already; an adversary's document need not be added up
        if isinstance(selection, FieldNode):
            cost += rows + _cost(selection.selection_set, fragments, seen, rows * _rows(selection))
        elif isinstance(selection, InlineFragmentNode):
            cost += _cost(selection.selection_set, fragments, seen, rows)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name in fragments and name not in seen:
                cost += _cost(fragments[name].selection_set, fragments, seen | {name}, rows)
    return cost


def _rows(field: FieldNode) -> int:
    """How many rows a field may return: what `first` says, the most where a variable says it."""
    names = {
        selection.name.value
        for selection in (field.selection_set.selections if field.selection_set else ())
        if isinstance(selection, FieldNode)
    }
    for argument in field.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, IntValueNode):
                return max(1, min(int(argument.value.value), _MOST_ROWS))
            if isinstance(argument.value, VariableNode):
                return _MOST_ROWS
    return _DEFAULT_ROWS if names & {"nodes", "edges"} else 1


# Made once: the validation cache knows a document by its text and by these very classes.
_RULES = [
    *QueryDepthLimiter(max_depth=DEEPEST).validation_rules,
    *MaxAliasesLimiter(max_alias_count=MOST_ALIASES).validation_rules,
    CostRule,
]


def limits() -> list[Callable[[], SchemaExtension]]:
    """The extensions that keep operations within bounds; texts are parsed and validated once."""
    return [
        lambda: MaxTokensLimiter(max_token_count=MOST_TOKENS),
        lambda: AddValidationRules(_RULES),
        lambda: ParserCache(maxsize=_CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=_CACHED_DOCUMENTS),
    ]
