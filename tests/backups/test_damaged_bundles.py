"""A bundle that isn't exactly what was written restores nothing, and the error names it."""

import asyncio
import random
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

from claims import writable
from menagerie.backups.frames import Kind, data_frames, frame, read_frames
from menagerie.backups.keys import KeyDestroyedError
from menagerie.backups.manifest import BackupNotFoundError, State, find_backups
from menagerie.backups.pruning import plan, remove
from menagerie.backups.sealing import BundleDamagedError
from menagerie.backups.storage import StorageError, WritableStorage
from shop import Shop, jpeg

CHUNK = 64 * 1024 + 16  # age's


def _noise() -> bytes:
    """A picture that doesn't compress, so that a bundle has many chunks."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.frombytes("RGB", (640, 480), random.Random(7).randbytes(640 * 480 * 3)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture
async def filled(shop: Shop) -> Shop:
    for number in range(3):
        await shop.list_pet(f"Pet {number}", content=_noise())
    return shop


def _state(backups, shop: Shop) -> list[tuple]:
    query = f"SELECT id, xmin::text FROM {shop.store.schema}.pet ORDER BY id"
    return backups.rows(query) + backups.rows("SELECT id, xmin::text FROM platform.store ORDER BY id")


def _flip(at: float) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        position = int(at * (len(content) - 1))
        return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]

    return change


def _without_a_chunk(content: bytes) -> bytes:
    start = len(content) // 2
    return content[:start] + content[start + CHUNK :]


def _with_chunks_swapped(content: bytes) -> bytes:
    body = content.index(b"\n---") + 1
    start = content.index(b"\n", body) + 1 + 16
    first, second = content[start : start + CHUNK], content[start + CHUNK : start + 2 * CHUNK]
    assert len(second) == CHUNK
    return content[:start] + second + first + content[start + 2 * CHUNK :]


def _cut_between_chunks(content: bytes) -> bytes:
    body = content.index(b"\n---") + 1
    start = content.index(b"\n", body) + 1 + 16
    assert len(content) > start + 2 * CHUNK
    return content[: start + 2 * CHUNK]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "the first byte": _flip(0),
    "the header": _flip(0.0005),
    "a byte at a tenth": _flip(0.1),
    "a byte in the middle": _flip(0.5),
    "the last byte": _flip(1),
    "cut by one byte": lambda content: content[:-1],
    "cut in half": lambda content: content[: len(content) // 2],
    "cut between two chunks": _cut_between_chunks,
    "cut in the header": lambda content: content[:60],
    "empty": lambda _content: b"",
    "a chunk is missing": _without_a_chunk,
    "two chunks exchanged": _with_chunks_swapped,
    "something added": lambda content: content + b"x",
    "twice": lambda content: content * 2,
    "something else": lambda _content: jpeg(),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_nothing_is_restored_from_a_changed_bundle(filled: Shop, backups, damage: str) -> None:
    backups.create(filled.slug)
    bundle = backups.bundle(filled.slug)
    content = bundle.read_bytes()
    assert len(content) > 4 * CHUNK
    bundle.write_bytes(DAMAGE[damage](content))
    before = _state(backups, filled)
    with pytest.raises(BundleDamagedError, match=rf"{filled.slug}\.bundle in .* is damaged: .*verify --all"):
        backups.restore(filled.slug, replace=True)
    assert _state(backups, filled) == before
    assert backups.rows("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'restoring%%'") == []
    [result] = backups.verify()
    assert result.problem
    assert filled.slug in result.problem

    bundle.write_bytes(content)
    assert [each.problem for each in backups.verify()] == [None]


async def test_a_missing_bundle_is_named(shop: Shop, backups) -> None:
    backups.create(shop.slug)
    backups.bundle(shop.slug).unlink()
    with pytest.raises(BundleDamagedError, match="it is missing"):
        backups.restore(shop.slug, replace=True)


async def test_a_bundle_of_another_store_or_backup_is_refused(shop: Shop, other: Shop, backups) -> None:
    await shop.list_pet("Older")
    older = backups.create().manifest.name
    await shop.list_pet("Newer")
    newer = backups.create().manifest.name
    sets = backups.directory / "sets"
    mine, theirs = (sets / newer / f"{each.slug}.bundle" for each in (shop, other))
    kept = mine.read_bytes()
    for impostor in (theirs, sets / older / f"{shop.slug}.bundle", sets / newer / "platform.bundle"):
        mine.write_bytes(impostor.read_bytes())
        with pytest.raises(BundleDamagedError, match="does not open with the key of its store and backup"):
            backups.restore(shop.slug, replace=True)
        assert {each.slug for each in backups.verify() if each.problem} == {shop.slug}
    mine.write_bytes(kept)
    assert {each.problem for each in backups.verify()} == {None}


def test_a_changed_manifest_is_refused(backups) -> None:
    name = backups.create().manifest.name
    manifest = backups.directory / "sets" / name / "manifest"
    for change in (
        lambda text: text.replace('"rows":', '"rows":1'),
        lambda text: text.replace(name, name[:-1] + "x"),
        lambda text: text.partition("\n")[0],
        lambda text: text[:40],
        lambda _text: "",
    ):
        kept = manifest.read_text()
        manifest.write_text(change(kept))
        with pytest.raises(BackupNotFoundError, match="damaged"):
            backups.source(name)
        with pytest.raises(BackupNotFoundError, match="backup list"):
            backups.source()
        manifest.write_text(kept)
    assert backups.source().manifest.name == name


def test_a_backup_without_a_manifest_is_never_used(backups) -> None:
    name = backups.create().manifest.name
    (backups.directory / "sets" / name / "manifest").unlink()
    with pytest.raises(BackupNotFoundError, match="not finished"):
        backups.source(name)
    with pytest.raises(BackupNotFoundError, match="There is no backup nothing"):
        backups.source("nothing")


async def test_the_error_asks_for_a_lost_key(shop: Shop, backups) -> None:
    backups.create(shop.slug)
    key = backups.directory / "keys" / str(shop.store.id)
    kept = key.read_bytes()
    for broken in (None, b"", b"{", b'{"wrapped": "%"}'):
        key.unlink(missing_ok=True)
        if broken is not None:
            key.write_bytes(broken)
        with pytest.raises(KeyDestroyedError, match=r"Restore .* there from a copy"):
            backups.restore(shop.slug, replace=True)
    key.write_bytes(kept)
    assert backups.restore(shop.slug, replace=True).slug == shop.slug


async def test_an_interrupted_backup_leaves_nothing(shop: Shop, backups, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in the middle of a bundle, such as a lost database or a full disk."""
    from menagerie.database.copies import Snapshot

    await shop.list_pet(content=_noise())
    for fault in (KeyboardInterrupt(), StorageError("full"), RuntimeError("broken")):

        def copy_out(self, table: str, columns, fault=fault):
            yield b"1\t2\n" * 100_000
            raise fault

        with monkeypatch.context() as patch:
            patch.setattr(Snapshot, "copy_out", copy_out)
            with pytest.raises(type(fault)):
                backups.create(shop.slug)
        assert _files(backups.directory / "sets") == []


