"""The release is upgraded under load, and every request is answered."""

import json
import ssl
import urllib.request

import pytest

from cluster.figures import figure
from cluster.load import shopping
from cluster.release import KEEPING, NAME, CommandError, Release, Versions, eventually


def test_an_upgrade_answers_every_request(release: Release) -> None:
    with shopping(release) as load:
        before = release.servers()
        release.upgrade("settings.log_level=WARNING")
        assert not set(before) & set(release.servers())
    assert load.refused == load.lost == []
    figure("all server pods are replaced, under load", load.summary())


def test_an_upgrade_that_cannot_start_leaves_the_old_version_serving_and_can_be_rolled_back(release: Release) -> None:
    with shopping(release) as load:
        before = release.servers()
        broken = (KEEPING, "--set", f"image={release.image}-missing", "--wait", "--timeout=20s")
        with pytest.raises(CommandError):
            release.helm("upgrade", NAME, "charts/menagerie", *broken)
        assert set(before) <= set(release.servers())
        release.roll_back()
    assert load.refused == load.lost == []


def test_a_migration_that_fails_leaves_the_old_version_serving_and_reports_why(
    release: Release, versions: Versions
) -> None:
    with shopping(release) as load:
        before = release.servers()
        broken = (KEEPING, "--set", f"image={versions.broken}", "--wait", "--timeout=30s")
        with pytest.raises(CommandError):
            release.helm("upgrade", NAME, "charts/menagerie", *broken)
        eventually(lambda: _reports_why(release))
        assert set(before) == set(release.servers())
        # Repaired, here by going back to the old version, whose pods kept running.
        release.upgrade(f"image={release.image}")
        assert set(before) == set(release.servers())
    assert load.refused == load.lost == []


def _reports_why(release: Release) -> None:
    labels = "app.kubernetes.io/component=migration"
    assert 'column "slug" of relation "store" already exists' in release.kubectl("logs", "-l", labels, "--tail=-1")
    waiting = release.kubectl("logs", "-l", "app.kubernetes.io/component=server", "-c", "wait", "--tail=-1")
    assert "must be at 9001" in waiting


def test_a_pending_migration_runs_under_load_and_the_old_version_works_afterwards(
    release: Release, versions: Versions
) -> None:
    with shopping(release) as load:
        before = release.servers()
        release.upgrade(f"image={versions.next}")
        assert not set(before) & set(release.servers())
        assert migrated(release) == {"platform": "9001", "stores": "9001", "behind": {}}
    assert load.refused == load.lost == []
    figure("an upgrade with a migration of platform and stores, under load", load.summary())
    with shopping(release) as load:
        new = release.servers()
        release.roll_back()
        assert not set(new) & set(release.servers())
        images = release.kubectl("get", "pods", *release.servers(), "-o", "jsonpath={..spec.containers[*].image}")
        assert set(images.split()) == {release.image}
    assert load.refused == load.lost == []
    figure("back to the version before, under load", load.summary())


def migrated(release: Release) -> dict:
    """The migration status of the database, according to the newest version."""
    release.kubectl("rollout", "status", f"deployment/{NAME}-operator", "--timeout=120s", seconds=130)
    output = json.loads(release.menagerie("migrate", "status", "--json"))
    return {
        "platform": output["platform"]["revision"],
        "stores": output["stores"]["newest"],
        "behind": output["stores"]["behind"],
    }


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
    assert load.refused == load.lost == []
    assert "Problems: 0" in release.menagerie("doctor")


def test_certificates_are_renewed_as_documented(release: Release) -> None:
    with shopping(release):
        before = release.secret(f"{NAME}-server-tls", "tls.crt")
        release.upgrade("tls.generation=2")
        release.wait_until_settled()
        assert release.secret(f"{NAME}-server-tls", "tls.crt") != before
    assert "Problems: 0" in release.menagerie("doctor")


def test_the_authority_is_replaced_as_documented(release: Release) -> None:
    old = release.secret(f"{NAME}-server-tls", "ca.crt")
    for step in ("tls.authority.generation=2", "tls.generation=3", "tls.authority.forgetPrevious=true"):
        release.upgrade(step)
        release.wait_until_settled()
        assert "Problems: 0" in release.menagerie("doctor"), step
    new = release.secret(f"{NAME}-server-tls", "ca.crt")
    with release.forwarded(f"service/{NAME}", 8443) as port:
        address = f"https://localhost:{port}/health/ready"
        with urllib.request.urlopen(address, context=ssl.create_default_context(cadata=new), timeout=30) as answer:
            assert b'"database":"ok","cache":"ok"' in answer.read()
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(address, context=ssl.create_default_context(cadata=old), timeout=30)
