"""Execution of operations by graphql-core, with compiled selections where there are any."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from typing_extensions import override

from graphql import Executor, GraphQLObjectType, GraphQLResolveInfo
from menagerie.graphql.run import Run
from menagerie.graphql.selections import FieldDetails, Selections


class CompilingExecutor(Executor[Any]):
    """graphql-core's executor, which uses compiled selections below root fields where possible."""

    def __init__(self, *arguments: Any, selections: Selections | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)  # pyright: ignore[reportUnknownMemberType]  # leaves a parameter open
        self._selections = selections

    @cached_property
    def run(self) -> Run:
        """What compiled selections need to know about this execution."""
        return Run(self.variable_values)

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
                return selection.complete(result, self.run)
            except Exception:  # noqa: BLE001, S110  any error: graphql-core reports it, with its path
                pass
        return super().collect_and_execute_subfields(return_type, field_details_list, path, result, position_context)

    def release(self) -> None:
        """Break the reference cycle, so that this is freed at once instead of by the garbage collector."""
        del self.async_helpers


def resolved(outcome: Any) -> Callable[..., Any]:
    """The middleware for an execution whose only root field has already been resolved.

    Args:
        outcome: what the resolver returned, or the exception that it raised.
    """

    def resolve(further: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return outcome if info.path.prev is None else further(source, info, **arguments)

    return resolve
