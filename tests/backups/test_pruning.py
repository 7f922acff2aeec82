"""Pruning removes old backups, per kind, and never the last usable one."""

from datetime import UTC, datetime
from uuid import UUID

from claims import writable
from menagerie.backups.manifest import Bundle, FoundBackup, Manifest, Missing, State, find_backups
from menagerie.backups.pruning import plan, remove
from shop import Shop

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ID = UUID(int=7)


def _name(day: int) -> str:
    return f"202611{day:02}T030000.000Z-abcdef"


def _found(day: int, *, store: int | None = None, missing: bool = False) -> FoundBackup:
    bundle = Bundle(holder=ID, slug="platform", bytes=1, rows=1)
    manifest = Manifest(
        id=ID,
        name=_name(day),
        version="0",
        began_at=NOW,
        ended_at=NOW,
        key="",
        platform=bundle if store is None else None,
        stores=(Bundle(holder=UUID(int=store or 0), slug="some", bytes=1, rows=1),),
        missing=(Missing(slug="lost", reason="because"),) if missing else (),
    )
    return FoundBackup(_name(day), manifest.state, manifest)


def test_the_newest_backups_of_each_kind_stay() -> None:
    found = [_found(day) for day in range(1, 6)] + [_found(day, store=1) for day in (6, 7, 8)] + [_found(9, store=2)]
    planned = plan(found, 2, now=NOW)
    assert planned.remove == [_name(day) for day in (1, 2, 3, 6)]
    assert planned.keep == [_name(day) for day in (4, 5, 7, 8, 9)]


def test_incomplete_backups_never_displace_complete_ones() -> None:
    found = [_found(1), _found(2), *(_found(day, missing=True) for day in (3, 4, 5))]
    assert plan(found, 1, now=NOW).remove == [_name(1)]
    found.append(_found(6))
    assert plan(found, 1, now=NOW).remove == [_name(day) for day in range(1, 6)]


def test_backups_that_do_not_open_stay_and_are_reported() -> None:
    found = [FoundBackup(_name(1), State.CLOSED), FoundBackup(_name(2), State.DAMAGED), _found(3), _found(4)]
    planned = plan(found, 1, now=NOW)
    assert (planned.remove, planned.unknown) == ([_name(3)], [_name(1), _name(2)])


def test_unfinished_backups_are_removed_after_a_day() -> None:
    names = [_name(22), _name(24), "somebody's own"]
    planned = plan([FoundBackup(name, State.UNFINISHED) for name in names], 1, now=NOW)
    assert (planned.remove, planned.keep) == ([_name(22)], [_name(24), "somebody's own"])


async def test_a_backup_is_removed_completely_and_the_others_stay_usable(shop: Shop, backups) -> None:
    names = [backups.create().manifest.name for _ in range(3)]
    planned = plan(find_backups(backups.storage, backups.keys), 1)
    assert planned.remove == names[:2]
    for name in planned.remove:
        remove(writable(backups.storage), name)
    assert [path.name for path in (backups.directory / "sets").iterdir()] == names[2:]
    assert {each.problem for each in backups.verify()} == {None}
    assert (backups.directory / "keys" / str(shop.store.id)).is_file()
