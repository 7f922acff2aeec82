"""The chart's example for Citus, on three nodes in the cluster. CITUS_IMAGE names an image with Citus."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from cluster.conftest import missing
from cluster.figures import figure
from cluster.load import shopping
from cluster.release import NAME, ROOT, Release, eventually, run
from cluster.story import open_stores, sell_a_pet
from cluster.test_3_restarts import assert_kept

IMAGE = os.environ.get("CITUS_IMAGE")
PASSWORD = "not a secret here"
NODES = ("citus-0", "citus-1", "citus-2")
# On top of the example, which has an external Valkey, an existing master key, and more pods.
VALUES = {
    "publicUrl": "https://localhost:8443",
    "demo": {"enabled": True},
    "backup": {"enabled": True, "volume": {"size": "1Gi"}},
    "masterKeys": {"existingSecret": ""},
    "server": {"replicas": 2, "podDisruptionBudget": {"minAvailable": 1}},
    "database": {
        "external": {"authorityKey": "tls.crt", "peers": [{"podSelector": {"matchLabels": {"app": "citus"}}}]}
    },
    "cache": {"bundled": True, "external": {"secret": "", "authoritySecret": ""}},
}


@dataclass(frozen=True)
class OnCitus(Release):
    """A release whose stores are on two workers."""

    def sql(self, node: str, *statements: str, script: str = "", database: str = "menagerie") -> str:
        """Run psql as the superuser and return its output."""
        psql = ["env", f"PGPASSWORD={PASSWORD}", "psql", "-h", "/tmp", "-U", "postgres", "-d", database, "-qAt"]
        commands = [option for statement in statements for option in ("-c", statement)]
        return self.kubectl(
            "exec", "--stdin", node, "--", *psql, "-v", "ON_ERROR_STOP=1", *commands, stdin=script
        ).strip()

    def host(self, node: str) -> str:
        return f"{node}.citus.{self.namespace}.svc"

    @property
    def home(self) -> str:
        """The node that the demo's first store is on."""
        shards = "SELECT DISTINCT nodename FROM citus_shards WHERE table_name::text LIKE 'store_pawsome.%'"
        return self.sql("citus-0", shards).partition(".")[0]

    @property
    def other(self) -> str:
        """The worker that store isn't on."""
        return next(node for node in NODES[1:] if node != self.home)

    def wait_until_settled(self) -> None:
        for part in (f"statefulset/{NAME}-valkey", f"deployment/{NAME}"):
            self.kubectl("rollout", "status", part, "--timeout=240s", seconds=250)
        eventually(self._no_pod_is_terminating, seconds=90)

    def kill(self, node: str) -> None:
        """Kill a node's pod, and wait for its replacement."""
        self.kubectl("delete", "pod", node, "--grace-period=0", "--force")
        self.kubectl("wait", f"pod/{node}", "--for=condition=Ready", "--timeout=180s", seconds=190)


