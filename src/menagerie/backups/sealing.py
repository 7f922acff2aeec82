"""A bundle's encryption: age (age-encryption.org/v1) around zstd, streamed, whatever the bundle's size.

age encrypts in chunks that encode their position and which one is the last (the STREAM construction), so a bundle that
was truncated, reordered or changed does not open. Each bundle has its own identity, sealed with its store's data key
and bound to the store and the backup: without the store's key a bundle can be neither read nor made, and a bundle that
was moved to another backup or renamed does not open either.
"""

import base64
import binascii
import io
import json
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from typing import Protocol
from uuid import UUID

import pyrage
from pyrage import x25519  # pyright: ignore[reportMissingModuleSource]  # compiled into the package

from menagerie.errors import DomainError
from menagerie.secrets.envelope import DataKey, KeyMismatchError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MAGIC = b"menagerie bundle 1\n"
_PIECE_BYTES = 64 * 1024
_MAX_HEADER_BYTES = 4096
# Pictures are already encrypted and arrive as hexadecimal digits, which the fastest level halves as well as any other.
_LEVEL = 1


class BundleDamagedError(DomainError):
    """A bundle is not as it was written; restore from another backup."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Writer(Protocol):
    """Where ciphertext is written to."""

    def write(self, buffer: bytes, /) -> int:
        """Write these bytes."""
        ...


class Reader(Protocol):
    """Where ciphertext is read from."""

    def read(self, size: int, /) -> object:
        """Return at most `size` bytes, and none at the end."""
        ...


def seal(plain: Iterable[bytes], writer: Writer, key: DataKey, *, holder: UUID, backup_id: UUID) -> None:
    """Compress and encrypt a stream.

    Args:
        plain: the bundle's contents, in pieces of any size.
        writer: where the bundle goes.
        key: the data key of the bundle's holder.
        holder: the id of the store in the bundle; for the platform's bundle, the id of the backup.
        backup_id: the id of the backup that the bundle belongs to.
    """
    identity = x25519.Identity.generate()
    sealed = key.seal(str(identity).encode(), table="backup", column="identity", row=backup_id)
    header = {"holder": str(holder), "set": str(backup_id), "identity": base64.b64encode(sealed).decode()}
    writer.write(_MAGIC + json.dumps(header).encode() + b"\n")
    source, target = _Source(_compressed(plain)), _Remembering(writer.write)
    try:
        pyrage.encrypt_io(source, target, [identity.to_public()])
    except Exception:
        # pyrage replaces whatever source and target raise with an error of its own.
        if fault := source.fault or target.fault:
            raise fault from None
        raise


def unsealed(reader: Reader, key: DataKey, *, backup_id: UUID) -> Generator[bytes, None, None]:
    """The contents of a bundle, in pieces. Do not rely on any piece before the last one has arrived.

    Raises:
        BundleDamagedError: when the bundle was truncated or changed, or is a different one.
    """
    rest = _Ahead(reader)
    with closing(_decrypted(rest, _identity(rest, key, backup_id))) as pieces:
        yield from _decompressed(pieces)


def _identity(reader: "_Ahead", key: DataKey, backup_id: UUID) -> x25519.Identity:
    if reader.line() != _MAGIC:
        raise BundleDamagedError("it does not begin like a bundle")
    try:
        header = json.loads(reader.line())
        sealed = base64.b64decode(header["identity"], validate=True)
        text = key.unseal(sealed, table="backup", column="identity", row=backup_id)
        return x25519.Identity.from_str(text.decode())
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise BundleDamagedError("its header cannot be read") from None
    except KeyMismatchError:
        raise BundleDamagedError("its header does not open with the key of its store and backup") from None


def _compressed(plain: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zstd.ZstdCompressor(level=_LEVEL)
    for piece in plain:
        if compressed := compressor.compress(piece):
            yield compressed
    yield compressor.flush()


def _decompressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    decompressor = zstd.ZstdDecompressor()
    try:
        for piece in pieces:
            if decompressor.eof:
                raise BundleDamagedError("it continues after its end")
            rest = piece
            while plain := decompressor.decompress(rest, max_length=_PIECE_BYTES):
                yield plain
                if decompressor.eof or decompressor.needs_input:
                    break
                rest = b""
    except zstd.ZstdError:
        raise BundleDamagedError("its contents cannot be decompressed") from None
    if not decompressor.eof:
        raise BundleDamagedError("its end is missing")


def _decrypted(reader: Reader, identity: x25519.Identity) -> Generator[bytes, None, None]:
    """Decrypt in a thread, through a pipe: the library only pushes, and the caller pulls pieces one by one."""
    reading, writing = os.pipe()
    source = _Remembering(reader.read)
    failures = list[BaseException]()

    def decrypt() -> None:
        with os.fdopen(writing, "wb") as pipe:
            try:
                pyrage.decrypt_io(source, pipe, [identity])
            except BaseException as failure:  # noqa: BLE001  raised where the pieces are taken
                failures.append(failure)
                # If the other end is closed, nobody needs the rest of the buffer.
                with suppress(OSError):
                    pipe.flush()

    thread = threading.Thread(target=decrypt, name="decrypting a bundle", daemon=True)
    thread.start()
    try:
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            while piece := pipe.read(_PIECE_BYTES):
                yield piece
    finally:
        thread.join()
    if source.fault:
        raise source.fault
    if failures:
        raise BundleDamagedError("it was truncated or changed after it was written") from failures[0]


class _Source(io.BufferedIOBase):
    """Pieces of any size as a file, read in pieces of the requested size."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")
        self.fault: BaseException | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most `size` bytes, and none at the end."""
        try:
            while not self._left:
                self._left = memoryview(next(self._pieces))
        except StopIteration:
            return b""
        except BaseException as fault:
            self.fault = fault
            raise
        piece, self._left = self._left[:size], self._left[size:]
        return bytes(piece)


class _Remembering(io.BufferedIOBase):
    """One end of the stream, which remembers what it raised."""

    def __init__(self, call: Callable[..., object]) -> None:
        self._call = call
        self.fault: BaseException | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        """Read from the wrapped reader."""
        return bytes(self._do(size))  # type: ignore[arg-type]  # a buffer

    def write(self, buffer: object, /) -> int:
        """Write to the wrapped writer."""
        self._do(buffer)
        return len(memoryview(buffer))  # type: ignore[arg-type]  # a buffer

    def flush(self) -> None:
        """Nothing to do: the opener of the writer closes it."""

    def _do(self, argument: object) -> object:
        try:
            return self._call(argument)
        except BaseException as fault:
            self.fault = fault
            raise


class _Ahead:
    """A reader that can take lines off the start."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._left = b""

    def line(self) -> bytes:
        """The next line, including its newline; truncated if it is too long to be one of ours."""
        while b"\n" not in self._left and len(self._left) < _MAX_HEADER_BYTES:
            piece = bytes(self._reader.read(_MAX_HEADER_BYTES))  # type: ignore[arg-type]  # a buffer
            if not piece:
                break
            self._left += piece
        end = self._left.find(b"\n") + 1 or len(self._left)
        line, self._left = self._left[:end], self._left[end:]
        return line

    def read(self, size: int) -> object:
        """Read what follows the lines."""
        if self._left:
            piece, self._left = self._left[:size], self._left[size:]
            return piece
        return self._reader.read(size)
