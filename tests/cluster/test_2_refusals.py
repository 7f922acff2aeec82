"""`helm install` refuses what only the cluster shows to be wrong, with a message, before it creates anything."""

import base64
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from cluster.release import CommandError, Release

KEY = base64.b64encode(secrets.token_bytes(32)).decode()
SERVER = "postgresql://menagerie_server:x@db.example.com/menagerie?sslmode=verify-full"
OWNER = "postgresql://menagerie_owner:x@db.example.com/menagerie?sslmode=verify-full"
# Secrets by name, each with its key and text.
VALID = {
    "my-database": ("menagerie_database_url", SERVER),
    "my-owner": ("menagerie_owner_database_url", OWNER),
    "my-cache": ("menagerie_redis_url", "rediss://menagerie:x@cache.example.com:6379/0"),
    "my-keys": ("menagerie_master_keys", f"{KEY},{KEY}"),
    "my-authority": ("ca.crt", "-----BEGIN CERTIFICATE-----"),
}
EXTERNAL = (
    "database.bundled=false,database.external.secret=my-database,database.external.ownerSecret=my-owner,"
    "database.external.authoritySecret=my-authority,cache.bundled=false,cache.external.secret=my-cache,"
    "masterKeys.existingSecret=my-keys"
)


@contextmanager
def secrets_there(release: Release, wanted: Mapping[str, tuple[str, str] | None]) -> Iterator[None]:
    made = {name: content for name, content in wanted.items() if content}
    for name, (key, text) in made.items():
        release.kubectl("create", "secret", "generic", name, f"--from-literal={key}={text}")
    try:
        yield
    finally:
        release.kubectl("delete", "secret", "--ignore-not-found", *made)


def installed(release: Release, *values: str) -> str:
    options = [option for value in values for option in ("--set", value)]
    return release.helm("install", "another", "charts/menagerie", "--dry-run=server", *options)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"my-database": None}, "names the Secret my-database, which is not in the namespace"),
        ({"my-owner": ("menagerie_database_url", OWNER)}, "has no menagerie_owner_database_url"),
        ({"my-database": ("menagerie_database_url", SERVER.partition("?")[0])}, "contains sslmode=verify-full"),
        ({"my-database": ("menagerie_database_url", "mysql://db/x?sslmode=verify-full")}, "begins with postgresql://"),
        ({"my-cache": ("menagerie_redis_url", "redis://cache.example.com")}, "begins with rediss://"),
        ({"my-authority": ("tls.crt", "x")}, "has no ca.crt"),
        (
            {"my-keys": ("menagerie_master_keys", f"{KEY},{KEY[4:]}")},
            "Key 2 of menagerie_master_keys in the Secret my-keys",
        ),
        ({"my-keys": None}, "masterKeys.existingSecret names the Secret my-keys"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_invalid_secrets_are_refused(release: Release, wrong: dict[str, tuple[str, str] | None], expected: str) -> None:
    with (
        secrets_there(release, VALID | wrong),
        pytest.raises(CommandError) as refused,
    ):
        installed(release, f"image={release.image}", EXTERNAL)
    assert expected in str(refused.value)


def test_a_missing_certificate_is_refused(release: Release) -> None:
    with pytest.raises(CommandError, match=r"tls.existing.postgres names the Secret b, which is not in"):
        installed(
            release,
            f"image={release.image}",
            "tls.source=existing,tls.existing.server=mine,tls.existing.postgres=b,tls.existing.valkey=c",
        )


def test_valid_secrets_are_accepted(release: Release) -> None:
    with secrets_there(release, VALID):
        assert "kind: Deployment" in installed(release, f"image={release.image}", EXTERNAL)
