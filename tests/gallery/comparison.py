"""Compares a photograph with the accepted picture, and measures the difference."""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

ACCEPTED = Path(__file__).parent / "accepted"
DIFFERENT = Path(__file__).parents[2] / "test-results" / "gallery"
COMMAND = "make pictures"
# Whole pages, which contain every component. The other states only have to be reachable and accessible, without
# overflow, motion or console messages.
COMPARED = frozenset(
    {
        "account",
        "account-menu",
        "cart",
        "cart-empty",
        "cart-unavailable",
        "confirmation-three",
        "long-shelf",
        "look-green",
        "pet",
        "pet-over-shelf",
        "pet-sold",
        "purchases",
        "shelf",
        "shelf-fault",
        "shelf-filtered",
        "shelf-loading",
        "shelf-no-match",
        "sign-in",
        "sign-up-problems",
        "store-closed",
    }
)

# Each colour is stored in sixteen steps, from black to white: a third of the size, and at most 8 of 255 off.
STEP = 17

# How an edge runs through a pixel depends on rounding, so a pixel may be anything between its accepted neighbours, and
# vice versa, and a little beyond. A few pixels may be further off: letters that another browser version draws a hair to
# the side make about 30 such pixels, the shortest changed word about 200.
OFF = 20
MAX_PIXELS = 40


@dataclass(frozen=True)
class Difference:
    pixels: int
    marked: Image.Image | None
    """Where it differs, brighter for more; None if the sizes differ."""

    @property
    def is_small(self) -> bool:
        return self.marked is not None and self.pixels <= MAX_PIXELS


def difference(accepted: Image.Image, seen: Image.Image) -> Difference:
    if accepted.size != seen.size:
        return Difference(seen.width * seen.height, None)
    plain = ImageChops.difference(accepted, seen)
    if highest(plain) <= OFF:
        return Difference(0, plain.convert("L"))
    red, green, blue = ImageChops.lighter(_beyond(accepted, seen), _beyond(seen, accepted)).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return Difference(sum(most.histogram()[OFF + 1 :]), most.point(_marked))


def _marked(value: int) -> int:
    return min(255, 2 * value) if value > OFF else 0


def highest(image: Image.Image) -> int:
    """The highest value of any colour of any pixel."""
    bands = [band for band in image.getextrema() if isinstance(band, tuple)]
    return max(most for _, most in bands)


def _beyond(one: Image.Image, other: Image.Image) -> Image.Image:
    """By how much each pixel of one is darker or lighter than all of the other's pixels around it."""
    darkest, lightest = other.filter(ImageFilter.MinFilter(3)), other.filter(ImageFilter.MaxFilter(3))
    return ImageChops.lighter(ImageChops.subtract(one, lightest), ImageChops.subtract(darkest, one))


def opened(photograph: bytes) -> Image.Image:
    return Image.open(io.BytesIO(photograph)).convert("RGB")


def accepted_picture(name: str) -> Path:
    return ACCEPTED / f"{name}.webp"


def store(image: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.point(_stepped).save(path, lossless=True, quality=100)


def _stepped(value: int) -> int:
    return round(value / STEP) * STEP


def compare(name: str, photograph: bytes) -> str | None:
    """A message about the difference, or None. If they differ, the new picture and the difference are saved."""
    path = accepted_picture(name)
    seen = opened(photograph)
    if not path.exists():
        store(seen, DIFFERENT / f"{name}.webp")
        return f"{name} has no accepted picture"
    with Image.open(path) as accepted:
        found = difference(accepted.convert("RGB"), seen)
    if found.is_small:
        return None
    store(seen, DIFFERENT / f"{name}.webp")
    if found.marked is None:
        return f"{name} has another size"
    store(found.marked, DIFFERENT / f"{name}-difference.webp")
    return f"{name} differs in {found.pixels} pixels"
