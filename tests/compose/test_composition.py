"""`docker compose up` starts the whole system too: the same story, its own isolation, and nothing lost."""

import json
import ssl
import urllib.request
from pathlib import Path

import pytest

from cluster.probes import NO_SECRETS, PLAIN_CACHE, PLAIN_DATABASE, SECRETS
from cluster.release import eventually, run
from cluster.story import SLUGS, open_stores, sell_a_pet
from compose.conftest import Composition


def test_the_page_is_served_with_a_certificate_from_the_authority(composition: Composition, authority: Path) -> None:
    address = f"https://localhost:{composition.port}/stores/pawsome"
    trusting = ssl.create_default_context(cafile=str(authority))
    with urllib.request.urlopen(address, context=trusting, timeout=30) as answer:
        assert b"Pawsome" in answer.read()
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(address, context=ssl.create_default_context(), timeout=30)


async def test_an_operator_opens_stores_a_merchant_lists_a_pet_and_a_customer_buys_it(
    composition: Composition, authority: Path, tmp_path: Path
) -> None:
    open_stores(composition.menagerie)
    await sell_a_pet(composition.port, authority, tmp_path)


def test_postgresql_and_valkey_accept_no_plain_text(composition: Composition) -> None:
    output = composition.python("server", PLAIN_DATABASE)
    assert "encrypted: True" in output
    assert "no encryption" in output
    assert "plain text: taken" not in output
    output = composition.python("server", PLAIN_CACHE)
    assert "scheme: rediss" in output
    assert "PONG" not in output


def test_the_server_has_neither_the_owners_credentials_nor_a_writable_disk(composition: Composition) -> None:
    assert composition.python("server", SECRETS).splitlines() == NO_SECRETS


def test_every_container_is_locked_down_and_one_port_is_open_on_loopback(composition: Composition) -> None:
    containers = json.loads(run("docker", "inspect", *composition.compose("ps", "--all", "--quiet").split()))
    assert len(containers) >= 5
    published = []
    for each in containers:
        service, host = each["Config"]["Labels"]["com.docker.compose.service"], each["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert "no-new-privileges:true" in host["SecurityOpt"], service
        assert (each["Config"]["User"] in {"", "0:0", "0"}) == (service == "secrets"), service
        published += [(service, *binding.values()) for ports in host["PortBindings"].values() for binding in ports]
    assert published == [("server", "127.0.0.1", str(composition.port))]


def test_a_killed_service_comes_back_with_its_data(composition: Composition) -> None:
    for service in ("postgres", "valkey", "server"):
        # Killed as a process, because the engine restarts a container that ended by itself, not a stopped one.
        container = composition.compose("ps", "--quiet", service).strip()
        process = json.loads(run("docker", "inspect", container))[0]["State"]["Pid"]
        run("kill", "-KILL", str(process))
        eventually(composition.healthy, seconds=90)
    assert set(SLUGS) <= {store["slug"] for store in json.loads(composition.menagerie("store", "list", "--json"))}


def test_going_down_and_up_again_keeps_the_data_and_its_keys(composition: Composition, authority: Path) -> None:
    composition.compose("--profile", "demo", "down")
    composition.up()
    kept = composition.python("server", "print(open('/run/menagerie/trust/server.crt').read())")
    assert kept == authority.read_text()
    assert set(SLUGS) <= {store["slug"] for store in json.loads(composition.menagerie("store", "list", "--json"))}
    assert "Problems: 0" in composition.menagerie("doctor")
