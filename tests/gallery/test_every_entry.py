"""Every component and every state of a page: axe finds nothing, everything fits, and looks as accepted."""

import pytest

from browser.conftest import CHROMIUM
from gallery.comparison import ACCEPTED, COMMAND, COMPARED, DIFFERENT, accepted_picture, compare
from gallery.entry_checks import Findings, picture_names
from gallery.gallery_server import Entry

# The first test examines every entry for all of them.
pytestmark = pytest.mark.timeout(600)


def test_every_state_is_reached(findings: Findings, entries: list[Entry]) -> None:
    assert len(entries) > 100
    assert findings.unreached == []


def test_axe_finds_nothing(findings: Findings) -> None:
    assert findings.accessibility == []


def test_nothing_overflows_or_is_cut_off(findings: Findings) -> None:
    assert findings.spills == []


def test_nothing_moves_with_reduced_motion(findings: Findings) -> None:
    assert findings.motions == []


def test_the_console_stays_empty(findings: Findings) -> None:
    assert findings.console == []


def test_everything_looks_as_accepted(findings: Findings) -> None:
    different = [output for name, photograph in findings.pictures.items() if (output := compare(name, photograph))]
    # With its window, Chromium draws a few pixels of each line of letters differently.
    browsers = (
        f"Accepted pictures are drawn by chromium-headless-shell, these by {CHROMIUM or 'the one of Playwright'}."
    )
    assert not different, f"See {DIFFERENT}. If the changes are right, `{COMMAND}` accepts them. {browsers}"


def test_every_compared_page_exists(entries: list[Entry]) -> None:
    assert {entry.name for entry in entries} >= COMPARED


def test_no_accepted_picture_is_stale(entries: list[Entry]) -> None:
    wanted = {accepted_picture(name) for entry in entries for name in picture_names(entry)}
    stale = set(ACCEPTED.glob("*")) - wanted
    assert not stale, f"`{COMMAND}` removes pictures without an entry."
