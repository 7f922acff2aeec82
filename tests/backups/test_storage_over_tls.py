"""A bucket behind a certificate from a private authority, as in companies and clusters."""

import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from pydantic import SecretStr
from werkzeug.serving import make_server

from claims import writable
from menagerie.backups.storage import StorageError, open_storage
from menagerie.local.certificates import LocalCertificates, ensure_certificates
from menagerie.settings import Settings
from shop import Shop

BUCKET = "behind-tls"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> LocalCertificates:
    return ensure_certificates(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(certificates: LocalCertificates) -> Iterator[str]:
    context = (str(certificates.certificate), str(certificates.key))
    application = DomainDispatcherApplication(create_backend_app)
    made = make_server("127.0.0.1", 0, application, threaded=True, ssl_context=context)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    address = f"https://localhost:{made.server_port}"
    try:
        known = {"aws_access_key_id": "somebody", "aws_secret_access_key": "something", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=address, verify=str(certificates.authority), **known).create_bucket(
            Bucket=BUCKET
        )
        yield address
    finally:
        made.shutdown()
        thread.join(10)


@pytest.fixture
def s3(server: str, settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "backup_s3_endpoint": server,
            "backup_s3_access_key_id": SecretStr("somebody"),
            "backup_s3_secret_access_key": SecretStr("something"),
        }
    )


async def test_stores_are_backed_up_and_restored_when_the_authority_is_named(
    shop: Shop, other: Shop, backups, s3: Settings, certificates: LocalCertificates
) -> None:
    await shop.list_pet("Luna")
    trusting = s3.model_copy(update={"backup_s3_authority": certificates.authority})
    backups.storage = open_storage(f"s3://{BUCKET}/{shop.slug}", trusting)
    made = backups.create()
    assert {bundle.slug for bundle in made.manifest.stores} >= {shop.slug, other.slug}
    assert {each.problem for each in backups.verify()} == {None}
    assert backups.restore(shop.slug, replace=True).slug == shop.slug


def test_nothing_is_sent_to_an_untrusted_server(s3: Settings, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="MENAGERIE_BACKUP_S3_AUTHORITY"):
        open_storage(f"s3://{BUCKET}", s3).read("keys/1")
    another = ensure_certificates(tmp_path / "another").authority
    trusting = s3.model_copy(update={"backup_s3_authority": another})
    with pytest.raises(StorageError, match="MENAGERIE_BACKUP_S3_AUTHORITY"):
        writable(open_storage(f"s3://{BUCKET}", trusting)).write("keys/1", b"a secret")
