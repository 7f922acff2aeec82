"""The certificate authority of this machine, and the certificate that it issues to localhost, as files."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from menagerie.local.authority import Certified, issue, new_authority
from menagerie.local.directories import private_directory, write_private

_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class LocalCertificates:
    """The PEM files: the authority to trust, and what the server presents."""

    authority: Path
    certificate: Path
    key: Path


def ensure_certificates(directory: Path, *, now: dt.datetime | None = None) -> LocalCertificates:
    """The certificates, created the first time, and renewed when less than 30 days remain.

    A new certificate for the server leaves the authority unchanged, so that it stays trusted.

    Raises:
        DiskError: when the files cannot be written.
    """
    moment = now or dt.datetime.now(dt.UTC)
    private_directory(directory)
    files = LocalCertificates(directory / "authority.pem", directory / "localhost.pem", directory / "localhost.key")
    authority_key = directory / "authority.key"
    authority = _read(files.authority, authority_key)
    if authority is None or not authority.lasts(moment):
        authority = new_authority("Menagerie local authority", moment, permitted_hosts=_HOSTS)
        write_private(authority_key, authority.key_pem)
        write_private(files.authority, authority.certificate_pem)
    server = _read(files.certificate, files.key)
    if server is None or not server.lasts(moment) or not server.was_issued_by(authority):
        server = issue(authority, _HOSTS, moment)
        write_private(files.key, server.key_pem)
        write_private(files.certificate, server.certificate_pem + authority.certificate_pem)
    return files


def fingerprint(certificate: Path) -> str:
    """The SHA-256 fingerprint of the first certificate in a PEM file, in upper-case hexadecimal digits."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256()).hex().upper()


def _read(certificate: Path, key: Path) -> Certified | None:
    try:
        return Certified.from_pem(certificate.read_bytes(), key.read_bytes())
    except FileNotFoundError:
        return None
