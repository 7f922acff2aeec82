"""The roles' privileges on each table, stated independently of the code that grants them."""

from menagerie.database.tables import platform, stores


def tables_with(metadata, privilege: str) -> set[str]:
    return {table.name for table in metadata.sorted_tables if privilege in table.info["grants"].split(", ")}


def test_the_server_reads_the_platform_schema_and_changes_only_stores_settings() -> None:
    grants = {table.name: table.info["grants"] for table in platform.sorted_tables}
    assert grants.pop("store") == (
        "SELECT, UPDATE (name, description, time_zone, sign_up_open, welcome, accent, closed_at)"
    )
    assert grants.pop("overdue_version") == "SELECT, INSERT, DELETE"
    assert set(grants.values()) == {"SELECT"}


def test_a_store_changes_and_deletes_only_where_it_must() -> None:
    assert tables_with(stores, "UPDATE") == {"pet", "customer"}
    assert tables_with(stores, "DELETE") == {"access_token", "cart_item", "idempotency"}


def test_the_audit_can_be_written_but_neither_read_nor_changed() -> None:
    assert stores.tables["audit_event"].info["grants"] == "INSERT"


def test_nothing_else_is_granted() -> None:
    granted = {part for table in stores.sorted_tables for part in table.info["grants"].split(", ")}
    assert granted == {"SELECT", "INSERT", "UPDATE", "DELETE"}
