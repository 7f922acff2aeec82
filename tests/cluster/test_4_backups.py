"""The job's backup from one namespace is restored into another as a whole system, as documented."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from cluster.figures import figure
from cluster.load import shopping
from cluster.release import KEEPING, NAME, Release, run
from cluster.story import SLUGS, bought, sell_a_pet, sold

ENABLED = ("--set", "backup.enabled=true", "--set", "backup.volume.size=1Gi")


def operator(release: Release) -> str:
    """The operator's pod, which has the backups' volume."""
    pods = ("-l", "app.kubernetes.io/component=operator", "--field-selector=status.phase=Running")
    return release.kubectl("get", "pods", *pods, "-o", "jsonpath={.items[0].metadata.name}")


@pytest.fixture(scope="module")
def backed_up(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the storage that the job wrote to under load."""
    with shopping(release) as load:
        release.helm("upgrade", NAME, "charts/menagerie", KEEPING, "--wait", "--timeout=9m", *ENABLED)
        release.kubectl("rollout", "status", f"deployment/{NAME}-operator", "--timeout=120s", seconds=130)
        release.kubectl("create", "job", "by-hand", f"--from=cronjob/{NAME}-backup")
        release.kubectl("wait", "job/by-hand", "--for=condition=Complete", "--timeout=180s", seconds=190)
    assert load.refused == load.lost == []
    copy = tmp_path_factory.mktemp("backups")
    release.kubectl("cp", f"{operator(release)}:/backups/.", str(copy))
    return copy


@pytest.fixture(scope="module")
def elsewhere(release: Release) -> Iterator[Release]:
    """A release in another namespace that has only the master keys in common with the first."""
    other = Release(f"{release.namespace}-{uuid4().hex[:4]}", release.image)
    keys = release.secret(f"{NAME}-master-keys", "menagerie_master_keys")
    values = release.helm("get", "values", NAME, "-o", "yaml")
    changed = ("--set", "demo.enabled=false,masterKeys.existingSecret=kept-keys", *ENABLED)
    run("kubectl", "create", "namespace", other.namespace)
    try:
        other.kubectl("create", "secret", "generic", "kept-keys", f"--from-literal=menagerie_master_keys={keys}")
        install = ("helm", "--namespace", other.namespace, "install", NAME, "charts/menagerie", "--values", "-")
        run(*install, *changed, "--wait", "--timeout=9m", seconds=600, stdin=values)
        yield other
    finally:
        run("kubectl", "delete", "namespace", other.namespace, "--wait=true", seconds=300)


def test_the_job_backs_up_every_store_and_its_bundles_are_sound(release: Release, backed_up: Path) -> None:
    assert (backed_up / "keys").is_dir()
    stores = {store["slug"] for store in json.loads(release.menagerie("store", "list", "--json"))}
    newest = json.loads(release.menagerie("backup", "list", "--json"))[-1]
    assert newest["state"] == "complete"
    assert newest["whole"]
    assert {store["slug"] for store in newest["stores"]} == stores
    verified = json.loads(release.menagerie("backup", "verify", "--json"))
    assert {bundle["state"] for bundle in verified} == {"sound"}
    assert stores < {bundle["bundle"] for bundle in verified}


def test_everything_is_restored_into_another_namespace(release: Release, backed_up: Path, elsewhere: Release) -> None:
    assert json.loads(elsewhere.menagerie("store", "list", "--json")) == []
    began = time.monotonic()
    elsewhere.kubectl("cp", f"{backed_up}/.", f"{operator(elsewhere)}:/backups")
    elsewhere.menagerie("backup", "restore")
    figure("a backup copied and restored into another namespace", f"{time.monotonic() - began:.0f} s")
    assert "Problems: 0" in elsewhere.menagerie("doctor")
    # The listing includes when and by whom a store was created, and all of it must match.
    assert elsewhere.menagerie("store", "list", "--json") == release.menagerie("store", "list", "--json")


async def test_the_restored_stores_sell_and_stay_separate(elsewhere: Release, tmp_path: Path) -> None:
    mine, theirs = SLUGS
    authority = tmp_path / "authority.pem"
    authority.write_text(elsewhere.secret(f"{NAME}-server-tls", "ca.crt"))
    with elsewhere.forwarded(f"service/{NAME}", 8443) as port:
        assert sold(port, authority, mine) == 1
        assert sold(port, authority, theirs) == 0
        assert bought(port, authority, mine) == ["Nessie"]
        assert bought(port, authority, theirs) == []
        await sell_a_pet(port, authority, tmp_path)
        assert sold(port, authority, mine) == 2
