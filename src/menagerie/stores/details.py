"""The validation rules for a store's details."""

from dataclasses import replace
from functools import cache
from zoneinfo import available_timezones

from menagerie.errors import DomainError
from menagerie.stores import accent
from menagerie.stores.models import NewStore, StoreChanges, problem_with_slug
from menagerie.validation import FieldProblem, Validation

_MAX_NAME_LENGTH = 80
_MAX_DESCRIPTION_LENGTH = 500
_MAX_WELCOME_LENGTH = 300


class StoreInvalidError(DomainError):
    """The store's details are invalid; `problems` lists the fields."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


def checked_new(wanted: NewStore) -> NewStore:
    """Validate and normalise a new store.

    Raises:
        StoreInvalidError: listing every invalid field.
    """
    rules = _Rules()
    rules.validation.check("slug", problem_with_slug(wanted.slug))
    tidied = replace(
        wanted,
        name=rules.name(wanted.name),
        description=rules.description(wanted.description),
        welcome=rules.welcome(wanted.welcome),
        accent=rules.accent(wanted.accent),
        time_zone=rules.time_zone(wanted.time_zone),
    )
    rules.judge()
    return tidied


def checked_changes(changes: StoreChanges) -> StoreChanges:
    """Validate and normalise changes; None stays None.

    Raises:
        StoreInvalidError: listing every invalid field.
    """
    rules = _Rules()
    tidied = replace(
        changes,
        name=None if changes.name is None else rules.name(changes.name),
        description=None if changes.description is None else rules.description(changes.description),
        welcome=None if changes.welcome is None else rules.welcome(changes.welcome),
        accent=None if changes.accent is None else rules.accent(changes.accent),
        time_zone=None if changes.time_zone is None else rules.time_zone(changes.time_zone),
    )
    rules.judge()
    return tidied


class _Rules:
    """One rule per field; problems are collected."""

    def __init__(self) -> None:
        self.validation = Validation()

    def name(self, text: str) -> str:
        return self.validation.text("name", text, label="The name", max_length=_MAX_NAME_LENGTH)

    def description(self, text: str) -> str:
        return self.validation.text(
            "description", text, label="The description", max_length=_MAX_DESCRIPTION_LENGTH, lines=True, empty=True
        )

    def welcome(self, text: str) -> str:
        return self.validation.text(
            "welcome", text, label="The welcome", max_length=_MAX_WELCOME_LENGTH, lines=True, empty=True
        )

    def accent(self, text: str) -> str:
        problem = accent.problem_with(text)
        self.validation.check("accent", problem)
        return accent.as_hex(text) if problem is None else ""

    def time_zone(self, name: str) -> str:
        if name not in _time_zones():
            self.validation.add("timeZone", "This is not a time zone. It should be a name such as Europe/Berlin.")
        return name

    def judge(self) -> None:
        if self.validation.problems:
            raise StoreInvalidError(self.validation.problems)


@cache
def _time_zones() -> frozenset[str]:
    """The names of the time zones. Cached, because listing them reads hundreds of files."""
    return frozenset(available_timezones())
