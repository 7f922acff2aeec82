"""Renditions: an uploaded picture is checked and re-encoded from its pixels, in the sizes in which it is shown.

The decoder runs in a process of its own, few at a time: hostile files stay outside the server, and the event loop is
not blocked. No metadata or trailing bytes survive. The process imports this module, which therefore imports little.
"""

import base64
import io
import os
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath

import anyio
import anyio.to_process
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from menagerie.errors import DomainError
from menagerie.pets.models import PictureSize

MAX_PICTURE_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 40_000_000
_FORMATS = {"JPEG": {".jpg", ".jpeg", ".jfif"}, "PNG": {".png"}, "WEBP": {".webp"}}
_MAX_SIDE = {PictureSize.THUMBNAIL: 160, PictureSize.CARD: 640, PictureSize.FULL: 1600}
_PLACEHOLDER_SIDE = 16
_QUALITY, _PLACEHOLDER_QUALITY = 80, 30
_DECODERS = 2
_DECODE_SECONDS = 20
_NICENESS = 10


class PictureInvalidError(DomainError):
    """The upload is not a picture that a store can show; choose another file."""


@dataclass(frozen=True, slots=True)
class Renditions:
    """A processed upload: its upright dimensions, a tiny placeholder as a data: address, and WebP bytes per size."""

    width: int
    height: int
    placeholder: str
    contents: dict[str, bytes]


async def render(content: bytes, filename: str) -> Renditions:
    """Check an upload and create its renditions.

    Raises:
        PictureInvalidError: with a sentence that says what is wrong.
    """
    if len(content) > MAX_PICTURE_BYTES:
        raise PictureInvalidError("The picture is larger than 8 MiB. Choose a smaller file.")
    try:
        # The timeout covers only the decoding: waiting for a free decoder is not the picture's fault.
        async with _decoders():
            with anyio.fail_after(_DECODE_SECONDS):
                suffix = PurePath(filename).suffix.lower()
                made = await anyio.to_process.run_sync(
                    _decode_in_background, content, suffix, cancellable=True, limiter=_processes()
                )
    except TimeoutError:
        raise PictureInvalidError("The picture took too long to read. Save it anew or choose another file.") from None
    except anyio.BrokenWorkerProcess:
        raise PictureInvalidError("The picture could not be read. Save it anew or choose another file.") from None
    if isinstance(made, str):
        raise PictureInvalidError(made)
    return made


@cache
def _decoders() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_DECODERS)


@cache
def _processes() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_DECODERS)


def _decode_in_background(content: bytes, extension: str) -> Renditions | str:
    _step_back()
    return decode(content, extension)


@cache
def _step_back() -> None:
    """Yield the CPU to the processes that answer requests: only one merchant waits for an upload."""
    os.nice(_NICENESS)


def decode(content: bytes, extension: str) -> Renditions | str:
    """Decode the content into renditions, or a sentence that says why not; runs in a worker process."""
    Image.MAX_IMAGE_PIXELS = None  # we check our own limit below, with a message
    try:
        with Image.open(io.BytesIO(content), formats=list(_FORMATS)) as image:
            if problem := _problem_before_decoding(image, extension):
                return problem
            return _made(image)
    except UnidentifiedImageError:
        return "This is not a picture in JPEG, PNG or WebP format. Choose such a file."
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError):
        return "The picture is damaged or incomplete. Save it anew or choose another file."


def _problem_before_decoding(image: Image.Image, extension: str) -> str | None:
    """Find problems in the header alone, before a single pixel is decoded."""
    # Phones append a second, smaller picture to the first one (MPO); it is a JPEG, and not animated.
    actual = "JPEG" if image.format == "MPO" else str(image.format)
    if extension and extension not in _FORMATS[actual]:
        return f"The file's name ends in {extension}, but it is a {actual} picture. Give it its right name."
    if image.width * image.height > MAX_PIXELS:
        return f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels. Choose a smaller one."
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        return "The picture is animated. Choose a still one."
    return None


def _made(image: Image.Image) -> Renditions:
    full = _upright(image, _MAX_SIDE[PictureSize.FULL])
    contents = {size.value: _webp(_fitted(full, side), _QUALITY) for size, side in _MAX_SIDE.items()}
    placeholder = base64.b64encode(_webp(_fitted(full, _PLACEHOLDER_SIDE), _PLACEHOLDER_QUALITY)).decode()
    return Renditions(full.width, full.height, f"data:image/webp;base64,{placeholder}", contents)


def _upright(image: Image.Image, side: int) -> Image.Image:
    """The pixels upright, in sRGB and no larger than `side`, with or without transparency, and nothing else.

    Shrink first, so that everything after it takes a fraction of the time and memory.
    """
    scale = side / max(image.size)
    if scale < 1:
        # Decodes a JPEG at a half, a quarter or an eighth of its size, if it is still large enough then.
        image.draft("RGB", (round(image.width * scale), round(image.height * scale)))
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
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode) or image
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
