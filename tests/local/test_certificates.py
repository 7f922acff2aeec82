"""The certificates for localhost, as a strict client sees them."""

import datetime as dt
import ipaddress
import socket
import ssl
import stat
import threading

import pytest
from cryptography import x509

from menagerie.local.certificates import ensure_certificates, fingerprint

NOW = dt.datetime.now(dt.UTC)


def load(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_leaf_is_short_lived_and_for_localhost(tmp_path):
    leaf = load(ensure_certificates(tmp_path / "c").certificate)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= dt.timedelta(days=397)


def test_the_authority_can_sign_only_for_localhost(tmp_path):
    authority = load(ensure_certificates(tmp_path / "c").authority)
    constraint = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraint.critical
    permitted = constraint.value.permitted_subtrees
    assert permitted is not None
    assert x509.DNSName("localhost") in permitted
    assert len(permitted) == 3
    assert authority.not_valid_after_utc - NOW > dt.timedelta(days=3640)


def test_files_are_private(tmp_path):
    files = ensure_certificates(tmp_path / "c")
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o700
    for path in (files.key, files.authority.with_name("authority.key")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_they_stay_the_same_until_thirty_days_before_expiry(tmp_path):
    first = fingerprint(ensure_certificates(tmp_path / "c").certificate)
    assert fingerprint(ensure_certificates(tmp_path / "c", now=NOW + dt.timedelta(days=366)).certificate) == first


def test_the_leaf_is_renewed_by_the_same_authority(tmp_path):
    files = ensure_certificates(tmp_path / "c")
    leaf, authority = fingerprint(files.certificate), fingerprint(files.authority)
    later = ensure_certificates(tmp_path / "c", now=NOW + dt.timedelta(days=368))
    assert fingerprint(later.certificate) != leaf
    assert fingerprint(later.authority) == authority


def test_a_lost_or_broken_file_is_created_again(tmp_path):
    files = ensure_certificates(tmp_path / "c")
    authority = fingerprint(files.authority)
    files.certificate.write_text("nonsense")
    files.key.unlink()
    again = ensure_certificates(tmp_path / "c")
    load(again.certificate).verify_directly_issued_by(load(again.authority))
    assert fingerprint(again.authority) == authority


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_strict_client_accepts_it(tmp_path, name):
    files = ensure_certificates(tmp_path / "c")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(files.certificate, files.key)
    client_side = ssl.create_default_context(cafile=str(files.authority))
    client_side.verify_flags |= ssl.VERIFY_X509_STRICT
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with server_side.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.sendall(b"hello")

        thread = threading.Thread(target=serve)
        thread.start()
        with (
            socket.create_connection(listener.getsockname()) as plain,
            client_side.wrap_socket(plain, server_hostname=name) as connection,
        ):
            assert connection.recv(5) == b"hello"
        thread.join()
