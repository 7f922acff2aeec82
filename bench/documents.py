"""The GraphQL operations that the storefront's page sends, read from its source, so that they stay the same."""

import re
from functools import cache

from workbench import HERE

_SOURCES = HERE.parent / "web" / "src"
_MADE = re.compile(r"storefrontGraphql\(\s*`([^`]*)`")
_NAME = re.compile(r"(?:query|mutation|subscription|fragment) (\w+)")
_SPREAD = re.compile(r"\.\.\.(?!\s*on\s)\s*(\w+)")


def document(name: str) -> str:
    """The text of an operation with its fragments, exactly as the page sends it.

    Raises:
        LookupError: when the page has no such operation any more.
    """
    pieces: list[str] = []

    def add(piece: str) -> None:
        if piece not in _pieces():
            raise LookupError(f"The storefront's page has no operation or fragment {piece}.")
        text = _pieces()[piece]
        if text not in pieces:
            pieces.append(text)
            for fragment in _SPREAD.findall(text):
                add(fragment)

    add(name)
    return " ".join(pieces)


@cache
def _pieces() -> dict[str, str]:
    texts = [
        " ".join(text.split())
        for file in sorted(_SOURCES.rglob("*.ts"))
        if not file.name.endswith(".test.ts")
        for text in _MADE.findall(file.read_text(encoding="utf-8"))
    ]
    return {found.group(1): text for text in texts if (found := _NAME.match(text))}
