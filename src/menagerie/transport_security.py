"""Whether an address in the settings is local, or reached over verified TLS."""

import os
from urllib.parse import parse_qs, urlsplit

from psycopg.conninfo import conninfo_to_dict


def _is_local(host: str) -> bool:
    """Whether a host is this machine: a Unix socket or a loopback name."""
    return host in {"", "localhost", "127.0.0.1", "::1"} or host.startswith(("/", "@"))


def redis_is_local(address: str) -> bool:
    """Whether Valkey or Redis runs on this machine."""
    parts = urlsplit(address)
    # redis-py reads `?host=` only if the address itself names no host.
    return parts.scheme == "unix" or _is_local(parts.hostname or parse_qs(parts.query).get("host", [""])[0])


def database_is_safe(address: str) -> bool:
    """Whether the connection to the database is local or verified, reading the address as libpq does.

    libpq also accepts `host=… port=…`, several hosts, a `hostaddr` in addition to the host, and the environment.
    """
    said = conninfo_to_dict(address)
    known = {
        name: str(said.get(name) or os.environ.get(variable, ""))
        for name, variable in (
            ("host", "PGHOST"),
            ("hostaddr", "PGHOSTADDR"),
            ("service", "PGSERVICE"),
            ("sslmode", "PGSSLMODE"),
        )
    }
    if known["sslmode"] == "verify-full":
        return True
    hosts = [*known["host"].split(","), *known["hostaddr"].split(",")]
    return not known["service"] and all(_is_local(host.strip()) for host in hosts)


def redis_verifies(address: str) -> bool:
    """Whether the connection to Valkey or Redis is encrypted and its certificate verified."""
    parts = urlsplit(address)
    return parts.scheme == "rediss" and parse_qs(parts.query).get("ssl_cert_reqs", ["required"])[0] == "required"


def s3_is_safe(endpoint: str | None) -> bool:
    """Whether the connection to S3 is encrypted or local; AWS's own is encrypted."""
    parts = urlsplit(endpoint or "https:")
    return parts.scheme == "https" or _is_local(parts.hostname or "")
