"""A pipeline of statements that tells which of them failed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow


@asynccontextmanager
async def pipelined(connection: AsyncConnection[TupleRow]) -> AsyncIterator[None]:
    """A pipeline that raises the error that stopped it.

    When psycopg leaves a pipeline and one statement's error and the skipping of the next ones arrive apart, it raises
    that they were skipped, with the error as the context.
    """
    try:
        async with connection.pipeline():
            yield
    except psycopg.errors.PipelineAborted as aborted:
        if isinstance(aborted.__context__, psycopg.Error):
            raise aborted.__context__ from None
        raise
