"""Directories and a real S3 server, and the messages when they refuse."""

import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from claims import writable
from menagerie.backups.manifest import State, find_backups
from menagerie.backups.pruning import remove
from menagerie.backups.storage import Storage, StorageError, _explanation, open_storage
from menagerie.settings import Settings
from shop import Shop

BUCKET = "pets"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    made = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        made.stop()


@pytest.fixture
def s3(server: str, settings: Settings) -> Settings:
    client = _client(server)
    client.create_bucket(Bucket=BUCKET)
    return settings.model_copy(
        update={
            "backup_s3_endpoint": server,
            "backup_s3_access_key_id": SecretStr("somebody"),
            "backup_s3_secret_access_key": SecretStr("something"),
        }
    )


def _client(server: str):
    return boto3.client(
        "s3",
        endpoint_url=server,
        region_name="us-east-1",
        aws_access_key_id="somebody",
        aws_secret_access_key="something",
    )


def _uploads(server: str) -> list:
    return _client(server).list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])


async def test_stores_are_backed_up_to_s3_and_restored(shop: Shop, other: Shop, backups, s3: Settings, fresh) -> None:
    await shop.list_pet("Luna")
    backups.storage = open_storage(f"s3://{BUCKET}/{shop.slug}/nested", s3)
    name = backups.create().manifest.name
    listed = _client(s3.backup_s3_endpoint or "").list_objects_v2(Bucket=BUCKET, Prefix=f"{shop.slug}/nested/")[
        "Contents"
    ]
    assert f"{shop.slug}/nested/sets/{name}/{other.slug}.bundle" in [each["Key"] for each in listed]
    assert [each.state for each in find_backups(backups.storage, backups.keys)] == [State.COMPLETE]
    assert {each.problem for each in backups.verify()} == {None}
    assert backups.restore(shop.slug, replace=True).slug == shop.slug
    there = fresh().owner_database_url.get_secret_value()
    assert backups.recover(there).failures == []

    remove(writable(backups.storage), name)
    assert find_backups(backups.storage, backups.keys) == []
    kept = _client(s3.backup_s3_endpoint or "").list_objects_v2(Bucket=BUCKET, Prefix=f"{shop.slug}/nested/")[
        "Contents"
    ]
    assert all("/keys/" in each["Key"] or each["Key"].endswith("/claim") for each in kept)


def _interrupt(storage: Storage, path: str) -> None:
    with writable(storage).writing(path) as file:
        for _ in range(40):
            file.write(os.urandom(1024 * 1024))
        raise KeyError(path)


def test_a_large_file_is_uploaded_in_parts_and_a_broken_one_aborted(s3: Settings, server: str) -> None:
    storage = open_storage(f"s3://{BUCKET}/parts", s3)
    content = os.urandom(1024 * 1024)
    with writable(storage).writing("large") as file:
        for _ in range(40):
            file.write(content)
    assert storage.size("large") == 40 * len(content)
    with storage.reading("large") as file:
        assert file is not None
        assert bytes(file.read(len(content))) == content
    with pytest.raises(KeyError):
        _interrupt(storage, "broken")
    assert storage.read("broken") is None
    assert _uploads(server) == []


def test_refusals_from_s3_say_what_to_do(s3: Settings, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StorageError, match="no such bucket"):
        writable(open_storage("s3://nowhere", s3)).write("keys/1", b"")
    with pytest.raises(StorageError, match="MENAGERIE_BACKUP_S3_ACCESS_KEY_ID"):
        open_storage(f"s3://{BUCKET}", settings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        unreachable = s3.model_copy(update={"backup_s3_endpoint": f"http://127.0.0.1:{free.getsockname()[1]}"})
        with pytest.raises(StorageError, match=r"does not answer.*BACKUP_S3_ENDPOINT"):
            open_storage(f"s3://{BUCKET}", unreachable).read("keys/1")
    for address in ("s3://", "ftp://example.com/x", "https://example.com"):
        with pytest.raises(StorageError, match=r"s3://bucket/prefix"):
            open_storage(address, s3)
    authority = s3.model_copy(update={"backup_s3_authority": Path("/nowhere/ca.pem")})
    with pytest.raises(StorageError, match="MENAGERIE_BACKUP_S3_AUTHORITY cannot be read"):
        open_storage(f"s3://{BUCKET}", authority)


def test_a_forbidden_read_has_its_own_message(s3: Settings) -> None:
    """The server is a stand-in that refuses everything as S3 does."""
    answer = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: "
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(head + str(len(answer)).encode() + b"\r\n\r\n" + answer)

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        there = s3.model_copy(update={"backup_s3_endpoint": f"http://127.0.0.1:{listening.getsockname()[1]}"})
        with pytest.raises(StorageError, match="You may not read"):
            open_storage(f"s3://{BUCKET}", there).read("keys/1")
        thread.join(10)


def test_a_directory_is_private_and_created_only_in_an_existing_parent(tmp_path: Path, settings) -> None:
    storage = writable(open_storage(str(tmp_path / "new"), settings, make=True))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    storage.write("keys/1", b"x")
    assert storage.read("keys/1") == b"x"
    assert storage.read("keys/2") is None
    storage.delete(["keys/1", "keys/2"])
    assert storage.names("sets") == []
    with pytest.raises(StorageError, match="Is its volume mounted"):
        open_storage(str(tmp_path / "a" / "b"), settings, make=True)
    with pytest.raises(StorageError, match="is not a directory"):
        open_storage(str(tmp_path / "a"), settings)
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="is not a directory"):
        open_storage(str(tmp_path / "file"), settings, make=True)


def test_a_file_appears_once_it_is_complete(tmp_path: Path, settings) -> None:
    storage = open_storage(str(tmp_path), settings)
    with writable(storage).writing("sets/a/b") as file:
        file.write(os.urandom(40 * 1024 * 1024))
        assert storage.files("sets") == {}
    assert list(storage.files("sets")) == ["sets/a/b"]
    with pytest.raises(KeyError):
        _interrupt(storage, "sets/a/c")
    assert [path.name for path in (tmp_path / "sets" / "a").iterdir()] == ["b"]


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("Unable to copy data to file: No space left on device (os error 28)", "is full"),
        ("Disk quota exceeded (os error 122)", "is full"),
        ("Unable to open file: Permission denied (os error 13)", "You may not write"),
        ("Read-only file system (os error 30)", "read-only disk"),
        ("Something new", "cannot be used: Something new"),
    ],
)
def test_errors_from_the_disk_are_explained(reason: str, sentence: str) -> None:
    output = _explanation("/backups", "write", OSError(f"{reason}\n\nDebug source:\nInternal(…)"))
    assert sentence in output
    assert "Debug source" not in output
