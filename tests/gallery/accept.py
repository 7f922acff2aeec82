"""Photographs the gallery again: the accepted pictures, and those in the documentation.

Run it with `make pictures`, and then look at what changed.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from PIL import Image

from gallery.comparison import ACCEPTED, accepted_picture, difference, opened, store
from gallery.entry_checks import examine_all, picture_names
from gallery.gallery_server import DESKTOP, PHONE, Entry, Gallery, showing

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "pictures"
README = (1200, 750)
# The pictures in the README and docs/storefront.md: for each name, the entry, the size and the colour scheme.
SHOWN = {
    "shelf": ("shelf", README, "light"),
    "shelf-dark": ("shelf-end", DESKTOP, "dark"),
    "shelf-phone": ("shelf", PHONE, "light"),
    "sign-in-phone": ("sign-in-demo", PHONE, "light"),
    "pet": ("pet-over-shelf", DESKTOP, "light"),
    "cart": ("cart-unavailable", DESKTOP, "light"),
    "confirmation": ("confirmation-three", DESKTOP, "light"),
    "look": ("look-green", DESKTOP, "light"),
    "my-pets": ("purchases", DESKTOP, "light"),
    "account-menu-phone": ("account-menu", PHONE, "dark"),
    "account-phone": ("account", PHONE, "light"),
    "fault-phone": ("shelf-fault", PHONE, "light"),
    "no-frogs-phone": ("shelf-no-frogs", PHONE, "light"),
    "signed-out-phone": ("sign-in-expired", PHONE, "dark"),
}


async def main() -> int:
    """Replace pictures that changed visibly, and remove those without an entry. Returns the exit code."""
    with tempfile.TemporaryDirectory() as directory:
        async with Gallery.open(Path(directory)) as gallery:
            entries = await gallery.entries()
            findings = await examine_all(gallery, entries, only_photograph=True)
            if findings.unreached:
                print("\n".join(findings.unreached), file=sys.stderr)
                return 1
            await _show_in_documentation(gallery, {entry.name: entry for entry in entries})
    for name, photograph in findings.pictures.items():
        _accept(name, opened(photograph))
    wanted = {accepted_picture(name) for entry in entries for name in picture_names(entry)}
    for path in set(ACCEPTED.glob("*")) - wanted:
        print(f"{path.name} removed")
        path.unlink()
    return 0


def _accept(name: str, seen: Image.Image) -> None:
    path = accepted_picture(name)
    if path.exists():
        with Image.open(path) as accepted:
            if difference(accepted.convert("RGB"), seen).is_small:
                return
    print(f"{path.name} accepted")
    store(seen, path)


async def _show_in_documentation(gallery: Gallery, entries: dict[str, Entry]) -> None:
    page = await gallery.open_page()
    for name, (entry, size, scheme) in SHOWN.items():
        async with showing(entries[entry], page) as shown:
            await shown.look(size, color_scheme=scheme)
            opened(await shown.photograph()).save(DOCUMENTATION / f"{name}.webp", quality=80, method=6)
    await page.context.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
