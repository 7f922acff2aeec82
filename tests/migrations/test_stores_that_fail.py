"""A store that can't be migrated does not keep the others from being served, and operators read why."""

from collections.abc import Callable

import psycopg
import pytest

from menagerie.cli.doctor.database import _migrations
from menagerie.cli.doctor.findings import State
from menagerie.cli.migrations import migrate_before_serving
from menagerie.database.migrate import StoresNotMigratedError, migrate, status
from menagerie.database.rollout import may_serve
from menagerie.settings import Settings
from migrations.conftest import Lineage, Many

COLUMN = "ALTER TABLE pet ADD COLUMN nickname TEXT"


@pytest.fixture
def many(make_stores: Callable[[int], Many], lineage: Lineage) -> Many:
    """Three stores that are to be migrated; the first can't be."""
    made = make_stores(3)
    made.do(f"ALTER TABLE {made.schemas[0]}.pet ADD COLUMN nickname INTEGER")
    lineage.add(COLUMN)
    return made


def slug_of(many: Many) -> str:
    return next(slug for slug in many.revisions if slug.replace("-", "_") in many.schemas[0])


def test_servers_serve_the_other_stores(many: Many, capsys: pytest.CaptureFixture[str]) -> None:
    after = migrate_before_serving(many.address)
    assert (after.current, [each.slug for each in after.failed]) == (2, [slug_of(many)])
    assert may_serve(after)
    output = capsys.readouterr().err
    assert "1 of 3 stores were not migrated" in output
    assert slug_of(many) in output
    assert "The other stores are served." in output


def test_an_older_version_serves_what_a_newer_one_migrated(
    many: Many, lineage: Lineage, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate_before_serving(many.address)
    lineage.go_back_to_older_code()
    before = many.revisions
    assert may_serve(migrate_before_serving(many.address))
    assert many.revisions == before
    assert "A newer version has already" in capsys.readouterr().err


def test_the_doctor_names_the_store_and_the_reason(many: Many, settings: Settings) -> None:
    migrate_before_serving(many.address)
    here = settings.model_copy(update={"database_url": settings.database_url.__class__(many.address)})
    with psycopg.connect(many.address) as connection:
        problems = [finding for finding in _migrations(connection, here) if finding.state is State.PROBLEM]
    assert problems[0].check == f"migration of {slug_of(many)}"
    assert "nickname" in problems[0].message
    assert "1 of 3 stores are behind" in problems[1].message


def test_a_store_that_failed_before_is_waited_for_until_it_is_tried_again(many: Many, lineage: Lineage) -> None:
    with pytest.raises(StoresNotMigratedError):
        migrate(many.address)
    lineage.add("ALTER TABLE pet ADD COLUMN motto TEXT")
    found = status(many.address)
    assert not may_serve(found)
    assert found.failed == []  # it failed to reach another revision
    with pytest.raises(StoresNotMigratedError):
        migrate(many.address)
    found = status(many.address)
    assert may_serve(found)
    assert len(found.failed) == 1
