"""The format inside a bundle: frames of kind, length and content, the last of which is END.

A HEADER describes the bundle. Each table follows as TABLE (name and columns), DATA (lines in PostgreSQL's COPY text
format, which every version reads) and ROWS (how many there were).
"""

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, cast

from menagerie.backups.sealing import BundleDamagedError

_PREFIX = struct.Struct(">BI")
_MAX_BYTES = 1024 * 1024


class Kind(IntEnum):
    """What a frame holds."""

    HEADER = 1
    TABLE = 2
    DATA = 3
    ROWS = 4
    END = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a bundle."""

    kind: Kind
    content: bytes

    @property
    def value(self) -> dict[str, Any]:
        """The content as JSON, for every kind but DATA.

        Raises:
            BundleDamagedError: when it is not a JSON object.
        """
        try:
            found = json.loads(self.content)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise BundleDamagedError("a part of it cannot be read")
        return cast("dict[str, Any]", found)


def frame(kind: Kind, value: dict[str, Any]) -> bytes:
    """A frame of any kind but DATA."""
    return _packed(kind, json.dumps(value, ensure_ascii=False, default=str).encode())


def data_frames(lines: Iterable[bytes]) -> Iterator[bytes]:
    """COPY lines as frames of at most a mebibyte: many short lines share one, a long line spans several."""
    collected = bytearray()
    for line in lines:
        collected += line
        while len(collected) >= _MAX_BYTES:
            yield _packed(Kind.DATA, bytes(collected[:_MAX_BYTES]))
            del collected[:_MAX_BYTES]
    if collected:
        yield _packed(Kind.DATA, bytes(collected))


def read_frames(pieces: Iterable[bytes]) -> Iterator[Frame]:
    """The frames of a bundle, including the last one.

    Raises:
        BundleDamagedError: when it does not end with END.
    """
    left = bytearray()
    last: Kind | None = None
    for piece in pieces:
        left += piece
        while len(left) >= _PREFIX.size:
            number, length = _PREFIX.unpack_from(left)
            if length > _MAX_BYTES or last is Kind.END:
                raise BundleDamagedError("its parts do not fit together")
            if len(left) < _PREFIX.size + length:
                break
            try:
                last = Kind(number)
            except ValueError:
                raise BundleDamagedError(f"it has parts of a kind that this version does not know ({number})") from None
            content = bytes(left[_PREFIX.size : _PREFIX.size + length])
            del left[: _PREFIX.size + length]
            yield Frame(last, content)
    if last is not Kind.END or left:
        raise BundleDamagedError("its end is missing")


def _packed(kind: Kind, content: bytes) -> bytes:
    return _PREFIX.pack(kind, len(content)) + content
