"""Rewrite a store's rows for a copy of it: what is sealed opens with the copy's own data key alone.

Sealed values are bound to their store and row, so the rows of a backup cannot be another store's as they are.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from menagerie.backups.sealing import BundleDamagedError
from menagerie.database.tables import stores
from menagerie.secrets.envelope import DataKey

# COPY's text format writes bytes as \x and hexadecimal digits, and doubles the backslash.
_BYTES = b"\\\\x"
_NULL = b"\\N"

_Fields = list[bytes]


@dataclass(frozen=True, slots=True)
class Resealing:
    """Opens values with the original's data key and seals them with the copy's."""

    original: DataKey
    copy: DataKey

    def rows(self, table: str, columns: Sequence[str], lines: Iterable[bytes]) -> Iterator[bytes]:
        """The rows of a table for the copy.

        Args:
            table: its name.
            columns: its columns, in the order of the lines' fields.
            lines: its rows in COPY's text format, in pieces of any size.

        Raises:
            BundleDamagedError: when a row does not have as many fields.
            KeyMismatchError: when a value does not open.
        """
        changes = self._changes(table, columns)
        if not changes:
            yield from lines
            return
        for line in _whole(lines):
            fields = line.rstrip(b"\n").split(b"\t")
            if len(fields) != len(columns):
                raise BundleDamagedError(f"a row of {table} has {len(fields)} fields, not {len(columns)}")
            for change in changes:
                change(fields)
            yield b"\t".join(fields) + b"\n"

    def _changes(self, name: str, columns: Sequence[str]) -> list[Callable[[_Fields], None]]:
        """What to change in each row. The indexes come first, because they need what is sealed as it was."""
        table = stores.tables[name]
        position = {column: at for at, column in enumerate(columns)}
        key = [position[column.name] for column in table.primary_key]
        sealed = [c.name for c in table.columns if c.info.get("sealed") and c.name in position]
        indexes = [(c.name, str(c.info["blind_index_of"])) for c in table.columns if "blind_index_of" in c.info]

        def opened(fields: _Fields, column: str) -> bytes:
            return self.original.unseal(
                _decoded(fields[position[column]]), table=name, column=column, row=_row(fields, key)
            )

        def index(column: str, of: str) -> Callable[[_Fields], None]:
            def change(fields: _Fields) -> None:
                fields[position[column]] = _encoded(self.copy.blind_index(opened(fields, of).decode()))

            return change

        def reseal(column: str) -> Callable[[_Fields], None]:
            def change(fields: _Fields) -> None:
                if fields[position[column]] != _NULL:
                    value = opened(fields, column)
                    fields[position[column]] = _encoded(
                        self.copy.seal(value, table=name, column=column, row=_row(fields, key))
                    )

            return change

        return [*(index(*each) for each in indexes), *(reseal(column) for column in sealed)]


def _row(fields: _Fields, key: Sequence[int]) -> str:
    """The row that a value is sealed for: its primary key. None of its values has a character that COPY escapes."""
    return "/".join(fields[at].decode() for at in key)


def _decoded(field: bytes) -> bytes:
    if not field.startswith(_BYTES):
        raise BundleDamagedError("a sealed value is not written as bytes")
    return bytes.fromhex(field[len(_BYTES) :].decode())


def _encoded(value: bytes) -> bytes:
    return _BYTES + value.hex().encode()


def _whole(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines, each with its end."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        raise BundleDamagedError("its last row has no end")
