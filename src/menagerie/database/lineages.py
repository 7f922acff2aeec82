"""The two lineages of migrations, read by Alembic: one for the platform schema, one for every store schema.

A lineage is rendered once to plain statements (Alembic's offline mode), which run on every store that needs them.
A migration is SQL that does not depend on data, one statement at a time, so it also runs on Citus.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError

Lineage = Literal["platform", "stores"]

_HERE = Path(__file__).resolve()
# In a wheel the migrations are inside the package, in a checkout next to src.
_DIRECTORIES = (_HERE.parents[1] / "_alembic", _HERE.parents[3] / "alembic")


@cache
def scripts(lineage: Lineage) -> ScriptDirectory:
    """The lineage's revisions."""
    root = next(directory for directory in _DIRECTORIES if directory.is_dir())
    return ScriptDirectory(str(root), version_locations=[str(root / lineage / "versions")])


@cache
def head(lineage: Lineage) -> str:
    """The newest revision."""
    revision = scripts(lineage).get_current_head()
    if revision is None:
        raise LookupError(f"The lineage {lineage} has no revision.")
    return revision


@cache
def statements(lineage: Lineage, current: str | None, target: str | None = None) -> tuple[str, ...]:
    """The statements that lead from a revision (None: from nothing) to another (None: to the newest).

    Raises:
        alembic.util.CommandError: when a revision is not in this lineage, as after a downgrade of the code.
    """
    target = target or head(lineage)
    if current == target:
        return ()
    rendered = _Statements()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": rendered})
    try:
        revisions = reversed(list(scripts(lineage).iterate_revisions(target, current or "base")))
    except RevisionError as error:  # Alembic's own commands turn it into a CommandError too
        raise CommandError(str(error)) from error
    with Operations.context(context):
        for revision in revisions:
            revision.module.upgrade()
    return tuple(rendered)


class _Statements(list[str]):
    """The buffer that Alembic writes to; it writes one statement at a time."""

    def write(self, text: str) -> None:
        """Keep a statement, without its semicolon."""
        if statement := text.strip().removesuffix(";"):
            self.append(statement)

    def flush(self) -> None:
        """Nothing to do: nothing is buffered."""
