"""Every component and every state of a page: axe finds nothing, everything fits and looks as it was accepted."""

import pytest

from gallery.comparison import ACCEPTED, COMMAND, COMPARED, DIFFERENT, accepted_picture, compare
from gallery.examination import Findings, picture_names
from gallery.showing import Entry

# The first of them looks at every entry, for all.
pytestmark = pytest.mark.timeout(600)


def test_every_state_is_reached(findings: Findings, entries: list[Entry]) -> None:
    assert len(entries) > 100
    assert findings.unreached == []


def test_axe_finds_nothing(findings: Findings) -> None:
    assert findings.accessibility == []


def test_nothing_spills_over_or_is_cut(findings: Findings) -> None:
    assert findings.spills == []


def test_nothing_moves_for_those_who_want_no_motion(findings: Findings) -> None:
    assert findings.motions == []


def test_the_console_says_nothing(findings: Findings) -> None:
    assert findings.console == []


def test_everything_looks_as_it_was_accepted(findings: Findings) -> None:
    different = [output for name, photograph in findings.pictures.items() if (output := compare(name, photograph))]
    assert not different, f"Look at {DIFFERENT}; if it is as it should be, `{COMMAND}` accepts it."


def test_every_page_that_is_compared_is_there(entries: list[Entry]) -> None:
    assert {entry.name for entry in entries} >= COMPARED


def test_no_accepted_picture_is_stale(entries: list[Entry]) -> None:
    wanted = {accepted_picture(name) for entry in entries for name in picture_names(entry)}
    stale = set(ACCEPTED.glob("*")) - wanted
    assert not stale, f"`{COMMAND}` removes what no entry is compared with any more."
