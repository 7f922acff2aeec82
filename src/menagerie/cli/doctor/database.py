"""What `menagerie doctor` checks in PostgreSQL: our role, its privileges, and how far the schemas are migrated.

All checks run as the server's own role, because an injected statement would have its privileges.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from menagerie.cli.context import connection_advice
from menagerie.cli.doctor.citus import check_citus, check_hardening
from menagerie.cli.doctor.findings import Finding, State, ok, problem, warning
from menagerie.database.citus.catalog import Node, is_citus, node_address, workers
from menagerie.database.migrate import status
from menagerie.database.rollout import may_serve, newer
from menagerie.secrets.envelope import KeyMismatchError, MasterKeys
from menagerie.settings import Settings

Check = Callable[[psycopg.Connection, Settings], Iterator[Finding]]

_OLDEST_VERSION = 15
_CONNECT_SECONDS = 5
_BOOTSTRAP = "Have an administrator run the output of `menagerie database script`."
_CREATORS: LiteralString = """
    SELECT 'the database' AS name WHERE has_database_privilege(current_database(), 'CREATE')
    UNION ALL SELECT 'temporary tables' WHERE has_database_privilege(current_database(), 'TEMPORARY')
    UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE has_schema_privilege(oid, 'CREATE')
"""
_OWNED: LiteralString = """
    SELECT (SELECT count(*) FROM pg_database WHERE datdba = r.oid)
        + (SELECT count(*) FROM pg_namespace WHERE nspowner = r.oid)
        + (SELECT count(*) FROM pg_class WHERE relowner = r.oid)
        + (SELECT count(*) FROM pg_proc WHERE proowner = r.oid) AS things
    FROM pg_roles r WHERE rolname = current_user
"""
_ROLE: LiteralString = """
    SELECT rolname AS name, rolsuper AS superuser, rolcreaterole AS createrole, rolcreatedb AS createdb,
        rolbypassrls AS bypassrls, rolreplication AS replication, rolinherit AS inherit,
        (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid AND pg_has_role(r.oid, m.roleid, 'USAGE'))
            AS inherited
    FROM pg_roles r WHERE rolname = current_user
"""
_SET_CONFIG: LiteralString = """
    SELECT has_function_privilege('public', f, 'EXECUTE') OR has_function_privilege(current_user, f, 'EXECUTE') AS open
    FROM (VALUES ('pg_catalog.set_config(text, text, boolean)')) AS v (f)
