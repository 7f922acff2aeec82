"""Keyset pages: a cursor is the sort key of a row, signed by its store, not an offset."""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import orjson

from menagerie.errors import InvalidArgumentError

DEFAULT_ROWS, MAX_ROWS = 24, 100
_SIGNATURE_BYTES = 12

Item = TypeVar("Item")
Sign = Callable[[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some rows of a list, and whether there are more before and after them."""

    items: Sequence[Item]
    total: int
    has_next: bool
    has_previous: bool


def checked_first(first: int) -> int:
    """Validate how many rows to return.

    Raises:
        InvalidArgumentError: when it is not 1 to 100.
    """
    if not 1 <= first <= MAX_ROWS:
        raise InvalidArgumentError(f"`first` must be from 1 to {MAX_ROWS}; it was {first}.", code="BAD_PAGE_SIZE")
    return first


def encode_cursor(sign: Sign, list_name: str, key: Sequence[str | int]) -> str:
    """The cursor of the row with this sort key in the named list of a store."""
    payload = orjson.dumps([list_name, *key])
    signature = sign("cursor", payload.decode())[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(signature + payload).decode().rstrip("=")


def decode_cursor(sign: Sign, list_name: str, cursor: str) -> list[str | int]:
    """The sort key that a cursor stands for.

    Raises:
        InvalidArgumentError: when the cursor was not made for this list of this store.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if hmac.compare_digest(signature, sign("cursor", payload.decode())[:_SIGNATURE_BYTES]):
            name, *key = orjson.loads(payload)
            if name == list_name:
                return key
    except (binascii.Error, ValueError):
        pass
    raise InvalidArgumentError(
        "This cursor does not belong to this list. Ask for the first page again, without `after`.", code="BAD_CURSOR"
    )
