"""The release changes under load, and every request is answered."""

import ssl
import urllib.request

import pytest

from cluster.load import shopping
from cluster.release import NAME, CommandError, Release, eventually

# What migrations after the first add is there already, but the database does not say so: they cannot run.
SAY_REVISION = """
import psycopg
from menagerie.settings import read_settings
with psycopg.connect(read_settings().owner_database_url.get_secret_value()) as owner:
    print(*owner.execute("SELECT version FROM platform.revision").fetchone())
    owner.execute("UPDATE platform.revision SET version = %s", ("{}",))
"""


def test_an_upgrade_answers_every_request(release: Release) -> None:
    with shopping(release) as load:
        before = release.servers()
        release.upgrade("settings.log_level=WARNING")
        assert not set(before) & set(release.servers())
    assert load.refused == []


def test_an_upgrade_that_cannot_start_leaves_the_old_version_serving_and_can_be_taken_back(release: Release) -> None:
    with shopping(release) as load:
        before = release.servers()
        broken = ("--reuse-values", "--set", f"image={release.image}-missing", "--wait", "--timeout=20s")
        with pytest.raises(CommandError):
            release.helm("upgrade", NAME, "charts/menagerie", *broken)
        assert set(before) <= set(release.servers())
        release.helm("rollback", NAME, "--wait", "--timeout=5m")
        release.settled()
    assert load.refused == []


def test_a_migration_that_fails_leaves_the_old_version_serving_and_says_why(release: Release) -> None:
    with shopping(release) as load:
        before = release.servers()
        newest = release.python("-operator", SAY_REVISION.format("0001")).strip()
        try:
            changed = ("--reuse-values", "--set", "settings.log_level=ERROR", "--wait", "--timeout=30s")
            with pytest.raises(CommandError):
                release.helm("upgrade", NAME, "charts/menagerie", *changed)
            eventually(lambda: _says_why(release))
            assert set(before) == set(release.servers())
        finally:
            release.kubectl("rollout", "status", f"deployment/{NAME}-operator", "--timeout=120s", seconds=130)
            release.python("-operator", SAY_REVISION.format(newest))
        release.upgrade()
        assert not set(before) & set(release.servers())
    assert load.refused == []


def _says_why(release: Release) -> None:
    labels = "app.kubernetes.io/component=migration"
    assert 'column "welcome" of relation "store" already exists' in release.kubectl("logs", "-l", labels, "--tail=-1")
    waiting = release.kubectl("logs", "-l", "app.kubernetes.io/component=server", "-c", "wait", "--tail=-1")
    assert "The platform is at revision 0001 and must be at" in waiting


def test_master_keys_are_rotated_as_documented(release: Release) -> None:
    with shopping(release) as load:
        old = release.secret(f"{NAME}-master-keys", "menagerie_master_keys")
        release.upgrade("masterKeys.newest=2")
        release.upgrade("masterKeys.first=2")
        release.kubectl("rollout", "status", f"deployment/{NAME}-operator", "--timeout=120s")
        release.menagerie("keys", "rotate")
        release.upgrade("masterKeys.oldest=2")
        new = release.secret(f"{NAME}-master-keys", "menagerie_master_keys")
        assert not set(old.strip().split(",")) & set(new.strip().split(","))
    assert load.refused == []
    assert "Problems: 0" in release.menagerie("doctor")


def test_certificates_are_made_anew_as_documented(release: Release) -> None:
    with shopping(release):
        before = release.secret(f"{NAME}-server-tls", "tls.crt")
        release.upgrade("tls.generation=2")
        release.settled()
        assert release.secret(f"{NAME}-server-tls", "tls.crt") != before
    assert "Problems: 0" in release.menagerie("doctor")


def test_the_authority_is_replaced_as_documented(release: Release) -> None:
    old = release.secret(f"{NAME}-server-tls", "ca.crt")
    for step in ("tls.authority.generation=2", "tls.generation=3", "tls.authority.forgetPrevious=true"):
        release.upgrade(step)
        release.settled()
        assert "Problems: 0" in release.menagerie("doctor"), step
    new = release.secret(f"{NAME}-server-tls", "ca.crt")
    with release.forwarded(f"service/{NAME}", 8443) as port:
        address = f"https://localhost:{port}/health/ready"
        with urllib.request.urlopen(address, context=ssl.create_default_context(cadata=new), timeout=30) as answer:
            assert b'"database":"ok","cache":"ok"' in answer.read()
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(address, context=ssl.create_default_context(cadata=old), timeout=30)
