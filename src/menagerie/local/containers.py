"""Certificates, passwords, keys and access lists for a system of containers on one machine, created once.

Each service gets a folder with what it needs and nothing else, which only its own user can read. What already exists
is kept, but certificates are renewed when less than 30 days remain.
"""

import base64
import datetime as dt
import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from menagerie.local.authority import Certified, issue, new_authority

_SERVER_USER, _DATA_USER = 10001, 999

_ACCESS = """\
hostssl  menagerie  menagerie_server  all  scram-sha-256
hostssl  menagerie  menagerie_owner   all  scram-sha-256
hostssl  all        postgres          all  scram-sha-256
local    all        postgres               scram-sha-256
host     all        all               all  reject
"""
_VALKEY = """\
port 0
tls-port 6379
tls-cert-file /run/menagerie/tls.crt
tls-key-file /run/menagerie/tls.key
tls-ca-cert-file /run/menagerie/ca.crt
tls-auth-clients no
tls-protocols "TLSv1.2 TLSv1.3"
aclfile /run/menagerie/users.acl
save ""
appendonly no
dir /data
maxmemory 128mb
maxmemory-policy allkeys-lru
"""


def make_secrets(directory: Path) -> None:
    """Create what is missing in the directory: a folder for each service, and `made`, which only this function uses.

    Args:
        directory: the volume; when run as root, the folders are handed over to the containers' users.
    """
    made = _Made(directory / "made")
    authority = made.authority()
    superuser, owner, server, cache = (made.password(name) for name in ("superuser", "owner", "server", "cache"))
    database = "@postgres:5432/{}?sslmode=verify-full&sslrootcert=/run/menagerie/trust/database.crt"
    addresses = {
        "menagerie_superuser_database_url": f"postgresql://postgres:{superuser}" + database.format("postgres"),
        "menagerie_owner_database_url": f"postgresql://menagerie_owner:{owner}" + database.format("menagerie"),
        "menagerie_database_url": f"postgresql://menagerie_server:{server}" + database.format("menagerie"),
        "menagerie_redis_url": f"rediss://menagerie:{cache}@valkey:6379/0?ssl_ca_certs=/run/menagerie/trust/cache.crt",
        "menagerie_master_keys": made.kept("master-keys", lambda: base64.b64encode(secrets.token_bytes(32)).decode()),
    }
    trust = {"trust/database.crt": authority, "trust/cache.crt": authority, "trust/server.crt": authority}
    tls = {f"tls/{name}": text for name, text in made.certificate("localhost", "127.0.0.1", "server").items()}

    def ours(*names: str) -> dict[str, str]:
        return trust | {f"secrets/menagerie_{name}": addresses[f"menagerie_{name}"] for name in names}

    daily = ("database_url", "redis_url", "master_keys")
    users = f"user default off\nuser menagerie on #{_hashed(cache)} ~* &* +@all -@dangerous -@admin +info\n"
    _hand_over(
        directory / "postgres",
        _DATA_USER,
        made.certificate("postgres") | {"password": superuser, "pg_hba.conf": _ACCESS},
    )
    _hand_over(
        directory / "valkey",
        _DATA_USER,
        made.certificate("valkey") | {"ca.crt": authority, "valkey.conf": _VALKEY, "users.acl": users},
    )
    _hand_over(directory / "server", _SERVER_USER, ours(*daily) | tls)
    _hand_over(directory / "operator", _SERVER_USER, ours(*daily, "owner_database_url") | tls)
    migration = ours("database_url", "owner_database_url", "superuser_database_url")
    _hand_over(directory / "migration", _SERVER_USER, migration)


class _Made:
    """Keeps what was generated in a directory, unencrypted: it is as well protected as the data next to it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def kept(self, name: str, make: Callable[[], str]) -> str:
        """The text kept under a name, generated the first time."""
        file = self._directory / name
        if not file.exists():
            _write(file, make(), os.getuid())
        return file.read_text()

    def password(self, name: str) -> str:
        """A password that needs no quoting in a URL."""
        return self.kept(f"password-{name}", lambda: secrets.token_hex(24))

    def authority(self) -> str:
        """The authority's certificate."""
        return self._authority().certificate_pem

    def certificate(self, *hosts: str) -> dict[str, str]:
        """`tls.crt` and `tls.key` of the server with these names and addresses, renewed in time."""
        name, now, authority = hosts[0], dt.datetime.now(dt.UTC), self._authority()
        server = self._read(name)
        if server is None or not server.lasts(now) or not server.was_issued_by(authority):
            server = issue(authority, hosts, now)
            self._keep(name, server)
        return {"tls.crt": server.certificate_pem, "tls.key": server.key_pem}

    def _authority(self) -> Certified:
        authority = self._read("authority")
        if authority is None:
            authority = new_authority("Menagerie containers' authority", dt.datetime.now(dt.UTC))
            self._keep("authority", authority)
        return authority

    def _read(self, name: str) -> Certified | None:
        certificate, key = (self._directory / f"{name}.{kind}" for kind in ("crt", "key"))
        return Certified.from_pem(certificate.read_bytes(), key.read_bytes()) if certificate.exists() else None

    def _keep(self, name: str, certified: Certified) -> None:
        _write(self._directory / f"{name}.key", certified.key_pem, os.getuid())
        _write(self._directory / f"{name}.crt", certified.certificate_pem, os.getuid())


def _hashed(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def _hand_over(folder: Path, user: int, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        _write(file, text, user)
    for directory in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        _own(directory, 0o500, user)


def _write(file: Path, text: str, user: int) -> None:
    """Write the file atomically, readable only by its user."""
    staging = file.with_name(f".{file.name}.new")
    staging.unlink(missing_ok=True)
    with os.fdopen(os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as out:
        out.write(text)
    _own(staging, 0o400, user)
    staging.replace(file)


def _own(path: Path, mode: int, user: int) -> None:
    if path.stat().st_uid == os.getuid():
        path.chmod(mode)
    if os.getuid() == 0:
        os.chown(path, user, user)
