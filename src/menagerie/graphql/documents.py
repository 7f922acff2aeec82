"""Documents: the text of an operation, parsed, bounded and validated once, then executed as often as it is sent."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from operator import attrgetter
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
    execute_root_selection_set,  # pyright: ignore[reportUnknownVariableType]  # leaves the context's type open
    parse,
    specified_rules,
    validate,
)
from menagerie.graphql.cacheability import is_cacheable
from menagerie.graphql.document_limits import Limits, excess, too_long_text
from menagerie.graphql.execution import CompilingExecutor, resolved
from menagerie.graphql.plans import Plan, plan
from menagerie.graphql.selections import Selections
from menagerie.graphql.variables import depends_on_variables

_MAX_KEPT_TEXT = 8 * 1024
_TOKENS_AT_ONCE, _RULES_PER_STEP = 400, 4
"""A document of up to so many tokens is validated by all rules at once, a larger one by so many rules per step: a few
milliseconds either way."""
_BYTES, _BYTES_PER_TOKEN = 30_000, 1_700
"""Memory of a document that can be executed, besides its text: nodes and compiled parts."""
_BYTES_PER_ERROR = 2_000

_MAX_ERRORS = 20
"""How many errors to report; each takes time to explain."""

_SUBSCRIPTION = 'Request a subscription with "Accept: text/event-stream".'


@dataclass(frozen=True, slots=True)
class Document:
    """A document that has been read. It either has errors or can be executed."""

    size: int
    """An estimate of its memory in bytes."""
    node: DocumentNode | None
    errors: Sequence[GraphQLError] = ()
    cacheable: bool = False
    """Whether its answer is the same for every caller of the store."""
    plan: Plan | None = None
    selections: Selections | None = None


class Documents:
    """The documents of one schema. Small ones are cached; the least recently used are evicted first."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, max_bytes: int, introspection: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._rules: list[type[ASTValidationRule]] = [*specified_rules]
        if not introspection:
            self._rules.append(NoSchemaIntrospectionCustomRule)
        self._hide_suggestions = not introspection
        self._kept: LRUCache[str, Document] = LRUCache(max_bytes, getsizeof=attrgetter("size"))

    @property
    def memory_bytes(self) -> int:
        """The estimated size of the cached documents."""
        return int(self._kept.currsize)

    def find(self, text: str) -> Document | None:
        """The document of the text, if it is cached."""
        return self._kept.get(text)

    def read(self, text: str) -> Generator[None, None, Document]:
        """Read a new document in steps of a few milliseconds, between which others may run. Returns the document."""
        document = yield from self._read(text)
        if len(text) <= _MAX_KEPT_TEXT and document.size <= self._kept.maxsize:
            self._kept[text] = document
        return document

    async def execute(
        self, document: Document, *, context: object, variables: dict[str, Any] | None, name: str | None
    ) -> ExecutionResult:
        """Execute an operation of the document."""
        if document.node is None:
            return ExecutionResult(None, list(document.errors))
        middleware = None
        if document.plan is not None and name in {None, document.plan.name}:
            outcome = await document.plan.execute(context, variables)
            if outcome is not None:
                if outcome.data is not None:
                    return ExecutionResult(outcome.data, None)
                middleware = [resolved(outcome.resolved)]
        executor = CompilingExecutor.build(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # as above
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

    def _read(self, text: str) -> Generator[None, None, Document]:
        if too_long := too_long_text(text, self._limits):
            return _refused(text, [too_long])
        try:
            node = parse(text, max_tokens=self._limits.tokens)
        except GraphQLError as error:
            return _refused(text, [error])
        tokens = _released_tokens(node)
        yield
        if too_much := excess(node, self._limits):
            return _refused(text, [too_much])
        errors: list[GraphQLError] = []
        step = len(self._rules) if tokens <= _TOKENS_AT_ONCE else _RULES_PER_STEP
        for start in range(0, len(self._rules), step):
            yield
            rules = self._rules[start : start + step]
            errors += validate(
                self._schema, node, rules, max_errors=_MAX_ERRORS, hide_suggestions=self._hide_suggestions
            )
        if errors:
            return _refused(text, errors)
        yield
        size = len(text) + _BYTES + _BYTES_PER_TOKEN * tokens
        cacheable = is_cacheable(self._schema, node)
        if depends_on_variables(node):
            return Document(size, node, (), cacheable)
        yield
        return Document(size, node, (), cacheable, plan(self._schema, node), Selections())


def _released_tokens(node: DocumentNode) -> int:
    """Detach the tokens that a document was parsed from; returns how many there are.

    Only the parser needs their links. Being cycles, they would keep an evicted document until a garbage collection.
    """
    count, token = 0, node.loc and node.loc.start_token
    while token is not None:
        following = token.next
        token.prev = token.next = None
        count, token = count + 1, following
    return count


def _refused(text: str, errors: Sequence[GraphQLError]) -> Document:
    """A document with errors. They refer to positions in the text instead of nodes, which take most of the memory."""
    kept = [GraphQLError(error.message, source=error.source, positions=error.positions) for error in errors]
    return Document(len(text) + _BYTES_PER_ERROR * (1 + len(errors)), None, tuple(kept))
