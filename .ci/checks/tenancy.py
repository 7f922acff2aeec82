"""Enforce the isolation of stores by the code's structure instead of from memory.

One forgotten search_path, one connection opened outside the sessions, one key made by hand, and a store sees another's
pets. Reviewers miss such a line; a check of the syntax tree does not:

- what chooses a store (`search_path`, `SET ROLE`, `set_config`) appears only in database/session.py; the roles' empty
  defaults in database/privileges.py, and what verifies them in cli/doctor/;
- connections are opened and taken from a pool only below the sessions;
- code that is given a session never commits or rolls back, so that one request stays one transaction;
- a cache key is made by a namespace, and a namespace by a store;
- strawberry stays at the edge, so that no service can reach a request and what it claims about its store.

    python .ci/checks/tenancy.py [directory of the package]
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "menagerie"

SESSION, PRIVILEGES = "database/session.py", "database/privileges.py"
DOCTOR = ("cli/doctor/",)
CONNECTING = (
    SESSION,
    "database/bootstrap.py",
    "database/pipeline.py",
    "database/pool.py",
    "database/nodes.py",
    "database/migrate.py",
    "database/copies.py",
    # Queries Citus' own catalogue for the servers and how many stores each has.
    "database/citus/",
    "cli/commands/database.py",
    "local/",
    # Connects and closes at once, only to report why the database cannot be reached.
    "cli/context.py",
    # Waits for the database and gives the fixed roles their passwords; it never works in a store.
    "cli/commands/container.py",
    *DOCTOR,
)
_PATH, _ROLE, _CONFIG = (
    re.compile(pattern, re.IGNORECASE)
    for pattern in (r"search_path", r"\bSET\s+(LOCAL\s+|SESSION\s+)?(ROLE|SESSION\s+AUTHORIZATION)\b", r"set_config")
)


@dataclass(frozen=True)
class Rule:
    """Text that may appear only in some files."""

    pattern: re.Pattern[str]
    allowed: tuple[str, ...]
    what: str


TEXTS = (
    Rule(_PATH, (SESSION, PRIVILEGES, *DOCTOR), "names search_path"),
    Rule(_ROLE, (SESSION,), "sets a role"),
    Rule(_CONFIG, (PRIVILEGES, *DOCTOR), "names set_config"),
)


def problems(package: Path) -> list[str]:
    """Each violation under the directory, as `file:line: what is wrong`."""
    return [
        f"{path.relative_to(package)}:{line}: {what}"
        for path in sorted(package.rglob("*.py"))
        for line, what in sorted(_violations(ast.parse(path.read_text(encoding="utf-8")), path.relative_to(package)))
    ]


def _violations(tree: ast.Module, path: Path) -> Iterator[tuple[int, str]]:
    place = path.as_posix()
    documentation = _documentation(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and node not in documentation:
            yield from _texts(node, place)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imports(node, place)
        elif isinstance(node, ast.Call):
            yield from _calls(node, place)
        elif isinstance(node, ast.Attribute) and not _may(place, CONNECTING):
            name = ast.unparse(node)
            if re.fullmatch(r"psycopg(\.\w+)*\.(Async)?([Cc]onnect|Connection)", name):
                yield node.lineno, f"uses {name}; open a transaction with Database"


def _texts(node: ast.Constant, place: str) -> Iterator[tuple[int, str]]:
    text = node.value.decode(errors="replace") if isinstance(node.value, bytes) else str(node.value)
    for rule in TEXTS:
        if rule.pattern.search(text) and not _may(place, rule.allowed):
            yield node.lineno, f"{rule.what}; only {', '.join(rule.allowed)} may"


def _imports(node: ast.Import | ast.ImportFrom, place: str) -> Iterator[tuple[int, str]]:
    module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
    names = [f"{module}.{alias.name}" if module else alias.name for alias in node.names]
    for name in names:
        if name.partition(".")[0] == "strawberry" and not (
            place.endswith("graphql.py") or place.startswith(("api/", "graphql/"))
        ):
            yield node.lineno, "imports strawberry; only a graphql.py, graphql/ and api/ may"
        connects = re.fullmatch(r"psycopg(\.\w+)*\.(connect|Connection|AsyncConnection)", name)
        pools = name.partition(".")[0] == "psycopg_pool" and "Pool" in name.rpartition(".")[2]
        if (connects or (pools and not name.endswith(("Timeout", "Closed")))) and not _may(place, CONNECTING):
            yield node.lineno, f"imports {name}; open a transaction with Database"


def _calls(node: ast.Call, place: str) -> Iterator[tuple[int, str]]:
    if isinstance(node.func, ast.Attribute):
        if node.func.attr in {"connection", "getconn"} and not _may(place, CONNECTING):
            yield node.lineno, "takes a connection from a pool; open a transaction with Database"
        if node.func.attr in {"commit", "rollback"} and not _may(place, CONNECTING):
            yield node.lineno, f"calls {node.func.attr}; a transaction ends where Database opened it"
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name == "Key" and place != "cache/namespace.py":
        yield node.lineno, "makes a cache key; ask the store's namespace for one"


def _may(place: str, allowed: tuple[str, ...]) -> bool:
    return any(place == entry or (entry.endswith("/") and place.startswith(entry)) for entry in allowed)


def _documentation(tree: ast.Module) -> set[ast.AST]:
    """Strings that are statements by themselves: they are documentation, not code."""
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def main() -> int:
    """Print every violation."""
    found = problems(Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
