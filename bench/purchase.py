"""Buying one pet through the whole stack, compared to pgbench with the bare statements of a purchase."""

import asyncio
import re
import subprocess
import tempfile

import psycopg
from psycopg import sql

from menagerie.local.accounts import server_account
from menagerie.local.binaries import reachable_postgres
from menagerie.local.postgres import VERSION
from menagerie.stores.models import Store
from workbench import AUTHORIZATION, HERE, Load, Workbench, find_store, wrk

_CONNECTIONS = 16
_PETS = 40_000
_STATEMENTS = """
\\set pet random(1, {pets})
BEGIN;
SET LOCAL ROLE {role};
SET LOCAL search_path TO {schema};
SELECT FROM customer WHERE id = '{customer}' FOR NO KEY UPDATE;
SELECT id, sold_at FROM pet WHERE id = (SELECT id FROM bench_pet WHERE number = :pet) FOR UPDATE;
INSERT INTO purchase (id, customer_id, purchased_at) VALUES (gen_random_uuid(), '{customer}', clock_timestamp());
UPDATE pet SET sold_at = clock_timestamp() WHERE id = (SELECT id FROM bench_pet WHERE number = :pet);
INSERT INTO audit_event (id, actor, action, subject_id) VALUES (gen_random_uuid(), 'bench', 'bench', gen_random_uuid());
COMMIT;
"""


def measure(bench: Workbench, seconds: int) -> tuple[str, Load, float]:
    """The measurement's name, our figures, and pgbench's transactions per second."""
    store = asyncio.run(find_store(bench, "pawsome"))
    with psycopg.connect(bench.installation.superuser_address, dbname="menagerie", autocommit=True) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(store.schema)))
        _multiply(connection, store)
        ids = [str(row[0]) for row in connection.execute("SELECT id FROM bench_pet ORDER BY number").fetchall()]
        customer = _customer(connection)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(ids[: _PETS // 2]))
        file.flush()
        ours = wrk(
            f"{bench.address}/graphql/storefront",
            connections=_CONNECTIONS,
            seconds=seconds,
            script=HERE / "operation.lua",
            arguments=[AUTHORIZATION, "purchase", file.name],
        )
    return f"purchase of one pet, {_CONNECTIONS} connections", ours, _pgbench(bench, store, customer, seconds)


def _multiply(connection: psycopg.Connection, store: Store) -> None:
    """Insert many similar pets; their breeders are never read here."""
    connection.execute(
        "INSERT INTO pet (id, name, species, age_years, description, picture_id, breeder_name, breeder_email) "
        "SELECT gen_random_uuid(), 'Pet ' || n, 'CAT', 1, 'One of many.', (SELECT id FROM picture LIMIT 1), '', '' "
        "FROM generate_series(1, %s) n",
        (_PETS,),
    )
    connection.execute(
        "CREATE TABLE bench_pet AS SELECT row_number() OVER () AS number, id FROM pet WHERE breeder_name = ''"
    )
    connection.execute("CREATE UNIQUE INDEX ON bench_pet (number)")
    connection.execute(sql.SQL("GRANT SELECT ON bench_pet TO {}").format(sql.Identifier(store.role)))
    connection.execute("ANALYZE")


def _customer(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT id FROM customer ORDER BY id DESC LIMIT 1").fetchone()
    return str(row[0]) if row else ""


def _pgbench(bench: Workbench, store: Store, customer: str, seconds: int) -> float:
    program = reachable_postgres(VERSION, server_account()) / "pgbench"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(_STATEMENTS.format(pets=_PETS, role=store.role, schema=store.schema, customer=customer))
        file.flush()
        command = [str(program), "-n", "-c", str(_CONNECTIONS), "-T", str(seconds), "-f", file.name]
        address = bench.installation.postgres.address("menagerie_server", "menagerie")
        output = subprocess.run([*command, "-d", address], check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", output)
    if found is None:
        raise ValueError(output)
    return float(found.group(1))
