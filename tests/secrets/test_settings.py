"""Settings: every problem is reported at once, nothing is unencrypted by accident, and secrets stay hidden."""

import base64
import json
import os
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from menagerie.settings import Settings, SettingsInvalidError, environment, names_database, read_settings

KEY, OTHER_KEY = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
GOOD = {
    "DATABASE_URL": "postgresql://menagerie_server:s3cret-word@/menagerie?host=/run/postgresql",
    "REDIS_URL": "redis://:s3cret-word@localhost:6379",
    "MASTER_KEYS": KEY,
    "TLS_CERTIFICATE": "/etc/menagerie/certificate.pem",
    "TLS_KEY": "/etc/menagerie/key.pem",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch):
    for name in list(os.environ):
        if name.startswith(("MENAGERIE_", "PG")):
            monkeypatch.delenv(name)

    def give(**variables: str | None) -> None:
        for name, value in {**GOOD, **variables}.items():
            if value is None:
                monkeypatch.delenv(f"MENAGERIE_{name}", raising=False)
            else:
                monkeypatch.setenv(f"MENAGERIE_{name}", value)

    return give


def _problem() -> str:
    with pytest.raises(SettingsInvalidError) as problem:
        read_settings()
    return str(problem.value)


def test_good_settings_are_read(given) -> None:
    given(MASTER_KEYS=f"{KEY}, {OTHER_KEY}")
    settings = read_settings()
    assert settings.master_key_bytes == (base64.b64decode(KEY), base64.b64decode(OTHER_KEY))
    assert settings.port == 8443
    assert settings.tls_key == Path("/etc/menagerie/key.pem")


def test_every_problem_is_reported_at_once(given) -> None:
    given(DATABASE_URL=None, REDIS_URL=None, MASTER_KEYS="too-short", PORT="70000", WORKERS="none", LOG_FORMAT="xml")
    problem = _problem()
    for name in ("DATABASE_URL", "REDIS_URL", "MASTER_KEYS", "PORT", "WORKERS", "LOG_FORMAT"):
        assert f"MENAGERIE_{name}" in problem, name
    assert "menagerie keys generate" in problem


def test_every_unencrypted_connection_is_reported_at_once(given) -> None:
    given(
        DATABASE_URL="postgresql://server@db.example/menagerie",
        OWNER_DATABASE_URL="postgresql://owner@db.example/menagerie",
        REDIS_URL="redis://cache.example",
        TLS_KEY=None,
    )
    problem = _problem()
    for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "TLS_KEY", "sslmode=verify-full", "rediss://"):
        assert name in problem, name


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://r@db.example/m",
        "postgresql://r@db.example/m?sslmode=require",
        "postgresql://r@db.example/m?sslmode=verify-ca",
        "postgresql://r@db.example/m?sslmode=verify-full&sslmode=disable",
        "postgresql://r@localhost:5432,db.example:5432/m",
        "postgresql://r@/m?host=/run/postgresql,db.example",
        "postgresql://r@localhost/m?host=db.example",
        "postgresql://r@localhost/m?hostaddr=192.0.2.7",
        "postgresql://r@localhost.db.example/m",
        "postgresql:///m?service=elsewhere",
        "host=db.example dbname=m",
        "dbname=m host=localhost hostaddr=192.0.2.7",
    ],
)
def test_a_remote_database_needs_verified_tls(given, address: str) -> None:
    given(DATABASE_URL=address)
    assert "DATABASE_URL leaves this machine" in _problem()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://r@db.example/m?sslmode=verify-full",
        "postgresql://r@a.example,b.example/m?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "host=db.example dbname=m sslmode=verify-full",
        "postgresql://r@localhost/m",
        "postgresql://r@127.0.0.1:5433/m",
        "postgresql://r@[::1]/m",
        "postgresql://r@/m?host=/run/postgresql",
        "postgresql:///m",
    ],
)
def test_a_local_database_or_one_with_verified_tls_is_accepted(given, address: str) -> None:
    given(DATABASE_URL=address)
    assert read_settings().database_url.get_secret_value() == address


def test_the_host_in_the_environment_counts(given, monkeypatch: pytest.MonkeyPatch) -> None:
    given(DATABASE_URL="postgresql:///m")
    monkeypatch.setenv("PGHOST", "db.example")
    assert "DATABASE_URL leaves this machine" in _problem()


def test_an_invalid_address_is_reported(given) -> None:
    given(DATABASE_URL="mysql://db.example/m")
    problem = _problem()
    assert "DATABASE_URL is not a PostgreSQL address" in problem


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("redis://cache.example", False),
        ("rediss://cache.example?ssl_cert_reqs=none", False),
        ("rediss://cache.example?ssl_cert_reqs=optional", False),
        ("rediss://cache.example", True),
        ("redis://localhost", True),
        ("unix:///run/valkey.sock", True),
        ("redis://cache.example?host=localhost", False),
        ("redis:///?host=cache.example", False),
    ],
)
def test_a_remote_cache_needs_verified_tls(given, address: str, *, accepted: bool) -> None:
    given(REDIS_URL=address)
    if accepted:
        read_settings()
    else:
        assert "REDIS_URL leaves this machine" in _problem()


def test_plain_text_is_accepted_when_enabled(given) -> None:
    given(
        DATABASE_URL="postgresql://r@db.example/m",
        REDIS_URL="redis://cache.example",
        TLS_KEY=None,
        TLS_CERTIFICATE=None,
        ALLOW_PLAIN_TEXT="true",
    )
    assert read_settings().allow_plain_text


