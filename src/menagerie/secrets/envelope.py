"""Envelope encryption: every store has a data key, and the data key is stored wrapped by a master key.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; the associated data binds a value to its place, so that a
sealed value moved to another row, column, table or store does not open.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from menagerie.errors import DomainError

_KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = b"\x01"


class KeyMismatchError(DomainError):
    """A sealed value does not open: add the master key that it was made with to MENAGERIE_MASTER_KEYS."""


def derive(key: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose only (HKDF, RFC 5869), so that no key ever serves two purposes."""
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


class MasterKeys:
    """The installation's keys. The first wraps and all of them unwrap, so that a key can be rotated while serving."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)

    @property
    def fingerprints(self) -> list[str]:
        """Short digests that identify the keys, in order. Every wrapped key includes that of its master key."""
        return [_fingerprint(key).hex() for key in self._keys]

    def new_data_key(self, store_id: UUID) -> bytes:
        """A fresh data key for a store, wrapped."""
        return self._wrap(os.urandom(_KEY_BYTES), store_id)

    def unwrap(self, wrapped: bytes, store_id: UUID) -> "DataKey":
        """The data key of a store.

        Raises:
            KeyMismatchError: when none of the master keys opens it.
        """
        return DataKey(store_id, self._unwrap(wrapped, store_id))

    def rewrap(self, wrapped: bytes, store_id: UUID) -> bytes | None:
        """The same data key wrapped by the first master key, or None if it already is."""
        if wrapped[1:5] == _fingerprint(self._keys[0]):
            return None
        return self._wrap(self._unwrap(wrapped, store_id), store_id)

    def purpose(self, name: str) -> bytes:
        """A key of the installation for one purpose, the same in every process."""
        return derive(self._keys[0], name)

    def purposes(self, name: str) -> list[bytes]:
        """The same for each master key, in order, for what must outlive a rotation."""
        return [derive(key, name) for key in self._keys]

    def _wrap(self, secret: bytes, store_id: UUID) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._keys[0]).encrypt(nonce, secret, _associated_data(store_id, "data_key"))
        return _FORMAT + _fingerprint(self._keys[0]) + nonce + sealed

    def _unwrap(self, wrapped: bytes, store_id: UUID) -> bytes:
        fingerprint, nonce, sealed = wrapped[1:5], wrapped[5:17], wrapped[17:]
        for key in self._keys:
            if _fingerprint(key) == fingerprint:
                try:
                    return AESGCM(key).decrypt(nonce, sealed, _associated_data(store_id, "data_key"))
                except InvalidTag:
                    continue
        raise KeyMismatchError(
            f"No key in MENAGERIE_MASTER_KEYS opens the data key of store {store_id}. "
            "Add the key that was in use when the store was created or its key was last rotated."
        )


class DataKey:
    """A store's key, unwrapped: it seals values, indexes email addresses and signs what the store hands out."""

    def __init__(self, store_id: UUID, secret: bytes) -> None:
        self._store_id = store_id
        self._cipher = AESGCM(derive(secret, "seal"))
        self._index = derive(secret, "blind index")
        self._signature = derive(secret, "signature")

    def seal(self, value: bytes, *, table: str, column: str, row: UUID | str) -> bytes:
        """Encrypt a value for one place."""
        nonce = os.urandom(_NONCE_BYTES)
        return (
            _FORMAT + nonce + self._cipher.encrypt(nonce, value, _associated_data(self._store_id, table, column, row))
        )

    def unseal(self, sealed: bytes, *, table: str, column: str, row: UUID | str) -> bytes:
        """Decrypt a value that was sealed for this place.

        Raises:
            KeyMismatchError: when it was sealed for another place or with another key.
        """
        associated_data = _associated_data(self._store_id, table, column, row)
        try:
            return self._cipher.decrypt(sealed[1:13], sealed[13:], associated_data)
        except (InvalidTag, ValueError):  # not ours, or too short for a nonce and a tag
            raise KeyMismatchError(f"A value in {table}.{column} does not open with its store's key.") from None

    def blind_index(self, email: str) -> bytes:
        """A keyed hash by which an email address is found without being stored, regardless of case."""
        return hmac.digest(self._index, normal_login(email).encode(), hashlib.sha256)

    def sign(self, purpose: str, message: str) -> bytes:
        """An HMAC-SHA256 of 32 bytes over the message; signatures of different purposes never match."""
        return hmac.digest(self._signature, f"{purpose}\0{message}".encode(), hashlib.sha256)


def normal_login(login: str) -> str:
    """A normal form, the same for all spellings of one email address or login."""
    return login.strip().casefold()


def _fingerprint(key: bytes) -> bytes:
    return hashlib.sha256(b"menagerie master key" + key).digest()[:4]


def _associated_data(*parts: object) -> bytes:
    return "\0".join(map(str, parts)).encode()
