"""The context that resolvers get: one for all features, each of which finds what it needs by class."""

from collections.abc import Mapping
from typing import Any, TypeVar

import strawberry
from strawberry.fastapi import BaseContext

Part = TypeVar("Part")


class Context(BaseContext):
    """The parts of a request by class: what the process holds open, the caller, and the store.

    context[Database]  # the process's
    context[Caller]  # who is calling
    """

    def __init__(self, parts: Mapping[type, Any]) -> None:
        """Create a context from its parts, keyed by class."""
        super().__init__()
        self._parts = parts

    def __getitem__(self, kind: type[Part]) -> Part:
        """Return the part of a class.

        Raises:
            LookupError: if there is none; visitors, for example, have no account.
        """
        try:
            return self._parts[kind]
        except KeyError:
            raise LookupError(f"There is no {kind.__name__} for this request.") from None

    def find(self, kind: type[Part]) -> Part | None:
        """Return the part of a class, if there is one."""
        return self._parts.get(kind)

    def with_part(self, part: object) -> "Context":
        """A context with one more part."""
        return Context({**self._parts, type(part): part})


Info = strawberry.Info[Context, None]
