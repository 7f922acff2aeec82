"""The decoder process: it checks an uploaded picture and re-encodes its pixels in every size.

No metadata or trailing bytes survive. Hostile files reach only this process, whose memory is bounded; it imports this
module, which therefore imports little.
"""

import base64
import io
import os
import resource
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from menagerie.pets.models import PictureSize

MAX_PIXELS = 40_000_000
MAX_SIDE = 20_000
"""Longer than phone panoramas. Each row costs memory, so a single column of pixels can take more than a gigabyte."""
MAX_SCANS = 100
"""Scans of a progressive JPEG, which needs about ten. Each one visits all pixels again."""
_MAX_BYTES = 512 * 1024 * 1024
"""The process's memory limit. A picture of 40 megapixels takes some 200 MiB, depending on its format."""
_MIN_BITS_PER_BLOCK = 0.5
"""Per block of 64 pixels in a JPEG; the simplest picture has 1."""
_FORMATS = {"JPEG": {".jpg", ".jpeg", ".jfif"}, "PNG": {".png"}, "WEBP": {".webp"}}
_SIDES = {PictureSize.THUMBNAIL: 160, PictureSize.CARD: 640, PictureSize.FULL: 1600}
_PLACEHOLDER_SIDE = 16
_QUALITY, _PLACEHOLDER_QUALITY = 80, 30
_NICENESS = 10
_START_OF_SCAN = b"\xff\xda"
_DAMAGED = "The picture is damaged or incomplete. Save it again or choose another file."


@dataclass(frozen=True, slots=True)
class Renditions:
    """A processed upload: its upright dimensions, a tiny placeholder as a data: URL, and WebP bytes per size."""

    width: int
    height: int
    placeholder: str
    contents: dict[str, bytes]


def decode_in_background(content: bytes, extension: str) -> Renditions | str:
    """Decode in this process, which serves no requests; otherwise like `decode`."""
    _limit_process()
    return decode(content, extension)


@cache
def _limit_process() -> None:
    """Yield the CPU to processes that serve requests, as only one merchant waits for an upload. Bound the memory."""
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_DATA, (_MAX_BYTES, _MAX_BYTES))


def decode(content: bytes, extension: str) -> Renditions | str:
    """Decode the content into renditions, or a sentence that says why not; runs in a worker process."""
    Image.MAX_IMAGE_PIXELS = None  # we check our own limit below, with a message
    try:
        with Image.open(io.BytesIO(content), formats=list(_FORMATS)) as image:
            if problem := _problem_before_decoding(image, content, extension):
                return problem
            return _rendered(image)
    except UnidentifiedImageError:
        return "This is not a JPEG, PNG or WebP picture. Choose one in these formats."
    except MemoryError:
        return "The picture takes too much memory to read. Choose a smaller one."
    except (OSError, SyntaxError, ValueError, EOFError):
        return _DAMAGED


def _problem_before_decoding(image: Image.Image, content: bytes, extension: str) -> str | None:
    """Find problems before a single pixel is decoded."""
    # Phones append a second, smaller picture to the first one (MPO); it is a JPEG, and not animated.
    actual = "JPEG" if image.format == "MPO" else str(image.format)
    if extension and extension not in _FORMATS[actual]:
        return f"The file's name ends in {extension}, but it is a {actual} picture. Rename it to match."
    if image.width * image.height > MAX_PIXELS:
        return f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels. Choose a smaller one."
    if max(image.size) > MAX_SIDE:
        return f"The picture is more than {MAX_SIDE:,} pixels wide or high. Choose a smaller one."
    if actual == "JPEG" and (
        content.count(_START_OF_SCAN) > MAX_SCANS
        or 8 * len(content) < _MIN_BITS_PER_BLOCK * image.width * image.height / 64
    ):
        return _DAMAGED
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        return "The picture is animated. Choose a still one."
    return None


def _rendered(image: Image.Image) -> Renditions:
    full = _upright(image, _SIDES[PictureSize.FULL])
    contents = {size.value: _webp(_fitted(full, side), _QUALITY) for size, side in _SIDES.items()}
    placeholder = base64.b64encode(_webp(_fitted(full, _PLACEHOLDER_SIDE), _PLACEHOLDER_QUALITY)).decode()
    return Renditions(full.width, full.height, f"data:image/webp;base64,{placeholder}", contents)


def _upright(image: Image.Image, side: int) -> Image.Image:
    """The pixels upright, in sRGB and no larger than `side`, with or without transparency, and nothing else.

    Shrink first, so that everything after it takes a fraction of the time and memory.
    """
    scale = side / max(image.size)
    if scale < 1:
        # Decodes a JPEG at a half, a quarter or an eighth of its size, if that is still large enough.
        image.draft("RGB", (round(image.width * scale), round(image.height * scale)))
    if image.mode.startswith("I;16"):  # which Pillow clips at 255, turning everything white
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")  # pyright: ignore[reportUnknownMemberType]  # NumPy is not installed
    mode = "RGBA" if image.has_transparency_data else "RGB"
    has_colours = image.mode in {"RGB", "RGBA"}
    if image.mode != mode:
        image = image.convert(mode)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    upright = ImageOps.exif_transpose(image)
    return _in_srgb(upright, mode) if has_colours else upright


def _in_srgb(image: Image.Image, mode: str) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = cast("Any", ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType]  # has no type
        return ImageCms.profileToProfile(image, source, srgb, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError):
        return image  # a broken profile is no reason to refuse the pixels


def _fitted(image: Image.Image, side: int) -> Image.Image:
    copy = image.copy()
    copy.thumbnail((side, side), Image.Resampling.LANCZOS)
    return copy


def _webp(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return buffer.getvalue()
