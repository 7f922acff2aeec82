"""Failures: domain errors as GraphQL data, which say in a sentence why something was not done."""

from collections.abc import Sequence

import strawberry

from menagerie.validation import FieldProblem as FieldProblemModel


@strawberry.interface(description="Why something was not done, in a sentence that a customer can read.")
class Failure:
    """Base of all failures."""

    message: str


@strawberry.type(description="What is wrong with one field of the input.")
class FieldProblem:
    """One field's problem."""

    field: str
    message: str


@strawberry.type(description="Some fields need correcting; nothing was changed.")
class InvalidInput(Failure):
    """Problems of several fields."""

    problems: list[FieldProblem]


def invalid_input(problems: Sequence[FieldProblemModel]) -> InvalidInput:
    """The failure that reports these problems."""
    return InvalidInput(
        message=" ".join(problem.message for problem in problems),
        problems=[FieldProblem(field=problem.field, message=problem.message) for problem in problems],
    )
