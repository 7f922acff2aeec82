"""All settings in one class, read from `MENAGERIE_…` environment variables or from files named like them.

Every problem is found at startup and all are listed at once, each with what to do about it.
"""

import base64
import binascii
import os
from pathlib import Path
from typing import Annotated, Literal, Self, cast
from urllib.parse import urlsplit

import psycopg
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from menagerie.errors import DomainError
from menagerie.transport_security import database_is_safe, redis_is_local, redis_verifies, s3_is_safe

_KEY_BYTES = 32


class SettingsInvalidError(DomainError):
    """Some settings are missing or wrong; set the variables that the message names and start again."""


def _decoded(key: SecretStr) -> bytes:
    try:
        return base64.b64decode(key.get_secret_value(), validate=True)
    except (binascii.Error, ValueError):
        return b""


class Settings(BaseSettings):
    """The settings of one installation, checked as a whole; the README's table is generated from the descriptions."""

    model_config = SettingsConfigDict(env_prefix="MENAGERIE_", env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: SecretStr = Field(description="PostgreSQL address of the server's login role, which owns nothing.")
    owner_database_url: SecretStr | None = Field(
        None, description="PostgreSQL address of the owner, for migrations and creating stores only."
    )
    redis_url: SecretStr = Field(description="Valkey or Redis address: `redis://`, `rediss://` or `unix://`.")
    master_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        description="Comma-separated keys of 32 bytes in base64 (`menagerie keys generate`); the first encrypts, "
        "all decrypt."
    )
    tls_certificate: Path | None = Field(None, description="PEM file with the certificate chain of the public port.")
    tls_key: Path | None = Field(None, description="PEM file with its private key.")
    allow_plain_text: bool = Field(
        False,
        description="Allow HTTP without TLS, and remote databases without verified TLS. Use it only behind something "
        "that encrypts, such as a service mesh.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8443, ge=0, le=65535, description="Public port.")
    metrics_port: int = Field(9464, ge=0, le=65535, description="Port of `/metrics`, for Prometheus; 0 turns it off.")
    metrics_host: str = Field("127.0.0.1", description="Address that `/metrics` listens on.")
    workers: int = Field(2, ge=1, le=64, description="Server processes.")
    concurrent_operations: int = Field(
        16,
        ge=2,
        le=1000,
        description="GraphQL operations that each process runs at once; the others wait for their stores' turns.",
    )
    database_connections: int = Field(8, ge=2, le=200, description="Connections to each database node per process.")
    prepared_statements: int = Field(
        200,
        ge=0,
        le=10_000,
        description="Statements that each connection keeps prepared; 0 behind a pooler that doesn't keep them.",
    )
    cache_mib: int = Field(
        64,
        ge=8,
        le=4096,
        description="MiB of shelves, answers, pictures, pages and documents that each process caches, in total.",
    )
    public_url: str = Field("https://localhost:8443", description="Address at which customers reach the server.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Additional host names to answer to, comma-separated; the public address's is always included."
    )
    web_directory: Path | None = Field(None, description="Built storefront; found next to the code if not set.")
    log_format: Literal["json", "text"] = Field("json", description="`json` for machines, `text` for people.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Lowest level that is logged.")
    security_log: Path | None = Field(
        None,
        description="File to which refused sign-ins, revoked tokens and operators' actions are appended, one JSON "
        "object per line. If not set, servers write to standard error, and commands write nothing.",
    )
    token_hours: int = Field(12, ge=1, le=24 * 90, description="Hours that a customer's sign-in lasts.")
    stores_per_merchant: int = Field(
        100, ge=1, le=100_000, description="Stores that a merchant can open; operators can create more for them."
    )
    idle_seconds: int = Field(
        75,
        ge=1,
        le=3600,
        description="Seconds until a client connection that carries nothing is closed: more than the idle timeout of a "
        "load balancer in front, and more than 15, because a live page receives something that often.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Networks whose `X-Forwarded-For` is trusted, comma-separated, such as `10.0.0.0/8`."
    )
    backup_place: str | None = Field(
        None, description="Where backups are kept by default: a directory or `s3://bucket/prefix`."
    )
    backup_s3_endpoint: str | None = Field(
        None, description="Address of an S3-compatible server, such as `https://minio.example.com`; AWS if not set."
    )
    backup_s3_region: str = Field("us-east-1", description="Region of the S3 bucket.")
    backup_s3_access_key_id: SecretStr | None = Field(
        None, description="Access key ID for S3; if not set, AWS's own variables and roles apply."
    )
    backup_s3_secret_access_key: SecretStr | None = Field(None, description="The secret access key that belongs to it.")
    backup_s3_authority: Path | None = Field(
        None, description="PEM file with the authority of the S3 server's certificate, if it isn't a public one."
    )
    secrets_dir: Path | None = Field(
        None,
        description="Directory of files named like these variables, in lower case; they set what the environment "
        "doesn't.",
    )
    demo: bool = Field(False, description="Show the demo login on the sign-in page. Set by `menagerie run`.")

    @field_validator("master_keys", "allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("secrets_dir")
    @classmethod
    def _is_directory(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"{value} is not a directory that can be read")
        return value

    @field_validator("security_log")
    @classmethod
    def _is_writable(cls, value: Path | None) -> Path | None:
        if value is not None and not os.access(value if value.exists() else value.parent, os.W_OK):
            raise ValueError(f"{value} can't be written; name a file in a directory that this user may write to")
        return value

    @field_validator("master_keys")
    @classmethod
    def _keys_are_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not value:
            raise ValueError("at least one key is needed; `menagerie keys generate` makes one")
        for position, key in enumerate(value, start=1):
            if len(_decoded(key)) != _KEY_BYTES:
                raise ValueError(f"key {position} is not 32 bytes in base64; `menagerie keys generate` makes one")
        return value

    @field_validator("backup_s3_endpoint")
    @classmethod
    def _is_endpoint(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "https://s3")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("this is no address of a server, such as https://minio.example.com")
        return value

    @model_validator(mode="after")
    def _s3_credentials_are_a_pair(self) -> Self:
        if bool(self.backup_s3_access_key_id) != bool(self.backup_s3_secret_access_key):
            raise ValueError("BACKUP_S3_ACCESS_KEY_ID and BACKUP_S3_SECRET_ACCESS_KEY are only of use together")
        return self

    @model_validator(mode="after")
    def _encrypted_in_transit(self) -> Self:
        if self.allow_plain_text:
            return self
        problems: list[str] = []
        if not (self.tls_certificate and self.tls_key):
            problems.append("TLS_CERTIFICATE and TLS_KEY are both needed to serve HTTPS")
        for name, address in (("DATABASE_URL", self.database_url), ("OWNER_DATABASE_URL", self.owner_database_url)):
            try:
                safe = address is None or database_is_safe(address.get_secret_value())
            except psycopg.ProgrammingError:
                problems.append(f"{name} is not a PostgreSQL address such as postgresql://role@host/database")
                continue
            if not safe:
                problems.append(f"{name} leaves this machine without verified TLS; add sslmode=verify-full to it")
        redis = self.redis_url.get_secret_value()
        if not (redis_is_local(redis) or redis_verifies(redis)):
            problems.append(
                "REDIS_URL leaves this machine without verified TLS; use rediss:// with ssl_cert_reqs=required"
            )
        if not s3_is_safe(self.backup_s3_endpoint):
            problems.append("BACKUP_S3_ENDPOINT leaves this machine without TLS; use https://")
        if problems:
            raise ValueError("; ".join(problems) + ". (MENAGERIE_ALLOW_PLAIN_TEXT=true accepts plain text.)")
        return self

    @property
    def cache_bytes(self) -> int:
        """How many bytes all caches of a process may keep together."""
        return self.cache_mib * 1024 * 1024

    @property
    def master_key_bytes(self) -> tuple[bytes, ...]:
        """The decoded master keys, 32 bytes each; the first one encrypts."""
        return tuple(_decoded(key) for key in self.master_keys)


def secrets_directory() -> Path | None:
    """The directory that MENAGERIE_SECRETS_DIR names, if it exists."""
    named = os.environ.get("MENAGERIE_SECRETS_DIR", "")
    return Path(named) if named and Path(named).is_dir() else None


def names_database() -> bool:
    """Whether the environment or the secrets directory names a database."""
    directory = secrets_directory()
    in_file = directory is not None and (directory / "menagerie_database_url").is_file()
    return bool(os.environ.get("MENAGERIE_DATABASE_URL")) or in_file


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment and, where it is silent, from the secrets directory.

    Raises:
        SettingsInvalidError: listing every problem at once.
    """
    try:
        return Settings(_secrets_dir=secrets_directory(), **overrides)  # type: ignore[arg-type]  # pydantic validates them
    except ValidationError as error:
        lines = [_sentence(problem["loc"], problem["type"], problem["msg"]) for problem in error.errors()]
        raise SettingsInvalidError(
            "These settings need attention:\n" + "\n".join(f"  - {line}" for line in lines)
        ) from None


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    name = "".join(f"MENAGERIE_{str(part).upper()}" for part in location[:1])
    if kind == "missing":
        description = Settings.model_fields[str(location[0])].description
        return f"{name} is not set. {description}"
    return f"{name}: {message.removeprefix('Value error, ')}" if name else message.removeprefix("Value error, ")


def environment(settings: Settings) -> dict[str, str]:
    """The environment that gives another process the same settings."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("MENAGERIE_")}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if value is None or value == ():
            continue
        variables[f"MENAGERIE_{name.upper()}"] = _plain(value)
    return variables


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return ",".join(_plain(part) for part in cast("tuple[object, ...]", value))
    return str(value)
