"""Pictures: what may be uploaded, what is kept of it, and the signed addresses that hand it out.

The decoder runs in a process of its own, few at a time: hostile files are met outside the server, and the event loop
goes on. What is kept is re-encoded from pixels, so that no metadata and no trailing bytes survive.
"""

import base64
import hmac
import io
import os
import time
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from uuid import UUID

import anyio
import anyio.to_process
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from menagerie.database.session import ReadSession, WriteSession
from menagerie.errors import Problem
from menagerie.pets.models import PictureSize
from menagerie.secrets.envelope import DataKey
from menagerie.stores.models import Store

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
_FORMATS = {"JPEG": {".jpg", ".jpeg", ".jfif"}, "PNG": {".png"}, "WEBP": {".webp"}}
_LONGEST_SIDE = {PictureSize.THUMBNAIL: 160, PictureSize.CARD: 640, PictureSize.FULL: 1600}
_PLACEHOLDER_SIDE = 16
_QUALITY, _PLACEHOLDER_QUALITY = 80, 30
_DECODERS = 2
_DECODE_SECONDS = 20
_NICENESS = 10
_DAY_SECONDS = 24 * 60 * 60
_SIGNATURE_BYTES = 16


class PictureRefused(Problem):
    """The upload is not a picture that a store can show; choose another file."""


@dataclass(frozen=True, slots=True)
class Renditions:
    """An upload made ready: its size upright, a tiny stand-in as a data: address, and WebP bytes per size."""

    width: int
    height: int
    placeholder: str
    contents: dict[str, bytes]


async def render(content: bytes, filename: str) -> Renditions:
    """Check an upload and make what is kept of it.

    Raises:
        PictureRefused: with a sentence that says why.
    """
    if len(content) > MOST_BYTES:
        raise PictureRefused("The picture is larger than 8 MiB. Choose a smaller file.")
    try:
        # Waiting for a free decoder is not the picture's fault: the time counts from when it is decoded.
        async with _decoders():
            with anyio.fail_after(_DECODE_SECONDS):
                suffix = PurePath(filename).suffix.lower()
                made = await anyio.to_process.run_sync(
                    _decode_in_background, content, suffix, cancellable=True, limiter=_processes()
                )
    except TimeoutError:
        raise PictureRefused("The picture took too long to read. Save it anew or choose another file.") from None
    except anyio.BrokenWorkerProcess:
        raise PictureRefused("The picture could not be read. Save it anew or choose another file.") from None
    if isinstance(made, str):
        raise PictureRefused(made)
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
    """Let those who answer people have the processor first: an upload is waited for by one merchant."""
    os.nice(_NICENESS)


def decode(content: bytes, extension: str) -> Renditions | str:
    """Renditions of the content, or a sentence about why there are none; runs in a worker process."""
    Image.MAX_IMAGE_PIXELS = None  # the limit below is ours and has a sentence
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
    """What the header alone tells, before a single pixel is decoded."""
    # Phones write a second, smaller picture behind the first one (MPO); it is a JPEG, and not animated.
    actual = "JPEG" if image.format == "MPO" else str(image.format)
    if extension and extension not in _FORMATS[actual]:
        return f"The file's name ends in {extension}, but it is a {actual} picture. Give it its right name."
    if image.width * image.height > MOST_PIXELS:
        return f"The picture has more than {MOST_PIXELS // 1_000_000} megapixels. Choose a smaller one."
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        return "The picture is animated. Choose a still one."
    return None


def _made(image: Image.Image) -> Renditions:
    # JPEG can be decoded at a fraction of its size; for the largest uploads that is most of the time and memory.
    side = 2 * _LONGEST_SIDE[PictureSize.FULL]
    image.draft("RGB", (side, side))
    upright = _plain(ImageOps.exif_transpose(image))
    full = _fitted(upright, _LONGEST_SIDE[PictureSize.FULL])
    contents = {size.value: _webp(_fitted(full, side), _QUALITY) for size, side in _LONGEST_SIDE.items()}
    placeholder = base64.b64encode(_webp(_fitted(full, _PLACEHOLDER_SIDE), _PLACEHOLDER_QUALITY)).decode()
    return Renditions(full.width, full.height, f"data:image/webp;base64,{placeholder}", contents)


