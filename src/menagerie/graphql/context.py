"""What a resolver is given of a request: one context for all features, where each finds what it needs by its class."""

from collections.abc import Mapping
from typing import Any, TypeVar

import strawberry
from strawberry.fastapi import BaseContext

Part = TypeVar("Part")


class Context(BaseContext):
    """What there is for a request, by class: what its process holds open, and who asks what of which store.

    context[Database]  # the process's
    context[Caller]  # who asks
    """

    def __init__(self, parts: Mapping[type, Any]) -> None:
        """Make a context of its parts, by their classes."""
        super().__init__()
        self._parts = parts

    def __getitem__(self, kind: type[Part]) -> Part:
        """What there is of a class.

        Raises:
            LookupError: when there is nothing of it, as visitors have no account.
        """
        try:
            return self._parts[kind]
        except KeyError:
            raise LookupError(f"There is no {kind.__name__} for this request.") from None

    def find(self, kind: type[Part]) -> Part | None:
        """What there is of a class, if anything."""
        return self._parts.get(kind)


Info = strawberry.Info[Context, None]