async def test_a_full_storage_stops_the_backup_at_once_and_leaves_nothing(
    shop: Shop, other: Shop, backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL is then in the middle of a COPY, which must end before its connection closes."""
    for number in range(12):
        await shop.list_pet(f"Pet {number}", content=_noise())
    writing = WritableStorage.writing

    class Full:
        def __init__(self, file) -> None:
            self.file, self.bytes = file, 0

        def write(self, buffer: bytes) -> int:
            self.bytes += len(buffer)
            if self.bytes > CHUNK:
                raise OSError("Unable to copy data to file: No space left on device (os error 28)")
            return self.file.write(buffer)

    @contextmanager
    def filling_up(storage: WritableStorage, path: str):
        with writing(storage, path) as file:
            yield Full(file)

    monkeypatch.setattr(WritableStorage, "writing", filling_up)
    with pytest.raises(StorageError, match="is full: no part of this backup was kept"):
        await asyncio.wait_for(asyncio.to_thread(backups.create, shop.slug), 30)
    assert _files(backups.directory / "sets") == []
    monkeypatch.undo()
    assert backups.create(shop.slug).manifest.missing == ()


def test_the_remains_of_a_killed_backup_are_removed_completely(backups) -> None:
    left = backups.directory / "sets" / "20200101T000000.000Z-abcdef"
    left.mkdir(parents=True)
    (left / "some.bundle#1").write_bytes(b"staged")
    [found] = find_backups(backups.storage, backups.keys)
    assert (found.name, found.state) == (left.name, State.UNFINISHED)
    assert plan([found], 1).remove == [left.name]
    remove(writable(backups.storage), left.name)
    assert not left.exists()


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_inconsistent_frames_are_not_a_bundle() -> None:
    whole = [frame(Kind.HEADER, {"a": 1}), *data_frames([b"x\n"] * 3), frame(Kind.END, {"rows": 3})]
    assert [each.kind for each in read_frames(whole)] == [Kind.HEADER, Kind.DATA, Kind.END]
    assert [each.kind for each in read_frames([bytes([byte]) for byte in b"".join(whole)])][-1] is Kind.END
    for broken in (whole[:-1], [], [*whole, b"\x01"], [*whole, whole[0]], [b"\x63\0\0\0\0"], [b"\x03\xff\xff\xff\xff"]):
        with pytest.raises(BundleDamagedError):
            list(read_frames(broken))


def test_long_lines_are_split_and_short_ones_joined() -> None:
    lines = [b"a\n", b"b" * 3_000_000 + b"\n", b"c\n"]
    frames = list(data_frames(lines))
    assert len(frames) == 3
    content = [each.content for each in read_frames([*frames, frame(Kind.END, {})])]
    assert b"".join(content[:-1]) == b"".join(lines)
