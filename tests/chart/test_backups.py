"""The backups' CronJob: its command, its network policy, its secrets, and refused values."""

import shutil
from pathlib import Path

import pytest
import yaml

from chart.rendering import CHART, KUBERNETES, Object, Rendered, helm, refusal, render
from chart.test_connections import _links, _policies

S3, VOLUME = (CHART / "examples" / f"backup-{kind}.yaml" for kind in ("s3", "volume"))
KEY_FILES = {"menagerie_backup_s3_access_key_id", "menagerie_backup_s3_secret_access_key"}


def _pod(rendered: Rendered, part: str) -> Object:
    return dict(rendered.pods())[part]


def _variables(pod: Object) -> dict[str, str]:
    return {each["name"]: each["value"] for each in pod["containers"][0].get("env", [])}


def _secret_files(pod: Object) -> set[str]:
    return {
        item["key"]
        for volume in pod["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
        for item in source["secret"].get("items", [])
    }


def test_it_is_absent_by_default() -> None:
    rendered = render()
    assert rendered.all("CronJob") == []
    assert rendered.all("PersistentVolumeClaim") == []
    assert "backup" not in _policies()
    assert _variables(_pod(rendered, "operator")).keys() == {"MENAGERIE_SECURITY_LOG"}


def test_jobs_run_one_at_a_time_and_keep_the_given_number() -> None:
    job = render(S3).one("CronJob")["spec"]
    assert (job["schedule"], job["timeZone"], job["concurrencyPolicy"]) == ("40 1 * * *", "Etc/UTC", "Forbid")
    pod = _pod(render(S3), "backup")
    assert pod["containers"][0]["command"] == ["menagerie", "backup", "create", "--keep", "30"]
    assert pod["restartPolicy"] == "Never"
    assert pod["initContainers"][0]["command"] == ["menagerie", "container", "wait", "--seconds", "600"]


@pytest.mark.parametrize("part", ["backup", "operator"])
def test_only_the_pods_that_create_or_restore_backups_know_s3(part: str) -> None:
    rendered = render(S3)
    pod = _pod(rendered, part)
    variables = _variables(pod)
    assert variables["MENAGERIE_BACKUP_PLACE"] == "s3://backups/menagerie"
    assert variables["MENAGERIE_BACKUP_S3_ENDPOINT"] == "https://minio.storage.svc:9000"
    mounts = {each["name"]: each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
    assert variables["MENAGERIE_BACKUP_S3_AUTHORITY"].startswith(mounts["backup-trust"])
    assert _secret_files(pod) >= KEY_FILES
    server = _pod(rendered, "server")
    assert not KEY_FILES & _secret_files(server)
    assert "MENAGERIE_BACKUP_PLACE" not in _variables(server)
    assert rendered.all("PersistentVolumeClaim") == []


def test_the_job_gets_only_the_secrets_it_needs() -> None:
    for values, more in ((S3, KEY_FILES), (VOLUME, set())):
        files = _secret_files(_pod(render(values), "backup")) - {"ca.crt"}
        assert files == {"menagerie_database_url", "menagerie_owner_database_url", "menagerie_master_keys", *more}


def test_a_volume_is_claimed_and_mounted_in_both_pods() -> None:
    rendered = render(VOLUME)
    claim = rendered.one("PersistentVolumeClaim")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["spec"]["storageClassName"] == "file-server"
    assert claim["spec"]["resources"]["requests"]["storage"] == "200Gi"
    for part in ("backup", "operator"):
        pod = _pod(rendered, part)
        claims = [v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v]
        assert claims == [claim["metadata"]["name"]]
        mounts = {each["name"]: each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
        assert _variables(pod)["MENAGERIE_BACKUP_PLACE"] == mounts["backups"] == "/backups"
    assert "affinity" not in _pod(rendered, "backup")


def test_a_single_node_volume_keeps_both_pods_on_its_node() -> None:
    rendered = render("backup.enabled=true")
    (rule,) = _pod(rendered, "backup")["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert rule["topologyKey"] == "kubernetes.io/hostname"
    labels = rendered.part("Deployment", "operator")["spec"]["template"]["metadata"]["labels"]
    assert rule["labelSelector"]["matchLabels"].items() <= labels.items()
    assert "affinity" not in _pod(render("backup.enabled=true", "operator.enabled=false"), "backup")


def test_an_existing_claim_is_used_and_none_is_created() -> None:
    rendered = render("backup.enabled=true", "backup.volume.existingClaim=mine")
    assert rendered.all("PersistentVolumeClaim") == []
    assert {"claimName": "mine"} in [v.get("persistentVolumeClaim") for v in _pod(rendered, "backup")["volumes"]]


def test_backups_are_deleted_with_the_release_if_its_data_is() -> None:
    claim = render("backup.enabled=true", "keepData=false").one("PersistentVolumeClaim")
    assert "annotations" not in claim["metadata"]


@pytest.mark.parametrize(("values", "places"), [(S3, 1), (VOLUME, 0)], ids=["s3", "volume"])
def test_exactly_the_documented_connections_leave_and_none_arrives(values: Path, places: int) -> None:
    policies = _policies(values)
    assert policies["backup"]["ingress"] == []
    rules = policies["backup"]["egress"]
    assert _links(rules, "to") == {("postgres", 5432)}
    others = [port["port"] for rule in rules if not _links([rule], "to") for port in rule["ports"]]
    assert others == [53, 53] + [9000] * places
    assert [9000 in {port["port"] for port in rule["ports"]} for rule in policies["operator"]["egress"]].count(
        True
    ) == places
    assert ("backup", 5432) in _links(policies["postgres"]["ingress"], "from")
    assert ("backup", 6379) not in _links(policies["valkey"]["ingress"], "from")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("backup.enabled=true", "backup.s3.place=s3://backups", "backup.volume.existingClaim=x"), "in one place"),
        (("backup.enabled=true", "backup.s3.place=s3://backups"), "backup.s3.secret"),
        (("backup.enabled=true", "backup.s3.secret=x"), "backup.s3.place, as in s3://bucket/prefix"),
        # Refused by the schema:
        (("backup.s3.place=https://backups",), "place"),
        (("backup.s3.endpoint=http://minio",), "endpoint"),
        (("backup.schedule=nightly",), "schedule"),
        (("backup.keep=0",), "keep"),
        (("backup.volume.accessMode=ReadWriteOncePod",), "accessMode"),
        (("backup.volume.size=20",), "size"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_inconsistent_backup_values_are_refused_with_a_message(values: tuple[str, ...], expected: str) -> None:
    message = refusal(*values)
    assert expected in message
    assert "nil pointer" not in message


def test_a_service_account_role_replaces_a_secret() -> None:
    role = "serviceAccount.annotations.eks\\.amazonaws\\.com/role-arn=arn:aws:iam::1:role/backups"
    pod = _pod(render("backup.enabled=true", "backup.s3.place=s3://backups", role), "backup")
    assert not KEY_FILES & _secret_files(pod)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), "NOTHING IS BACKED UP"),
        (("--set", "backup.enabled=true"), "lost with the cluster"),
        (("-f", str(S3)), "to s3://backups/menagerie. To make one now"),
    ],
    ids=["none", "volume", "s3"],
)
def test_the_notes_say_where_backups_are(values: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    """Only an installation shows notes, so they are rendered here as if they were an object."""
    chart = tmp_path / "menagerie"
    shutil.copytree(CHART, chart)
    notes = chart / "templates" / "NOTES.txt"
    named = '{{- define "the.notes" -}}' + notes.read_text() + "{{- end }}\n"
    (chart / "templates" / "notes.yaml").write_text(named + 'text: {{ include "the.notes" . | quote }}\n')
    notes.unlink()
    options = ("--kube-version", KUBERNETES, "--set", "image=menagerie:test", "-s", "templates/notes.yaml")
    done = helm("template", "pets", str(chart), *options, *values)
    assert expected in yaml.safe_load(done.stdout)["text"], done.stderr
