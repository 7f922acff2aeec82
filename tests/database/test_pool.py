"""The pool and a database that comes and goes."""

import asyncio

import pytest
from psycopg_pool import PoolTimeout

from menagerie.database.pool import new_pool
from menagerie.settings import Settings
from wire import Wire


@pytest.mark.usefixtures("queries")  # and so on a wire that can be relayed
async def test_a_database_that_was_away_is_used_as_soon_as_it_is_back(settings: Settings) -> None:
    address = settings.database_url.get_secret_value()
    wire = Wire(address)
    pool = new_pool(wire.address(address), name="away", most=2)
    await pool.open()
    try:
        # Whoever asks meanwhile makes the pool try, and try again, each time later.
        with pytest.raises(PoolTimeout):
            await pool.getconn()
        await asyncio.sleep(3)
        await wire.open()
        connection = await pool.getconn(timeout=4)
        assert await (await connection.execute("SELECT 1")).fetchone() == (1,)
        await pool.putconn(connection)
    finally:
        await pool.close()
        await wire.close()
