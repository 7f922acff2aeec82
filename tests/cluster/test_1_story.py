"""The whole story in a cluster: the operator with kubectl, the merchant with curl, the customer in Chromium."""

import json
from pathlib import Path

from cluster.release import NAME, Release
from cluster.story import open_stores, sell_a_pet


def test_the_charts_own_test_passes(release: Release) -> None:
    output = release.helm("test", NAME, "--logs", "--timeout=3m")
    assert "ok: a customer sees pets" in output


def test_installing_again_keeps_the_keys_and_the_stores(release: Release) -> None:
    keys = release.secret(f"{NAME}-master-keys", "menagerie_master_keys")
    release.upgrade()
    assert release.secret(f"{NAME}-master-keys", "menagerie_master_keys") == keys
    assert "pawsome" in release.menagerie("store", "list")


def test_what_an_operator_does_is_in_the_log_of_the_operators_pod(release: Release) -> None:
    release.menagerie("store", "suspend", "ribbit")
    release.menagerie("store", "resume", "ribbit")
    lines = release.kubectl("logs", f"deploy/{NAME}-operator").splitlines()
    events = [entry for entry in map(json.loads, filter(lambda line: line.startswith("{"), lines)) if "event" in entry]
    recorded = [(entry["event"], entry["store"]) for entry in events if entry.get("log") == "security"]
    assert recorded[-2:] == [("store suspended", "ribbit"), ("store resumed", "ribbit")]


async def test_an_operator_opens_stores_a_merchant_lists_a_pet_and_a_customer_buys_it(
    release: Release, authority: Path, tmp_path: Path
) -> None:
    open_stores(release.menagerie)
    with release.forwarded(f"service/{NAME}", 8443) as port:
        await sell_a_pet(port, authority, tmp_path)
