"""What Citus refuses, and a plain PostgreSQL does not, is found without Citus too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import menagerie

SOURCES = Path(menagerie.__file__).parent


def _texts() -> Iterator[str]:
    """The text of every string in the code, with adjacent ones joined and what is formatted into them left out."""
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_no_statement_returns_what_a_function_computes() -> None:
    """Citus requires every function in RETURNING to be immutable, which now() is not."""
    returned = [text.partition(" RETURNING ")[2] for text in _texts() if " RETURNING " in text]
    assert returned
    assert not [text for text in returned if "(" in text]
