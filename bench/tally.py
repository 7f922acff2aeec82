"""What the customers of a visit experienced: how long everything took, what was already sold, and what went wrong."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_MAX_REASONS = 20


def _moments() -> "array[float]":
    return array("d")  # for 1,000 customers' requests, lists of floats would be much to garbage-collect


@dataclass
class _Operation:
    begun: "array[float]" = field(default_factory=_moments)
    took: "array[float]" = field(default_factory=_moments)
    sold: "array[float]" = field(default_factory=_moments)
    """When each answer came that somebody else had been quicker."""
    errors: Counter[str] = field(default_factory=Counter)


class Tally:
    """Counts per operation; all moments are from one clock."""

    def __init__(self) -> None:
        self._operations: dict[str, _Operation] = defaultdict(_Operation)
        self.reconnections = 0
        self.wrong: list[str] = []
        """The first few untrue answers."""

    def answered(self, operation: str, begun: float, ended: float) -> None:
        """Record an operation that was answered as it should be."""
        known = self._operations[operation]
        known.begun.append(begun)
        known.took.append(ended - begun)

    def sold(self, operation: str, moment: float) -> None:
        """Record that an answer, already counted, said that a pet is no longer there."""
        self._operations[operation].sold.append(moment)

    def failed(self, operation: str, kind: str) -> None:
        """Record an operation that failed."""
        self._operations[operation].errors[kind] += 1

    def complain(self, operation: str, reason: str) -> None:
        """Record an untrue answer."""
        if len(self.wrong) < _MAX_REASONS:
            self.wrong.append(f"{operation}: {reason}")

    def summary(self, start: float, end: float) -> dict[str, Any]:
        """All figures: for the requests that began between two moments, and for all requests."""
        return {
            "steady": self._between(start, end),
            "all": self._between(float("-inf"), float("inf")),
            "errors": {name: dict(one.errors) for name, one in self._operations.items() if one.errors},
            "wrong": self.wrong,
            "reconnections": self.reconnections,
        }

    def _between(self, start: float, end: float) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        everything: list[float] = []
        for name, one in self._operations.items():
            took = [took for begun, took in zip(one.begun, one.took, strict=True) if start <= begun < end]
            everything += took
            found[name] = figures(took) | {"sold": sum(start <= moment < end for moment in one.sold)}
        found["all"] = figures(everything) | {"sold": sum(int(each["sold"]) for each in found.values())}
        return found


def figures(took: Iterable[float]) -> dict[str, float]:
    """How many requests there are, and how long they took, in milliseconds."""
    ordered = sorted(took)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2) if ordered else 0.0

    return {"count": len(ordered), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1)}
