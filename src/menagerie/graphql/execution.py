"""Execution of operations: graphql-core's, and what was laid out beforehand where it was."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from typing_extensions import override

from graphql import Executor, GraphQLObjectType, GraphQLResolveInfo
from menagerie.graphql.run import Run
from menagerie.graphql.selections import FieldDetails, Selections


class CompilingExecutor(Executor[Any]):
    """graphql-core's executor, which takes the laid out way below root fields where there is one."""

    def __init__(self, *arguments: Any, selections: Selections | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._selections = selections

    @cached_property
    def run(self) -> Run:
        """What selections are told of this execution."""
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
            except Exception:  # noqa: BLE001, S110  whatever it is, graphql-core tells of it, with its place in the answer
                pass
        return super().collect_and_execute_subfields(return_type, field_details_list, path, result, position_context)

    def release(self) -> None:
        """Let go of what refers back to this, so that it goes at once and not when garbage is looked for."""
        del self.async_helpers


def resolved(outcome: Any) -> Callable[..., Any]:
    """The middleware for an execution whose one root field has been resolved already.

    Args:
        outcome: what its resolver returned, or the exception that it raised.
    """

    def resolve(further: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return outcome if info.path.prev is None else further(source, info, **arguments)

    return resolve
