"""Documents: the text of an operation, parsed, bounded and validated once, then executed as often as it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from cachetools import LRUCache
from graphql.language import OperationType

from graphql import (
    ASTValidationRule,
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    execute_root_selection_set,
    parse,
    specified_rules,
    validate,
)
from menagerie.graphql.cacheability import is_cacheable
from menagerie.graphql.execution import CompilingExecutor, resolved
from menagerie.graphql.plans import Plan, plan
from menagerie.graphql.query_cost import MAX_TOKENS, BoundsRule
from menagerie.graphql.selections import Selections
from menagerie.graphql.variables import depends_on_variables

_MAX_KEPT_TEXT = 8 * 1024
_MAX_KEPT_TEXTS = 256 * 1024
"""Bytes of text; the parsed document takes about forty times as much memory."""

_MIN_KEPT_TEXT = 512
"""Shorter texts count as this long."""

_SUBSCRIPTION = 'Ask for a subscription with "Accept: text/event-stream".'


@dataclass(frozen=True, slots=True)
class Document:
    """A document that has been read. It either has errors or can be executed."""

    node: DocumentNode | None
    errors: Sequence[GraphQLError] = ()
    cacheable: bool = False
    """Whether its answer is the same for every caller of the store."""
    plan: Plan | None = None
    selections: Selections | None = None


class Documents:
    """The documents of one schema. Small ones are cached; the least recently used are evicted first."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool) -> None:
        self._schema = schema
        self._rules: list[type[ASTValidationRule]] = [*specified_rules]
        if not introspection:
            self._rules.append(NoSchemaIntrospectionCustomRule)
        self._hide_suggestions = not introspection
        self._kept: LRUCache[str, Document] = LRUCache(_MAX_KEPT_TEXTS, getsizeof=_text_size)

    def find(self, text: str) -> Document | None:
        """The document of the text, if it is cached."""
        return self._kept.get(text)

    def read(self, text: str) -> Document:
        """Return the document of the text, reading it if necessary."""
        document = self._kept.get(text)
        if document is None:
            document = self._read(text)
            if len(text) <= _MAX_KEPT_TEXT:
                self._kept[text] = document
        return document

    async def execute(
        self, document: Document, *, context: object, variables: dict[str, Any] | None, name: str | None
    ) -> ExecutionResult:
        """Execute an operation of the document."""
        if document.node is None or document.errors:
            return ExecutionResult(None, list(document.errors))
        middleware = None
        if document.plan is not None and name in {None, document.plan.name}:
            outcome = await document.plan.execute(context, variables)
            if outcome is not None:
                if outcome.data is not None:
                    return ExecutionResult(outcome.data, None)
                middleware = [resolved(outcome.resolved)]
        executor = CompilingExecutor.build(
            self._schema,
            document.node,
            context_value=context,
            raw_variable_values=variables,
            operation_name=name,
            middleware=middleware,
            hide_suggestions=self._hide_suggestions,
            selections=document.selections,
        )
        if not isinstance(executor, CompilingExecutor):
            return ExecutionResult(None, cast("list[GraphQLError]", executor))
        if executor.operation.operation is OperationType.SUBSCRIPTION:
            return ExecutionResult(None, [GraphQLError(_SUBSCRIPTION)])
        result = execute_root_selection_set(executor)
        try:
            return result if isinstance(result, ExecutionResult) else await result
        finally:
            executor.release()

    def _read(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            return Document(None, (error,))
        # Check the bounds before the other rules, some of which take superlinear time.
        errors = validate(self._schema, node, [BoundsRule]) or validate(
            self._schema, node, self._rules, hide_suggestions=self._hide_suggestions
        )
        if errors:
            return Document(node, tuple(errors))
        cacheable = is_cacheable(self._schema, node)
        if depends_on_variables(node):
            return Document(node, (), cacheable)
        return Document(node, (), cacheable, plan(self._schema, node), Selections())


def _text_size(document: Document) -> int:
    source = document.node.loc.source.body if document.node is not None and document.node.loc is not None else ""
    return max(_MIN_KEPT_TEXT, len(source))
