"""A sealed value opens only in its place and with its key."""

import os
from uuid import uuid4

import pytest

from menagerie.secrets.envelope import DataKey, KeyMismatchError, MasterKeys, derive

STORE, ROW = uuid4(), uuid4()
PLACE = {"table": "customer", "column": "email", "row": ROW}


@pytest.fixture
def key() -> DataKey:
    return DataKey(STORE, os.urandom(32))


def test_a_sealed_value_opens(key: DataKey) -> None:
    for value in (b"", b"ada@example.com", os.urandom(100_000)):
        assert key.unseal(key.seal(value, **PLACE), **PLACE) == value


def test_a_sealed_value_hides_its_content_and_is_never_the_same(key: DataKey) -> None:
    sealed = {key.seal(b"ada@example.com", **PLACE) for _ in range(100)}
    assert len(sealed) == 100
    assert not any(b"ada" in each for each in sealed)
    assert len({each[1:13] for each in sealed}) == 100


@pytest.mark.parametrize(
    "elsewhere",
    [{"table": "pet"}, {"column": "name"}, {"row": uuid4()}, {"row": str(ROW).upper()}, {"table": "customer\0email"}],
)
def test_a_value_does_not_open_in_another_place(key: DataKey, elsewhere: dict) -> None:
    sealed = key.seal(b"ada@example.com", **PLACE)
    with pytest.raises(KeyMismatchError):
        key.unseal(sealed, **(PLACE | elsewhere))


def test_a_value_does_not_open_with_another_key_or_for_another_store(key: DataKey) -> None:
    secret = os.urandom(32)
    sealed = DataKey(STORE, secret).seal(b"ada@example.com", **PLACE)
    assert DataKey(STORE, secret).unseal(sealed, **PLACE) == b"ada@example.com"
    for wrong in (key, DataKey(uuid4(), secret)):
        with pytest.raises(KeyMismatchError):
            wrong.unseal(sealed, **PLACE)


def test_a_changed_value_does_not_open(key: DataKey) -> None:
    sealed = key.seal(b"ada@example.com", **PLACE)
    for position in range(1, len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(KeyMismatchError):
            key.unseal(bytes(changed), **PLACE)


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28, 100])
def test_garbage_does_not_open(key: DataKey, length: int) -> None:
    with pytest.raises(KeyMismatchError):
        key.unseal(os.urandom(length), **PLACE)


def test_a_data_key_unwraps_only_with_its_master_key_and_for_its_store() -> None:
    master = MasterKeys([os.urandom(32)])
    wrapped = master.new_data_key(STORE)
    sealed = master.unwrap(wrapped, STORE).seal(b"x", **PLACE)
    assert master.unwrap(wrapped, STORE).unseal(sealed, **PLACE) == b"x"
    for keys, store in ((MasterKeys([os.urandom(32)]), STORE), (master, uuid4())):
        with pytest.raises(KeyMismatchError, match="MENAGERIE_MASTER_KEYS"):
            keys.unwrap(wrapped, store)


def test_every_store_gets_its_own_key() -> None:
    master = MasterKeys([os.urandom(32)])
    first, second = (master.unwrap(master.new_data_key(STORE), STORE) for _ in range(2))
    with pytest.raises(KeyMismatchError):
        second.unseal(first.seal(b"x", **PLACE), **PLACE)
    assert first.blind_index("a@b.example") != second.blind_index("a@b.example")
    assert first.sign("picture", "x") != second.sign("picture", "x")


def test_a_master_key_is_rotated_while_serving() -> None:
    old, new = os.urandom(32), os.urandom(32)
    before, during, after = MasterKeys([old]), MasterKeys([new, old]), MasterKeys([new])
    wrapped = before.new_data_key(STORE)
    sealed = before.unwrap(wrapped, STORE).seal(b"x", **PLACE)

    assert during.unwrap(wrapped, STORE).unseal(sealed, **PLACE) == b"x"
    with pytest.raises(KeyMismatchError):
        after.unwrap(wrapped, STORE)

    rewrapped = during.rewrap(wrapped, STORE)
    assert rewrapped is not None
    assert rewrapped != wrapped
    assert after.unwrap(rewrapped, STORE).unseal(sealed, **PLACE) == b"x"
    with pytest.raises(KeyMismatchError):
        before.unwrap(rewrapped, STORE)
    assert during.rewrap(rewrapped, STORE) is None
    assert before.rewrap(wrapped, STORE) is None


def test_rewrapping_without_the_old_key_fails_and_loses_nothing() -> None:
    wrapped = MasterKeys([os.urandom(32)]).new_data_key(STORE)
    with pytest.raises(KeyMismatchError):
        MasterKeys([os.urandom(32)]).rewrap(wrapped, STORE)


def test_keys_derived_for_different_purposes_differ() -> None:
    key = os.urandom(32)
    assert len({derive(key, purpose) for purpose in ("seal", "blind index", "signature", "")} | {key}) == 5
    assert MasterKeys([key]).purpose("throttle") == MasterKeys([key]).purpose("throttle") != derive(key, "other")


def test_a_blind_index_is_the_same_for_all_spellings_of_an_email_address(key: DataKey) -> None:
    one = {key.blind_index(email) for email in ("Ada@Example.com", "ada@example.com", " ADA@EXAMPLE.COM ")}
    assert len(one) == 1
    assert len(one.pop()) == 32
    assert key.blind_index("ada@example.org") != key.blind_index("ada@example.com")
    assert key.blind_index("straße@example.com") == key.blind_index("STRASSE@example.com")


def test_a_blind_index_is_not_a_plain_hash(key: DataKey) -> None:
    import hashlib

    assert key.blind_index("ada@example.com") != hashlib.sha256(b"ada@example.com").digest()


def test_signatures_for_two_purposes_differ(key: DataKey) -> None:
    assert key.sign("picture", "x") != key.sign("cursor", "x")
    assert key.sign("a", "b\0c") != key.sign("a\0", "b\0c")


def test_keys_are_hidden_in_their_representation(key: DataKey) -> None:
    secret = os.urandom(32)
    shown = repr(DataKey(STORE, secret)) + repr(MasterKeys([secret]))
    assert repr(secret) not in shown
    assert secret.hex() not in shown
