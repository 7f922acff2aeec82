"""The gallery, built once, and the findings for every entry."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gallery.entry_checks import Findings, examine_all
from gallery.gallery_server import Entry, Gallery

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
async def gallery(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gallery]:
    async with Gallery.open(tmp_path_factory.mktemp("gallery")) as opened:
        yield opened


@pytest.fixture(scope="session")
async def entries(gallery: Gallery) -> list[Entry]:
    return await gallery.entries()


@pytest.fixture(scope="session")
async def findings(gallery: Gallery, entries: list[Entry]) -> Findings:
    return await examine_all(gallery, entries)