"""


_POWERS = ("superuser", "createrole", "createdb", "bypassrls", "replication")


@dataclass(frozen=True, slots=True)
class _Role:
    name: str
    superuser: bool
    createrole: bool
    createdb: bool
    bypassrls: bool
    replication: bool
    inherit: bool
    inherited: int


def check_database(settings: Settings) -> Iterator[Finding]:
    """Run every check of the database; if it does not answer, report only that."""
    try:
        connection = psycopg.connect(settings.database_url.get_secret_value(), connect_timeout=_CONNECT_SECONDS)
    except psycopg.OperationalError as error:
        yield problem("database", connection_advice(error))
        return
    checks = (*_OF_EVERY_NODE, check_citus, _migrations, _interrupted_restore, _data_keys)
    with connection:
        yield from _checked(connection, settings, checks)
        nodes = [worker.node for worker in workers(connection)] if is_citus(connection) else []
    for node in nodes:
        yield from _node(node, settings)
    yield from _owner(settings)


def _checked(connection: psycopg.Connection, settings: Settings, checks: Sequence[Check]) -> Iterator[Finding]:
    connection.autocommit = True  # one failing check must not break the next
    for check in checks:
        try:
            yield from check(connection, settings)
        except psycopg.Error as error:
            name = check.__name__.strip("_").replace("_", " ")
            yield problem(name, f"This could not be checked: {str(error).splitlines()[0]}.")


def _node(node: Node, settings: Settings) -> Iterator[Finding]:
    """Check that a node is set up as the coordinator must be, and report only deviations."""
    name = f"node {node.host}:{node.port}"
    address = node_address(settings.database_url.get_secret_value(), node)
    try:
        with psycopg.connect(address, connect_timeout=_CONNECT_SECONDS) as connection:
            found = list(_checked(connection, settings, _OF_EVERY_NODE))
    except psycopg.OperationalError as error:
        found = [problem("database", connection_advice(error))]
    faults = [finding for finding in found if finding.state is not State.OK]
    yield from (replace(fault, check=f"{name}, {fault.check}") for fault in faults)
    if not faults:
        yield ok(name, "Answers, and is as locked down as the coordinator.")


def _version(connection: psycopg.Connection, _settings: Settings) -> Iterator[Finding]:
    version = connection.info.server_version // 10_000
    if version < _OLDEST_VERSION:
        yield problem("database", f"PostgreSQL {version} is too old; {_OLDEST_VERSION} or newer is needed.")
    else:
        yield ok("database", f"PostgreSQL {version} answers.")


def _role(connection: psycopg.Connection, _settings: Settings) -> Iterator[Finding]:
    role = connection.cursor(row_factory=class_row(_Role)).execute(_ROLE).fetchone()
    owned = connection.execute(_OWNED).fetchone()
    if role is None or owned is None:
        return
    powers = [name.upper() for name in _POWERS if getattr(role, name)]
    if powers:
        remedy = " ".join(f"NO{power}" for power in powers)
        yield problem(
            "server role", f"{role.name} has {', '.join(powers)}. Revoke it: ALTER ROLE {role.name} {remedy}."
        )
    elif owned[0]:
        yield problem("server role", f"{role.name} owns {owned[0]} objects, but should own none. {_BOOTSTRAP}")
    else:
        yield ok("server role", f"{role.name} has no power over the server and owns nothing.")
    # Since PostgreSQL 16 each grant stores whether it is inherited, taken from the role's attribute at the time.
    if role.inherit or role.inherited:
        yield problem(
            "store roles",
            f"{role.name} has the rights of {role.inherited} stores at once, or will have those of new ones. Run: "
            f"ALTER ROLE {role.name} NOINHERIT, and on PostgreSQL 16 or newer for each store's role: "
            f"GRANT … TO {role.name} WITH INHERIT FALSE.",
        )
    else:
        yield ok("store roles", "The server has a store's rights only within that store's transactions (NOINHERIT).")


def _limits(connection: psycopg.Connection, _settings: Settings) -> Iterator[Finding]:
    row = connection.execute(
        "SELECT current_setting('search_path'), current_setting('statement_timeout'), "
        "current_setting('idle_in_transaction_session_timeout')"
    ).fetchone()
    path, statement, idle = (str(value) for value in row) if row else ("", "0", "0")
    if path.strip(' "'):
        yield problem(
            "search path", f"The server's role starts with search_path {path}, but it must be empty. {_BOOTSTRAP}"
        )
    else:
        yield ok("search path", "Empty until a store's transaction sets it.")
    if statement == "0" or idle == "0":
        yield warning("timeouts", f"statement_timeout or idle_in_transaction_session_timeout is not set. {_BOOTSTRAP}")
    else:
        yield ok("timeouts", f"A statement may take {statement}, an idle transaction {idle}.")


def _set_config(connection: psycopg.Connection, _settings: Settings) -> Iterator[Finding]:
    row = connection.execute(_SET_CONFIG).fetchone()
    if row and row[0]:
        yield warning(
            "set_config",
            "EVERY ROLE MAY CALL set_config, with which an injected SELECT could leave its store. Have a superuser run "
            "in this database: REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC. "
            "Where a managed server refuses that, one layer of isolation is missing.",
        )
    else:
        yield ok("set_config", "Revoked: a statement cannot leave its store.")


def _creation(connection: psycopg.Connection, _settings: Settings) -> Iterator[Finding]:
    creatable = [str(row[0]) for row in connection.execute(_CREATORS)]
    if creatable:
        yield problem("creation", f"The server's role may create in {', '.join(creatable)}. {_BOOTSTRAP}")
    else:
        yield ok("creation", "The server's role can create nothing.")


def _encryption(connection: psycopg.Connection, _settings: Settings) -> Iterator[Finding]:
    host = connection.info.host
    if connection.pgconn.ssl_in_use:
        yield ok("database TLS", f"The connection to {host} is encrypted.")
    elif host.startswith("/") or host in {"", "localhost", "127.0.0.1", "::1"}:
        yield ok("database TLS", "The connection stays on this machine.")
    else:
        yield warning(
            "database TLS", f"The connection to {host} is plain text. Add sslmode=verify-full to its address."
        )


def _migrations(_connection: psycopg.Connection, settings: Settings) -> Iterator[Finding]:
    found = status(settings.database_url.get_secret_value())
    if found.complete:
        yield ok("migrations", f"The platform and {found.current} stores are up to date.")
    elif found.platform is None:
        yield problem("migrations", "The database has not been migrated yet. Run `menagerie migrate`.")
    elif newer(found) and may_serve(found):
        yield ok("migrations", "A newer version has migrated the database, and kept all that this version needs.")
    else:
        for each in found.failed:
            yield problem(
                f"migration of {each.slug}",
                f"It was not migrated, and is refused with 503 until it is: {each.reason}. Fix that, and run "
                "`menagerie migrate`.",
            )
        platform = "" if found.platform == found.platform_head else "The platform schema is not up to date. "
        behind = sum(found.behind.values())
        yield problem(
            "migrations", f"{platform}{behind} of {behind + found.current} stores are behind. Run `menagerie migrate`."
        )


def _interrupted_restore(connection: psycopg.Connection, _settings: Settings) -> Iterator[Finding]:
    row = connection.execute("SELECT restoring FROM platform.installation").fetchone()
    if row is not None and row[0] is not None:
        yield problem(
            "restore",
            f"The restore of {row[0]} was interrupted. `menagerie backup restore --set {row[0]}` resumes it.",
        )


def _data_keys(connection: psycopg.Connection, settings: Settings) -> Iterator[Finding]:
    keys = MasterKeys(settings.master_key_bytes)
    rows = connection.execute(
        "SELECT s.id, s.slug, k.wrapped FROM platform.store s LEFT JOIN platform.data_key k ON k.store_id = s.id"
    ).fetchall()
    closed, older = list[str](), 0
    for store_id, slug, wrapped in rows:
        try:
            keys.unwrap(wrapped or b"", store_id)
            older += keys.rewrap(wrapped, store_id) is not None
        except KeyMismatchError:
            closed.append(slug)
    if closed:
        yield problem(
            "data keys",
            f"No master key opens the data of {len(closed)} of {len(rows)} stores ({', '.join(closed[:5])}). Add the "
            "key that they were created with to MENAGERIE_MASTER_KEYS.",
        )
    elif older:
        yield warning(
            "data keys", f"{older} of {len(rows)} stores still need an older master key. Run `menagerie keys rotate`."
        )
    else:
        yield ok("data keys", f"The data keys of all {len(rows)} stores can be unwrapped.")


def _owner(settings: Settings) -> Iterator[Finding]:
    if settings.owner_database_url is None:
        yield warning(
            "owner",
            "MENAGERIE_OWNER_DATABASE_URL is not set, so stores and merchants cannot be created or changed here.",
        )
        return
    try:
        psycopg.connect(settings.owner_database_url.get_secret_value(), connect_timeout=_CONNECT_SECONDS).close()
    except psycopg.OperationalError as error:
        yield problem("owner", connection_advice(error))
        return
    yield ok("owner", "The database's owner can sign in.")


_OF_EVERY_NODE = (_version, _role, _limits, _set_config, check_hardening, _creation, _encryption)
