"""The static tenancy check finds violations."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

CHECK = Path(__file__).parents[2] / ".ci" / "checks" / "tenancy.py"


@pytest.fixture(scope="module")
def tenancy() -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("tenancy_check", CHECK)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["tenancy_check"] = module
    spec.loader.exec_module(module)
    return module


def test_the_code_has_no_violation(tenancy: ModuleType) -> None:
    assert tenancy.problems(tenancy.PACKAGE) == []


@pytest.mark.parametrize(
    ("path", "code", "found"),
    [
        ("pets/service.py", 'x = "SET LOCAL search_path TO b"', "search_path"),
        ("pets/service.py", 'x = f"SET search_path TO {name}"', "search_path"),
        ("pets/service.py", 'x = b"set search_path to b"', "search_path"),
        ("api/operations.py", 'x = "SET LOCAL ROLE b"', "sets a role"),
        ("api/operations.py", 'x = "set   role b"', "sets a role"),
        ("api/operations.py", 'x = "SET SESSION AUTHORIZATION b"', "sets a role"),
        ("database/privileges.py", 'x = "SET ROLE b"', "sets a role"),
        ("database/session.py", "x = \"SELECT set_config('role', 'b', true)\"", "set_config"),
        ("stores/service.py", "from psycopg import AsyncConnection", "psycopg.AsyncConnection"),
        ("stores/service.py", "from psycopg import connect as c", "psycopg.connect"),
        ("stores/service.py", "import psycopg\npsycopg.connect('')", "psycopg.connect"),
        ("stores/service.py", "import psycopg\npsycopg.AsyncConnection.connect('')", "psycopg.AsyncConnection"),
        ("stores/service.py", "from psycopg_pool import AsyncConnectionPool", "AsyncConnectionPool"),
        ("stores/service.py", "async def f(pool):\n    async with pool.connection() as c: ...", "takes a connection"),
        ("carts/service.py", "async def f(session):\n    await session._connection.commit()", "calls commit"),
        ("carts/service.py", "async def f(session):\n    await session._connection.rollback()", "calls rollback"),
        ("pets/answer_cache.py", 'from menagerie.cache.namespace import Key\nx = Key("m:{b}:x")', "makes a cache key"),
        ("pets/answer_cache.py", 'from menagerie.cache import namespace\nx = namespace.Key("m")', "makes a cache key"),
        ("pets/service.py", "import strawberry", "imports strawberry"),
        ("accounts/tokens.py", "from strawberry.types import Info", "imports strawberry"),
    ],
)
def test_a_planted_violation_is_found(tenancy: ModuleType, tmp_path: Path, path: str, code: str, found: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(f'"""A module."""\n{code}\n')
    assert any(found in problem and problem.startswith(path) for problem in tenancy.problems(tmp_path))


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("pets/service.py", '"""Rows of the search_path that the session has set."""'),
        ("database/session.py", 'x = "SET LOCAL ROLE b"; y = "SET LOCAL search_path TO b"'),
        ("database/privileges.py", "x = \"ALTER ROLE r SET search_path TO ''\""),
        ("pets/graphql.py", "import strawberry"),
        ("graphql/document_limits.py", "import strawberry"),
        ("cache/namespace.py", 'Key = str\nx = Key("m")'),
        ("pets/service.py", "import psycopg\ntry: ...\nexcept psycopg.errors.UniqueViolation: ..."),
    ],
)
def test_allowed_code_passes(tenancy: ModuleType, tmp_path: Path, path: str, code: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(code + "\n")
    assert tenancy.problems(tmp_path) == []
