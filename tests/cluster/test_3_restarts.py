"""Whichever pod ends under load, no confirmed purchase is lost, and nothing is sold twice."""

import json
import time
from datetime import UTC, datetime

import pytest

from cluster.figures import figure
from cluster.load import Load, shopping
from cluster.release import NAME, Release, eventually

SOLD = """
import asyncio, json
from menagerie.runtime import runtime
from menagerie.settings import read_settings
from dataclasses import dataclass
@dataclass
class Row:
    pet_id: object
async def look():
    async with runtime(read_settings()) as opened:
        store = await opened.stores.get("pawsome")
        rows = await opened.database.read(store, lambda s: s.fetch(Row, "SELECT pet_id FROM purchase_item"))
        print(json.dumps([str(row.pet_id) for row in rows]))
asyncio.run(look())
"""


def sold(release: Release) -> list[str]:
    return json.loads(release.python("-operator", SOLD).splitlines()[-1])


def assert_kept(release: Release, load: Load) -> None:
    pets = sold(release)
    assert len(pets) == len(set(pets))
    assert set(load.bought) <= set(pets)
    assert load.bought


def test_a_server_that_ends_loses_nothing(release: Release) -> None:
    with shopping(release) as load:
        before = release.servers()
        release.kubectl("delete", "pod", before[0], "--wait=true")
        release.wait_until_settled()
        assert before[0] not in release.servers()
    assert load.refused == load.lost == []
    assert_kept(release, load)
    figure("a server pod ends, under load", load.summary())


def test_a_killed_server_loses_at_most_its_requests_under_way(release: Release) -> None:
    with shopping(release) as load:
        before = release.servers()
        release.kubectl("delete", "pod", before[0], "--grace-period=0", "--force")
        release.wait_until_settled()
        assert before[0] not in release.servers()
    assert load.refused == []
    # A customer has one request under way.
    assert len(load.lost) <= 1
    assert_kept(release, load)
    figure("a server pod is killed, under load", load.summary())


@pytest.mark.parametrize("part", ["postgres", "valkey"])
def test_a_killed_data_pod_comes_back_with_its_data(release: Release, part: str) -> None:
    with shopping(release) as load:
        release.kubectl("delete", "pod", f"{NAME}-{part}-0", "--grace-period=0", "--force")
        release.kubectl("wait", f"pod/{NAME}-{part}-0", "--for=condition=Ready", "--timeout=180s", seconds=190)
        release.wait_until_settled()
        if part == "valkey":
            assert load.refused == load.lost == [], "the server needed the cache"
    assert_kept(release, load)
    figure(f"{part} is killed, under load", load.summary())
    assert "Problems: 0" in release.menagerie("doctor")


def test_servers_without_their_database_log_it_once_a_minute_and_recover(release: Release) -> None:
    before = release.servers()
    began = datetime.now(UTC)
    release.kubectl("scale", f"statefulset/{NAME}-postgres", "--replicas=0")
    release.kubectl("wait", f"pod/{NAME}-postgres-0", "--for=delete", "--timeout=90s")
    eventually(lambda: _nobody_is_ready(release), seconds=90)
    time.sleep(max(0, 75 - (datetime.now(UTC) - began).total_seconds()))
    logs = [release.kubectl("logs", pod, f"--since-time={began:%Y-%m-%dT%H:%M:%SZ}") for pod in before]
    release.kubectl("scale", f"statefulset/{NAME}-postgres", "--replicas=1")
    back = time.monotonic()
    release.wait_until_settled()
    figure("from PostgreSQL's return to ready servers, after 75 s without it", f"{time.monotonic() - back:.0f} s")
    assert release.servers() == before
    restarts = "jsonpath={.items[*].status.containerStatuses[*].restartCount}"
    labels = ("-l", "app.kubernetes.io/component=server")
    assert set(release.kubectl("get", "pods", *labels, "-o", restarts).split()) == {"0"}
    assert "Problems: 0" in release.menagerie("doctor")
    for log in logs:
        # Two processes in a pod, each for at most two minutes.
        assert 1 <= log.count('"not ready"') <= 4
        assert 1 <= log.count("error connecting in") <= 4


def _nobody_is_ready(release: Release) -> None:
    assert release.servers() == []
