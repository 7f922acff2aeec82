"""The embedded Valkey: a private cache that keeps nothing."""

import os
import signal
import stat
import subprocess
import sys

import psutil
import pytest
import redis

from menagerie.local.valkey import EmbeddedValkey


@pytest.fixture
def server(home):
    valkey = EmbeddedValkey(home)
    valkey.start()
    yield valkey
    valkey.stop()


def test_it_listens_only_on_its_socket(server):
    client = redis.from_url(server.address)
    assert client.ping()
    assert client.config_get("port")["port"] == "0"
    assert client.config_get("save")["save"] == ""
    assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "allkeys-lru"
    assert client.config_get("maxmemory")["maxmemory"] == str(128 * 1024 * 1024)
    client.close()


def test_it_is_private_and_in_its_own_session(server):
    socket = server.directory / "valkey.sock"
    assert stat.S_IMODE(server.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert os.getsid(server.pid) != os.getsid(0)


def test_nothing_survives_a_restart(server):
    client = redis.from_url(server.address)
    client.set("key", "value")
    server.stop()
    assert server.pid is None
    server.start()
    assert client.get("key") is None
    client.close()


def test_a_killed_server_can_be_restarted(server):
    os.kill(server.pid, signal.SIGKILL)
    again = EmbeddedValkey(server.directory.parent)
    again.start()
    assert redis.from_url(again.address).ping()
    again.stop()


def test_a_server_left_behind_by_a_killed_run_is_stopped(home):
    script = (
        "import os, sys; from pathlib import Path; from menagerie.local.valkey import EmbeddedValkey;"
        "s = EmbeddedValkey(Path(sys.argv[1])); s.start(); print(s.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", script, home], capture_output=True, text=True, check=False)
    orphan = int(killed.stdout)
    with EmbeddedValkey(home) as server:
        assert server.pid != orphan
        assert redis.from_url(server.address).ping()
    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE


def test_a_deep_home_gets_a_short_socket(home):
    with EmbeddedValkey(home / ("d" * 60) / ("e" * 60)) as server:
        assert redis.from_url(server.address).ping()
        server.erase()
