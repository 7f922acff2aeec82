"""Which pod gets which secret, and that no secret is where it must not be."""

import base64
import json

import pytest

from chart.rendering import EXAMPLES, Object, render

OWNERS = {"migration", "demo", "operator", "backup"}


def _files(pod: Object) -> set[str]:
    """All files from Secrets in a pod's volumes."""
    found = set()
    for volume in pod.get("volumes", []):
        sources = [*volume.get("projected", {}).get("sources", []), volume]
        for source in sources:
            secret = source.get("secret")
            if secret:
                found |= {
                    f"{secret.get('name') or secret.get('secretName')}/{item['key']}"
                    for item in secret.get("items", [])
                }
                if "items" not in secret:
                    found.add(f"{secret['secretName']}/*")
    return found


@pytest.mark.parametrize("values", EXAMPLES, ids=lambda path: path.stem)
def test_no_secret_is_in_a_config_map_or_the_environment(values) -> None:
    rendered = render(values)
    hidden = set()
    for secret in rendered.all("Secret"):
        for name, value in secret["data"].items():
            text = base64.b64decode(value).decode()
            if name not in {"ca.crt", "tls.crt", "previous.crt"} and text:
                hidden |= {text, value}
    others = json.dumps([each for each in rendered.objects if each["kind"] != "Secret"])
    assert not [value for value in hidden if value in others]
    for _, pod in rendered.pods():
        for container in pod["containers"] + pod.get("initContainers", []):
            assert not any("secretRef" in source for source in container.get("envFrom", []))
            assert not any("valueFrom" in variable for variable in container.get("env", []))


@pytest.mark.parametrize("values", EXAMPLES, ids=lambda path: path.stem)
def test_only_the_jobs_and_the_operator_get_the_owners_credentials(values) -> None:
    for part, pod in render(values).pods():
        files = _files(pod)
        has = any("menagerie_owner_database_url" in file for file in files)
        assert has == (part in OWNERS), part
        assert any("superuser_database_url" in file for file in files) <= (part == "migration"), part
        assert not any("authority/" in file and "company" not in file and not file.endswith("ca.crt") for file in files)


def test_the_server_gets_the_owner_only_where_merchants_open_stores() -> None:
    pods = dict(render("server.opensStores=true").pods())
    assert any("menagerie_owner_database_url" in file for file in _files(pods["server"]))


def test_the_migration_gets_neither_master_keys_nor_cache() -> None:
    pods = dict(render().pods())
    files = _files(pods["migration"])
    assert not any("master_keys" in file or "redis" in file for file in files)


def test_the_authoritys_key_is_in_no_pod() -> None:
    for part, pod in render("demo.enabled=true").pods():
        assert not any(file.startswith("menagerie-authority/") for file in _files(pod)), part


def test_keys_and_passwords_are_long_and_differ() -> None:
    rendered = render()
    keys = base64.b64decode(rendered.one("Secret", "-master-keys")["data"]["menagerie_master_keys"]).decode()
    assert len(base64.b64decode(keys)) == 32
    passwords = [
        base64.b64decode(secret["data"]["password"]).decode()
        for secret in rendered.all("Secret")
        if "password" in secret["data"]
    ]
    assert len(passwords) == len(set(passwords)) == 4
    assert all(len(password) == 40 for password in passwords)


def test_keys_are_numbered_and_the_first_one_encrypts() -> None:
    secret = render("masterKeys.newest=3", "masterKeys.oldest=2", "masterKeys.first=2").one("Secret", "-master-keys")
    data = {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}
    assert data["menagerie_master_keys"] == f"{data['key-2']},{data['key-3']}"
    assert "key-1" not in data


def test_secrets_that_the_data_needs_survive_an_uninstall() -> None:
    kept = [
        secret["metadata"]["name"]
        for secret in render().all("Secret")
        if (secret["metadata"].get("annotations") or {}).get("helm.sh/resource-policy") == "keep"
    ]
    assert sorted(kept) == ["menagerie-master-keys", "menagerie-superuser"]
    assert not [s for s in render("keepData=false").all("Secret") if "keep" in str(s["metadata"].get("annotations"))]
    volumes = render("keepData=false").one("StatefulSet", "-postgres")["spec"]["persistentVolumeClaimRetentionPolicy"]
    assert volumes["whenDeleted"] == "Delete"


def test_addresses_require_verification() -> None:
    rendered = render()
    for name, key in (("-database", "menagerie_database_url"), ("-owner", "menagerie_owner_database_url")):
        address = base64.b64decode(rendered.one("Secret", name)["data"][key]).decode()
        assert "sslmode=verify-full" in address
        assert "@menagerie-postgres.pets.svc:5432/" in address
    assert base64.b64decode(rendered.one("Secret", "-cache")["data"]["menagerie_redis_url"]).startswith(b"rediss://")
