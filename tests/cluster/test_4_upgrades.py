"""The release changes under load, and every request is answered."""

import pytest

from cluster.load import shopping
from cluster.release import NAME, CommandError, Release


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