def _certificate(folder: Path, namespace: str) -> None:
    """Create a self-signed certificate for all nodes."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "tls.key")
    names = f"subjectAltName=DNS:*.citus.{namespace}.svc"
    command = ["openssl", "req", "-x509", *key, "-out", "tls.crt", "-days", "2", "-subj", "/CN=nodes", "-addext", names]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def _join(release: OnCitus) -> None:
    """Do what docs/citus.md asks of an administrator."""
    sign_in = "INSERT INTO pg_dist_authinfo VALUES (0, '{}', 'password=''" + PASSWORD + "''')"
    for node in NODES:
        release.sql(node, "CREATE DATABASE menagerie", database="postgres")
        release.sql(node, "CREATE EXTENSION citus", sign_in.format("postgres"))
    release.sql("citus-0", f"SELECT citus_set_coordinator_host('{release.host('citus-0')}', 5432)")
    for worker in NODES[1:]:
        release.sql("citus-0", f"SELECT citus_add_node('{release.host(worker)}', 5432)")
    release.sql("citus-0", script=run(".venv/bin/menagerie", "database", "script", "--citus"))
    release.sql("citus-0", *(f"ALTER ROLE menagerie_{role} PASSWORD '{PASSWORD}'" for role in ("owner", "server")))
    for node in NODES:
        release.sql(node, sign_in.format("menagerie_owner"))


def _create_secrets(release: OnCitus) -> None:
    """Create the Secrets that the example names."""
    for name, role in (("database", "server"), ("owner", "owner")):
        key = "menagerie_owner_database_url" if role == "owner" else "menagerie_database_url"
        address = (
            f"postgresql://menagerie_{role}:{PASSWORD.replace(' ', '%20')}@{release.host('citus-0')}:5432/menagerie"
            "?sslmode=verify-full&sslrootcert=/run/menagerie/trust/database.crt"
        )
        release.kubectl("create", "secret", "generic", f"menagerie-{name}", f"--from-literal={key}={address}")


@pytest.fixture(scope="module")
def on_citus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnCitus]:
    if reason := missing() or (None if IMAGE else "CITUS_IMAGE names no image that has Citus"):
        pytest.skip(f"NOT RUN, nothing of Citus was proven in a cluster: {reason}")
    (built,) = json.loads(run("skaffold", "build", "--quiet", "--output={{json .}}", seconds=900))["builds"]
    made = OnCitus(f"menagerie-test-{uuid4().hex[:6]}", built["tag"])
    folder = tmp_path_factory.mktemp("citus")
    _certificate(folder, made.namespace)
    (folder / "password").write_text(PASSWORD)
    files = [f"--from-file={folder / name}" for name in ("tls.crt", "tls.key", "password")]
    run("kubectl", "create", "namespace", made.namespace)
    try:
        made.kubectl("create", "secret", "generic", "citus", *files)
        made.kubectl("create", "secret", "generic", "company-authority", files[0])
        nodes = (ROOT / "tests/cluster/citus/nodes.yaml").read_text().replace("image: citus", f"image: {IMAGE}")
        made.kubectl("apply", "--filename", "-", stdin=nodes)
        made.kubectl("rollout", "status", "statefulset/citus", "--timeout=180s", seconds=190)
        eventually(lambda: [made.sql(node, "SELECT 1", database="postgres") for node in NODES], seconds=30)
        _join(made)
        _create_secrets(made)
        values = VALUES | {"cache": VALUES["cache"] | {"valkey": _valkey()}}
        own = ("--set", f"image={made.image}", "--values", "-", "--wait", "--timeout=9m")
        example = ("--values", "charts/menagerie/examples/citus.yaml")
        install = ("helm", "--namespace", made.namespace, "install", NAME, "charts/menagerie", *example, *own)
        run(*install, seconds=600, stdin=json.dumps(values))
        made.kubectl("wait", "job", "-l", "app.kubernetes.io/component=demo", "--for=condition=Complete", seconds=190)
        yield made
    finally:
        run("kubectl", "delete", "namespace", made.namespace, "--wait=true", seconds=300)


def _valkey() -> dict[str, str]:
    """The settings of the bundled Valkey in VALUES."""
    named = os.environ.get("VALUES")
    values = yaml.safe_load(Path(named).read_text()) if named else {}
    return values.get("cache", {}).get("valkey", {})


async def test_the_whole_story_works_on_two_workers(on_citus: OnCitus, tmp_path: Path) -> None:
    open_stores(on_citus.menagerie)
    nodes = {row["host"]: row["stores"] for row in json.loads(on_citus.menagerie("database", "nodes", "--json"))}
    assert nodes == {on_citus.host(worker): 2 for worker in NODES[1:]}
    authority = tmp_path / "authority.pem"
    authority.write_text(on_citus.secret(f"{NAME}-server-tls", "ca.crt"))
    with on_citus.forwarded(f"service/{NAME}", 8443) as port:
        await sell_a_pet(port, authority, tmp_path)
    assert "Phase:          Succeeded" in on_citus.helm("test", NAME)


def test_a_store_moves_to_the_other_worker_and_back_under_load(on_citus: OnCitus) -> None:
    with shopping(on_citus) as load:
        for _ in range(2):
            target = on_citus.other
            on_citus.sql("citus-0", f"SELECT citus_schema_move('store_pawsome', '{on_citus.host(target)}', 5432)")
            assert on_citus.home == target
    assert load.refused == load.lost == []
    assert_kept(on_citus, load)
    figure("Citus: a store moves and comes back, under load", load.summary())


def test_a_killed_worker_affects_only_its_own_stores(on_citus: OnCitus) -> None:
    with shopping(on_citus) as load:
        on_citus.kill(on_citus.other)
        assert len(on_citus.servers()) == 2
    assert load.refused == load.lost == []
    with shopping(on_citus) as load:
        on_citus.kill(on_citus.home)
        assert len(on_citus.servers()) == 2
    assert load.lost == []
    assert_kept(on_citus, load)
    figure("Citus: the worker of a store is killed, under load", load.summary())
    assert "Problems: 0" in on_citus.menagerie("doctor")


def test_a_backup_is_created_and_a_store_restored(on_citus: OnCitus) -> None:
    on_citus.kubectl("create", "job", "by-hand", f"--from=cronjob/{NAME}-backup")
    on_citus.kubectl("wait", "job/by-hand", "--for=condition=Complete", "--timeout=180s", seconds=190)
    verified = json.loads(on_citus.menagerie("backup", "verify", "--json"))
    assert {bundle["state"] for bundle in verified} == {"sound"}
    before = on_citus.menagerie("store", "list", "--json")
    on_citus.menagerie("backup", "restore", "pawsome", "--replace", "--yes")
    assert on_citus.menagerie("store", "list", "--json") == before
    with shopping(on_citus) as load:
        pass
    assert load.refused == load.lost == []
    assert "Problems: 0" in on_citus.menagerie("doctor")
