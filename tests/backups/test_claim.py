"""A storage belongs to one installation: no other writes to it, and taking it over is deliberate."""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from menagerie.backups import keys as store_keys
from menagerie.backups.claim import StorageClaimedError, claim, find_claim, installation_id, take_over
from menagerie.backups.manifest import State, find_backups
from menagerie.backups.pruning import remove
from menagerie.backups.recovery import Recovery
from menagerie.secrets.envelope import KeyMismatchError
from shop import Shop

ANOTHER = SecretStr(base64.b64encode(b"a" * 32).decode())


def _files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.fixture
def copy(backups, fresh):
    """A second installation, restored from the first's backup, whose first master key is another."""

    def make():
        there = fresh()
        there = there.model_copy(update={"master_keys": (ANOTHER, *there.master_keys)})
        made = replace(backups, settings=there)
        recovery: Recovery = made.recover(made.owner)
        assert recovery.failures == []
        return made

    return make


async def test_a_restored_copy_cannot_lock_the_original_out(shop: Shop, other: Shop, backups, copy) -> None:
    await shop.list_pet()
    name = backups.create().manifest.name
    before = _files(backups.directory)
    second = copy()
    assert installation_id(second.owner) != installation_id(backups.owner)
    with pytest.raises(StorageClaimedError, match=r"belongs to another installation .*nothing was written.*take-over"):
        second.create()
    with pytest.raises(StorageClaimedError, match="take-over"):
        remove(second.claimed(), name)
    assert _files(backups.directory) == before
    assert {each.problem for each in backups.verify()} == {None}
    assert backups.create().manifest.missing == ()


async def test_after_a_take_over_the_former_installation_is_refused(shop: Shop, backups, copy) -> None:
    backups.create()
    second = copy()
    take_over(backups.storage, installation_id(second.owner), second.keys)
    assert second.create().manifest.missing == ()
    before = _files(backups.directory)
    with pytest.raises(StorageClaimedError, match="another installation"):
        backups.create()
    assert _files(backups.directory) == before
    # Earlier backups are still there, and open with the key that made them.
    assert [each.state for each in find_backups(second.storage, second.keys)] == [State.COMPLETE, State.COMPLETE]
    assert {each.problem for each in second.verify()} == {None}


async def test_a_take_over_stops_a_backup_that_is_being_made(
    shop: Shop, backups, copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups.create()
    second = copy()
    keep_key = store_keys.keep_key

    def taken_meanwhile(*arguments) -> None:
        take_over(backups.storage, installation_id(second.owner), second.keys)
        keep_key(*arguments)

    monkeypatch.setattr("menagerie.backups.creation.keep_key", taken_meanwhile)
    with pytest.raises(StorageClaimedError):
        backups.create(shop.slug)
    states = [each.state for each in find_backups(second.storage, second.keys)]
    assert states.count(State.COMPLETE) == len(states) - states.count(State.UNFINISHED) == 1


async def test_one_of_two_installations_that_claim_at_once_wins(shop: Shop, backups, copy, tmp_path: Path) -> None:
    backups.create()
    installations = [backups, copy()]
    for number in range(20):
        directory = tmp_path / str(number)
        directory.mkdir()
        rivals = [each.at(directory) for each in installations]

        def attempt(rival) -> bool:
            try:
                rival.claimed()
            except StorageClaimedError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(attempt, rivals)) == [False, True]


async def test_a_claim_opens_after_a_rotation_and_is_renewed(shop: Shop, backups) -> None:
    backups.create(shop.slug)
    since = find_claim(backups.storage)
    old = backups.settings
    backups.settings = old.model_copy(update={"master_keys": (ANOTHER, *old.master_keys)})
    backups.claimed()
    backups.settings = old.model_copy(update={"master_keys": (ANOTHER,)})
    backups.claimed()
    renewed = find_claim(backups.storage)
    assert since is not None
    assert renewed is not None
    assert renewed.installation == since.installation
    backups.settings = old
    with pytest.raises(KeyMismatchError, match=r"opens the claim.*Add the key"):
        backups.claimed()


@pytest.mark.parametrize("damage", ["date", "signature", "text"])
async def test_a_changed_claim_is_refused(shop: Shop, backups, damage: str) -> None:
    backups.create(shop.slug)
    file = backups.directory / "claim"
    text, _, signature = file.read_text().partition("\n")
    file.write_text(
        {
            "date": text.replace('claimed_at":"2', 'claimed_at":"3') + f"\n{signature}",
            "signature": f"{text}\n{base64.b64encode(b'x' * 32).decode()}\n",
            "text": "nonsense",
        }[damage]
    )
    before = _files(backups.directory)
    with pytest.raises(StorageClaimedError, match="was changed since it was written"):
        backups.create(shop.slug)
    assert _files(backups.directory) == before


async def test_a_removed_claim_stops_a_write(shop: Shop, backups) -> None:
    claimed = claim(backups.storage, installation_id(backups.owner), backups.keys)
    (backups.directory / "claim").unlink()
    with pytest.raises(StorageClaimedError, match="removed meanwhile"):
        claimed.write("keys/1", b"x")
    assert _files(backups.directory) == {}
