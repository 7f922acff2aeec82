"""How code of one version treats a database that another version has migrated."""

import pytest

from menagerie.database.lineages import head
from menagerie.database.migrate import Status
from menagerie.database.rollout import may_serve, newer


def _status(platform: str | None, behind: dict[str, int] | None = None) -> Status:
    return Status(platform, head("platform"), head("stores"), 3, behind or {})


def test_an_up_to_date_database_may_be_served() -> None:
    found = _status(head("platform"))
    assert may_serve(found)
    assert not newer(found)


def test_an_empty_database_must_be_waited_for() -> None:
    assert not may_serve(_status(None))
    assert not newer(_status(None))


@pytest.mark.parametrize(
    ("platform", "behind"), [("of-tomorrow", {}), ("of-tomorrow", {"of-tomorrow": 3}), (None, {"of-tomorrow": 3})]
)
def test_after_a_rollback_the_older_code_serves_what_the_newer_has_migrated(
    platform: str | None, behind: dict[str, int]
) -> None:
    found = _status(platform or head("platform"), behind)
    assert may_serve(found)
    assert newer(found)


def test_a_store_that_is_behind_must_be_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("menagerie.database.rollout.statements", lambda *_: ("ALTER TABLE pet …",))
    assert not may_serve(_status(head("platform"), {"0000": 1}))
