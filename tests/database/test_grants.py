"""What the roles may do with each table, said a second time: a wrong grant would otherwise be consistently wrong."""

from menagerie.database.tables import platform, stores


def tables_with(metadata, privilege: str) -> set[str]:
    return {table.name for table in metadata.sorted_tables if privilege in table.info["grants"].split(", ")}


def test_the_server_only_reads_the_platform_schema() -> None:
    assert {table.info["grants"] for table in platform.sorted_tables} == {"SELECT"}


def test_a_store_changes_and_deletes_only_where_it_must() -> None:
    assert tables_with(stores, "UPDATE") == {"pet", "customer"}
    assert tables_with(stores, "DELETE") == {"access_token", "cart_item", "idempotency"}


def test_the_audit_can_be_written_and_neither_read_nor_changed() -> None:
    assert stores.tables["audit_event"].info["grants"] == "INSERT"


def test_nothing_else_is_granted() -> None:
    granted = {part for table in stores.sorted_tables for part in table.info["grants"].split(", ")}
    assert granted == {"SELECT", "INSERT", "UPDATE", "DELETE"}
