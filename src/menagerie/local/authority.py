"""A certificate authority for servers that we start ourselves. It works in memory; the caller keeps the files."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY_LIFE = dt.timedelta(days=3650)
# Browsers accept at most 398 days (CA/Browser Forum ballot SC31).
_SERVER_LIFE = dt.timedelta(days=397)
_RENEW_WITHIN = dt.timedelta(days=30)
_CLOCK_SKEW = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def from_pem(cls, certificate: bytes, key: bytes) -> Self | None:
        """The certificate and key in two PEM files, or None if they are not a pair."""
        try:
            read, read_key = x509.load_pem_x509_certificate(certificate), serialization.load_pem_private_key(key, None)
        except ValueError:
            return None
        if not isinstance(read_key, ec.EllipticCurvePrivateKey) or read.public_key() != read_key.public_key():
            return None
        return cls(read, read_key)

    @property
    def certificate_pem(self) -> str:
        """The certificate without its key."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        """The private key, unencrypted."""
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(encoding, form, serialization.NoEncryption()).decode()

    def lasts(self, now: dt.datetime) -> bool:
        """Whether it is valid now and for another 30 days."""
        certificate = self.certificate
        return certificate.not_valid_before_utc <= now and certificate.not_valid_after_utc - now >= _RENEW_WITHIN

    def was_issued_by(self, authority: "Certified") -> bool:
        """Whether the authority signed it."""
        try:
            self.certificate.verify_directly_issued_by(authority.certificate)
        except Exception:  # noqa: BLE001  it raises several kinds of errors, all of which mean no
            return False
        return True


def new_authority(common_name: str, now: dt.datetime, *, permitted_hosts: Sequence[str] = ()) -> Certified:
    """A new authority.

    Args:
        common_name: the name that people see.
        now: the current time; it is valid from an hour before that.
        permitted_hosts: the only names and addresses that it can vouch for (RFC 5280, section 4.2.1.10), so that a
            stolen key cannot vouch for others; if empty, it can vouch for all.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    builder = (
        _builder(name, name, key, now, _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
    )
    if permitted_hosts:
        permitted = [_subtree(host) for host in permitted_hosts]
        builder = builder.add_extension(x509.NameConstraints(permitted, excluded_subtrees=None), critical=True)
    return Certified(builder.sign(key, hashes.SHA256()), key)


def issue(authority: Certified, hosts: Sequence[str], now: dt.datetime) -> Certified:
    """A new certificate for a server.

    Args:
        authority: the authority that signs it.
        hosts: the names and addresses that the server answers to; people see the first.
        now: the current time; it is valid from an hour before that.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_key = authority.key.public_key()
    builder = (
        _builder(_name(hosts[0]), authority.certificate.subject, key, now, _SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_alternative(host) for host in hosts]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
    return Certified(builder.sign(authority.key, hashes.SHA256()), key)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Menagerie"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _subtree(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, life: dt.timedelta
) -> x509.CertificateBuilder:
    begin = now - _CLOCK_SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
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
