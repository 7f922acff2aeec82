"""Figures measured by tests, printed at the end."""

FIGURES: dict[str, str] = {}


def figure(name: str, value: str) -> None:
    FIGURES[name] = value
