"""What `menagerie doctor` checks besides the database: Valkey, the certificate, memory and the disk."""

import datetime as dt
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import redis
from cryptography import x509

from menagerie.cli.doctor.findings import Finding, ok, problem, warning
from menagerie.settings import Settings

_TIMEOUT_SECONDS = 5
_EXPIRES_SOON = dt.timedelta(days=21)
_LITTLE_BYTES, _NO_BYTES = 1_000_000_000, 100_000_000
_MIB = 1024 * 1024
_WORKER_MIB, _OTHERS_MIB = 120, 110
"""Memory of a server process besides its caches, with a thousand customers; and of the parent and the processes that
decode pictures (docs/performance.md)."""


def check_cache(settings: Settings) -> Iterator[Finding]:
    """Check that Valkey answers, and evicts old keys to make room."""
    client = redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=None,
    )
    try:
        client.ping()  # pyright: ignore[reportUnknownMemberType]  # redis leaves its keyword arguments open
        memory: dict[str, Any] = client.info("memory")  # pyright: ignore[reportUnknownMemberType]  # as above
    except (redis.RedisError, OSError) as error:
        yield problem(
            "cache",
            f"Valkey does not answer ({type(error).__name__}): everything works, but slowly, and each process "
            "throttles sign-ins on its own. Check that it is running, and MENAGERIE_REDIS_URL.",
        )
        return
    finally:
        client.close()
    policy, most = str(memory.get("maxmemory_policy", "unknown")), int(memory.get("maxmemory", 0))
    if most and policy == "noeviction":
        yield warning(
            "cache", "Valkey answers, but refuses writes when it is full. Set its maxmemory-policy to allkeys-lru."
        )
    elif most and policy.startswith("volatile"):
        yield warning("cache", f"Valkey answers with maxmemory-policy {policy}. Set it to allkeys-lru.")
    elif not most:
        yield warning("cache", "Valkey answers, but has no memory limit. Set its maxmemory.")
    else:
        yield ok("cache", f"Valkey answers, and evicts old entries beyond {most // 1_000_000} MB ({policy}).")


def check_certificate(settings: Settings) -> Iterator[Finding]:
    """Check that the certificate and its key match, and when the certificate expires."""
    if settings.tls_certificate is None or settings.tls_key is None:
        yield warning("certificate", "Served without TLS (MENAGERIE_ALLOW_PLAIN_TEXT): something else must encrypt.")
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_certificate, settings.tls_key)
        certificate = x509.load_pem_x509_certificate(settings.tls_certificate.read_bytes())
    except (OSError, ValueError) as error:
        yield problem(
            "certificate",
            f"{settings.tls_certificate} and {settings.tls_key} cannot be used: {error}. Check both files.",
        )
        return
    left = certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)
    if left <= dt.timedelta():
        yield problem("certificate", f"Expired on {certificate.not_valid_after_utc:%Y-%m-%d}. Renew it.")
    elif left < _EXPIRES_SOON:
        yield warning("certificate", f"Expires in {left.days} days. Renew it.")
    else:
        yield ok("certificate", f"Valid until {certificate.not_valid_after_utc:%Y-%m-%d}.")


def check_memory(settings: Settings) -> Iterator[Finding]:
    """Report how much memory the server takes with full caches, and check that this machine has it.

    A container may have less: its limit is unknown here, because the servers run in other containers.
    """
    needed = settings.workers * (settings.cache_mib + _WORKER_MIB) + _OTHERS_MIB
    message = (
        f"{settings.workers} server processes that cache up to {settings.cache_mib} MiB each take about {needed:,} MiB"
    )
    if needed * _MIB > psutil.virtual_memory().total:
        yield warning(
            "memory", f"{message}, more than this machine has. Lower MENAGERIE_CACHE_MIB or MENAGERIE_WORKERS."
        )
    else:
        yield ok("memory", f"{message}.")


def check_disk(directory: Path) -> Iterator[Finding]:
    """Check the free space on the disk of the embedded data."""
    free = shutil.disk_usage(directory).free
    message = f"{free / 1_000_000_000:.1f} GB are free where {directory} is."
    if free < _NO_BYTES:
        yield problem("disk", f"{message} Free some space before PostgreSQL stops.")
    elif free < _LITTLE_BYTES:
        yield warning("disk", f"{message} Free some space.")
    else:
        yield ok("disk", message)
