"""A certificate authority of this machine alone, and the certificate that it gives to localhost.

The authority is named-constrained to localhost (RFC 5280, section 4.2.1.10), so that even somebody who takes its key
cannot speak for any other site. Browsers accept at most 398 days from a leaf (CA/Browser Forum ballot SC31).
"""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from menagerie.local.directories import private_directory, write_private

_AUTHORITY_LIFE = dt.timedelta(days=3650)
_LEAF_LIFE = dt.timedelta(days=397)
_RENEW_WITHIN = dt.timedelta(days=30)
_CLOCK_SKEW = dt.timedelta(hours=1)
_NAMES = ("localhost",)
_ADDRESSES = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class LocalCertificates:
    """The PEM files: the authority to trust, and what the server presents."""

    authority: Path
    certificate: Path
    key: Path


def ensure_certificates(directory: Path, *, now: dt.datetime | None = None) -> LocalCertificates:
    """The certificates, made the first time, and renewed when less than 30 days of them remain.

    Renewing the leaf leaves the authority as it is, so that what trusts it goes on doing so.

    Raises:
        DiskError: when the files cannot be written.
    """
    moment = now or dt.datetime.now(dt.UTC)
    private_directory(directory)
    files = LocalCertificates(directory / "authority.pem", directory / "localhost.pem", directory / "localhost.key")
    authority_key_file = directory / "authority.key"
    authority, authority_key = _read(files.authority), _read_key(authority_key_file)
    if authority is None or authority_key is None or not _fits(authority, authority_key, moment):
        authority_key = ec.generate_private_key(ec.SECP256R1())
        authority = _make_authority(authority_key, moment)
        _write_key(authority_key_file, authority_key)
        _write(files.authority, [authority])
    leaf, leaf_key = _read(files.certificate), _read_key(files.key)
    if leaf is None or leaf_key is None or not _fits(leaf, leaf_key, moment) or not _issued(leaf, authority):
        leaf_key = ec.generate_private_key(ec.SECP256R1())
        leaf = _make_leaf(leaf_key, authority, authority_key, moment)
        _write_key(files.key, leaf_key)
        _write(files.certificate, [leaf, authority])
    return files


def fingerprint(certificate: Path) -> str:
    """The SHA-256 fingerprint of the first certificate in a PEM file, in upper-case hexadecimal digits."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256()).hex().upper()


def _make_authority(key: ec.EllipticCurvePrivateKey, now: dt.datetime) -> x509.Certificate:
    name = _name("Menagerie local authority")
    permitted = [x509.DNSName(host) for host in _NAMES]
    networks = [x509.IPAddress(ipaddress.ip_network(address)) for address in _ADDRESSES]
    return (
        _builder(name, name, key.public_key(), now, _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.NameConstraints([*permitted, *networks], excluded_subtrees=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _make_leaf(
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
) -> x509.Certificate:
    names = [x509.DNSName(host) for host in _NAMES]
    addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES]
    return (
        _builder(_name("localhost"), authority.subject, key.public_key(), now, _LEAF_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Menagerie"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    life: dt.timedelta,
) -> x509.CertificateBuilder:
    begin = now - _CLOCK_SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _fits(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, now: dt.datetime) -> bool:
    lasts = certificate.not_valid_before_utc <= now and certificate.not_valid_after_utc - now >= _RENEW_WITHIN
    return lasts and certificate.public_key() == key.public_key()


def _issued(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(authority)
    except Exception:  # noqa: BLE001  it raises several kinds, and each means no
        return False
    return True


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey | None:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _write(path: Path, certificates: Sequence[x509.Certificate]) -> None:
    pem = b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)
    write_private(path, pem.decode())


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    write_private(path, key.private_bytes(encoding, form, serialization.NoEncryption()).decode())