def _plain(image: Image.Image) -> Image.Image:
    """The pixels in sRGB, with or without transparency, and nothing else."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    converted = image.convert(mode)
    if profile and image.mode in {"RGB", "RGBA"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(converted, source, target, outputMode=mode) or converted
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile is no reason to refuse the pixels
    return converted


def _fitted(image: Image.Image, side: int) -> Image.Image:
    copy = image.copy()
    copy.thumbnail((side, side), Image.Resampling.LANCZOS)
    return copy


def _webp(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return buffer.getvalue()


async def keep(session: WriteSession, store: Store, picture_id: UUID, renditions: Renditions) -> None:
    """Store the renditions, sealed with the store's key."""
    await session.execute(
        "INSERT INTO picture (id, width, height, placeholder) VALUES (%s, %s, %s, %s)",
        (picture_id, renditions.width, renditions.height, renditions.placeholder),
    )
    for size, content in renditions.contents.items():
        sealed = store.key.seal(content, table="picture_rendition", column="content", row=f"{picture_id}/{size}")
        await session.execute(
            "INSERT INTO picture_rendition (picture_id, size, content) VALUES (%s, %s, %s)", (picture_id, size, sealed)
        )


@dataclass(frozen=True, slots=True)
class _Content:
    content: bytes


async def load(session: ReadSession, store: Store, picture_id: UUID, size: PictureSize) -> bytes | None:
    """The WebP bytes of a picture, or None where there is no such picture. The session ends with it."""
    row = await session.finish_one(
        _Content,
        "SELECT content FROM picture_rendition WHERE picture_id = %s AND size = %s",
        (picture_id, size.value),
    )
    if row is None:
        return None
    place = f"{picture_id}/{size.value}"
    return store.key.unseal(row.content, table="picture_rendition", column="content", row=place)


class Addresses:
    """The signed addresses of one picture, each made once a day."""

    __slots__ = ("_expiry", "_made", "_picture_id", "_store")

    def __init__(self, store: Store, picture_id: UUID) -> None:
        self._store, self._picture_id = store, picture_id
        self._expiry = 0
        self._made: dict[PictureSize, str] = {}

    def of(self, size: PictureSize) -> str:
        """The address of a size."""
        now = time.time()
        expiry = _expiry(now)
        if expiry != self._expiry:
            self._expiry, self._made = expiry, {}
        if size not in self._made:
            self._made[size] = signed_address(self._store, self._picture_id, size, now=now)
        return self._made[size]


def signed_address(store: Store, picture_id: UUID, size: PictureSize, *, now: float | None = None) -> str:
    """An address that works without credentials for one to two days and is the same for all of a day."""
    expiry = _expiry(now or time.time())
    signature = _signature(store.key, store.id, picture_id, size.value, expiry)
    return f"/stores/{store.slug}/pictures/{picture_id}/{size.value}.webp?e={expiry}&s={signature}"


def _expiry(now: float) -> int:
    return (int(now) // _DAY_SECONDS + 2) * _DAY_SECONDS


def signature_holds(store: Store, picture_id: UUID, size: PictureSize, expiry: str, signature: str) -> bool:
    """Whether a signature was made for this picture, size and expiry by this store, and has not expired."""
    if not (expiry.isascii() and expiry.isdigit() and len(expiry) < 12):  # noqa: PLR2004  beyond the year 5000
        return False
    expected = _signature(store.key, store.id, picture_id, size.value, int(expiry))
    return hmac.compare_digest(expected.encode(), signature.encode()) and time.time() < int(expiry)


def _signature(key: DataKey, store_id: UUID, picture_id: UUID, size: str, expiry: int) -> str:
    mac = key.sign("picture", f"{store_id}/{picture_id}/{size}/{expiry}")[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")
