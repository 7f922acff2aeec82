"""What was measured on the way, printed when all tests are through."""

FIGURES: dict[str, str] = {}


def figure(name: str, value: str) -> None:
    FIGURES[name] = value
