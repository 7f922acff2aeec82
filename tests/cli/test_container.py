"""What containers run beside the server: preparing, waiting, and generating secrets."""

import stat

import pytest
from cryptography import x509

from menagerie.database.bootstrap import bootstrap
from menagerie.database.lineages import head


@pytest.fixture
def fresh(up, administer):
    """The environment variables of a new database."""
    bootstrap(up.superuser_address, "fresh")
    settings = up.settings()
    yield {
        f"MENAGERIE_{name}DATABASE_URL": address.get_secret_value().replace("/menagerie?", "/fresh?")
        for name, address in (("", settings.database_url), ("OWNER_", settings.owner_database_url))
    }
    administer("DROP DATABASE fresh WITH (FORCE)")


def test_servers_wait_until_the_database_is_prepared(elsewhere, fresh):
    output = elsewhere("container", "wait", "--seconds", 1, exit_code=1, **fresh).stderr
    assert "must be at" in output
    assert output.count("Waiting.") == 1
    # A container without the cache's address and the keys can prepare.
    without = {"MENAGERIE_REDIS_URL": "", "MENAGERIE_MASTER_KEYS": ""}
    assert "The platform is at" in elsewhere("container", "prepare", **fresh, **without).stdout
    assert "is migrated" in elsewhere("container", "wait", "--seconds", 1, **fresh).stdout


def test_a_database_migrated_by_a_newer_version_is_left_alone_and_served(elsewhere, administer, two_stores):
    administer("UPDATE platform.store SET revision = 'of-tomorrow' WHERE slug = 'pawsome'")
    try:
        assert "newer version" in elsewhere("container", "prepare").stderr
        assert "is migrated" in elsewhere("container", "wait", "--seconds", 1).stdout
        assert "A newer version has migrated the database" in elsewhere("doctor").stdout
    finally:
        administer(f"UPDATE platform.store SET revision = '{head('stores')}' WHERE slug = 'pawsome'")


def test_an_address_without_a_password_is_refused(elsewhere, fresh, up):
    output = elsewhere(
        "container", "prepare", exit_code=1, MENAGERIE_SUPERUSER_DATABASE_URL=up.superuser_address, **fresh
    ).stderr
    assert "has no password" in output


def test_an_unreachable_server_is_not_healthy(elsewhere):
    assert "is not ready" in elsewhere("container", "healthy", exit_code=1, MENAGERIE_PORT="1").stderr


def test_secrets_are_generated_once_and_each_service_sees_its_own(elsewhere, tmp_path):
    elsewhere("container", "secrets", tmp_path)
    files = {file: file.read_text() for file in tmp_path.rglob("*") if file.is_file()}
    elsewhere("container", "secrets", tmp_path)
    assert files == {file: file.read_text() for file in tmp_path.rglob("*") if file.is_file()}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o400 for file in files)
    with_owner = {file.relative_to(tmp_path).parts[0] for file in files if file.name == "menagerie_owner_database_url"}
    assert with_owner == {"migration", "operator"}
    assert not [file for file in files if file.name == "authority.key" and file.parent.name != "made"]
    authority = x509.load_pem_x509_certificate((tmp_path / "made" / "authority.crt").read_bytes())
    for part in ("postgres", "valkey", "server/tls"):
        leaf = x509.load_pem_x509_certificate((tmp_path / part / "tls.crt").read_bytes())
        leaf.verify_directly_issued_by(authority)