@pytest.mark.parametrize(
    "keys",
    ["", ",", "AAAA", KEY + "A", KEY[:-4], f"{KEY},AAAA", "é" * 44, base64.b64encode(os.urandom(33)).decode()],
    ids=["empty", "comma", "short", "longer", "shorter", "one and a short one", "not ASCII", "of 33 bytes"],
)
def test_an_invalid_key_is_refused_and_not_repeated(given, keys: str) -> None:
    given(MASTER_KEYS=keys)
    problem = _problem()
    assert "MENAGERIE_MASTER_KEYS" in problem
    assert KEY not in problem


def test_the_environment_of_another_process_gives_the_same_settings(given, monkeypatch: pytest.MonkeyPatch) -> None:
    given(
        MASTER_KEYS=f"{KEY},{OTHER_KEY}",
        OWNER_DATABASE_URL="postgresql://owner@localhost/m",
        ALLOWED_HOSTS="a.example,b.example",
        TRUSTED_PROXIES="10.0.0.0/8",
        WORKERS="3",
        DEMO="true",
        WEB_DIRECTORY="/srv/web",
    )
    settings = read_settings()
    variables = environment(settings)
    monkeypatch.setenv("MENAGERIE_PORT", "1")
    monkeypatch.setenv("MENAGERIE_HOST", "192.0.2.1")
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MENAGERIE_{name.upper()}", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert read_settings() == settings
    assert not any(name.startswith("MENAGERIE_") and not value for name, value in variables.items())


def test_secrets_are_hidden_in_their_representation(given) -> None:
    given()
    settings = read_settings()
    shown = repr(settings) + str(settings) + repr(settings.model_dump())
    assert "s3cret-word" not in shown
    assert KEY not in shown


def test_problems_do_not_repeat_secrets(given) -> None:
    given(DATABASE_URL="postgresql://r:s3cret-word@db.example/m", REDIS_URL="redis://:s3cret-word@cache.example")
    assert "s3cret-word" not in _problem()
    given(DATABASE_URL="postgres-ql://r:s3cret-word@db.example/m")
    assert "s3cret-word" not in _problem()


def test_settings_missing_in_the_environment_are_read_from_files(given, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "menagerie_database_url").write_text("postgresql:///from_file\n")
    (tmp_path / "menagerie_master_keys").write_text(f"{KEY},{OTHER_KEY}\n")
    (tmp_path / "menagerie_redis_url").write_text("redis://localhost:1\n")
    given(DATABASE_URL=None, MASTER_KEYS=None, SECRETS_DIR=str(tmp_path))
    assert names_database()
    settings = read_settings()
    assert settings.database_url.get_secret_value() == "postgresql:///from_file"
    assert len(settings.master_key_bytes) == 2
    assert settings.redis_url.get_secret_value() == GOOD["REDIS_URL"]
    monkeypatch.delenv("MENAGERIE_SECRETS_DIR")
    assert not names_database()


def test_a_missing_directory_of_secrets_is_reported(given, tmp_path: Path) -> None:
    given(SECRETS_DIR=str(tmp_path / "nowhere"))
    assert "MENAGERIE_SECRETS_DIR" in _problem()


def test_an_invalid_secret_in_a_file_is_reported_by_name_and_not_repeated(given, tmp_path: Path) -> None:
    (tmp_path / "menagerie_master_keys").write_text("s3cret-but-short")
    given(MASTER_KEYS=None, SECRETS_DIR=str(tmp_path))
    problem = _problem()
    assert "MENAGERIE_MASTER_KEYS" in problem
    assert "s3cret" not in problem


def test_backup_storage_elsewhere_needs_tls_and_complete_credentials(given) -> None:
    given(BACKUP_S3_ENDPOINT="http://minio.example.com")
    assert "BACKUP_S3_ENDPOINT leaves this machine without TLS" in _problem()
    given(BACKUP_S3_ENDPOINT="minio.example.com:9000")
    assert "MENAGERIE_BACKUP_S3_ENDPOINT: this is no address of a server" in _problem()
    given(BACKUP_S3_ENDPOINT=None, BACKUP_S3_ACCESS_KEY_ID="somebody")
    assert "only of use together" in _problem()
    for endpoint in ("https://minio.example.com", "http://127.0.0.1:9000", None):
        given(
            BACKUP_S3_ENDPOINT=endpoint, BACKUP_S3_ACCESS_KEY_ID="somebody", BACKUP_S3_SECRET_ACCESS_KEY="s3cret-word"
        )
        settings = read_settings()
        assert settings.backup_s3_endpoint == endpoint
        assert "s3cret-word" not in repr(settings)


CHART = Path(__file__).parents[2] / "charts" / "menagerie" / "values.schema.json"
CHART_SETTINGS = json.loads(CHART.read_text(encoding="utf-8"))["properties"]["settings"]["properties"]


@pytest.mark.parametrize("name", CHART_SETTINGS)
def test_the_chart_has_the_same_bounds(name: str) -> None:
    field, allowed = Settings.model_fields[name], CHART_SETTINGS[name]
    bounds = {kind: getattr(limit, kind) for limit in field.metadata for kind in ("ge", "le") if hasattr(limit, kind)}
    assert {"ge": allowed.get("minimum"), "le": allowed.get("maximum")} == {"ge": None, "le": None} | bounds
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    assert allowed.get("enum", []) == list(choices)
