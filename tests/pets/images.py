"""Files to upload: good, bad and hostile."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, PngImagePlugin


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halves(width: int = 400, height: int = 200, mode: str = "RGB") -> Image.Image:
    """A picture with a red left half and a blue right half."""
    image = Image.new(mode, (width, height), "red")
    image.paste(Image.new(mode, (width // 2, height), "blue"), (width // 2, 0))
    return image


def pixel(image: Image.Image, place: tuple[int, int]) -> tuple[int, ...]:
    """A pixel of a picture that has several channels."""
    found = image.getpixel(place)
    assert isinstance(found, tuple)
    return found


def with_metadata(kind: str) -> bytes:
    """A picture with all the metadata that cameras and editors write."""
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    options: dict[str, Any] = {"exif": exif, "icc_profile": b"SECRETPROFILE" * 40}
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", "SECRETTEXT")
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", "<x>SECRETXMP</x>")
    elif kind == "WEBP":
        options["xmp"] = b"<x>SECRETXMP</x>"
    else:
        options["comment"] = b"SECRETCOMMENT"
        options["xmp"] = b"<x>SECRETXMP</x>"
    return saved(halves(), kind, **options) + b"SECRETTRAILER" * 10


def animated(kind: str) -> bytes:
    return saved(halves(), kind, save_all=True, append_images=[Image.new("RGB", (400, 200), "green")], duration=100)


def huge_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a huge picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def resized_jpeg(width: int, height: int) -> bytes:
    """A small JPEG whose header promises another size."""
    content = bytearray(saved(halves(), "JPEG"))
    place = content.index(b"\xff\xc0") + 5
    content[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(content)


EMPTY_SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
"""The header of a scan of a JPEG, without data."""
