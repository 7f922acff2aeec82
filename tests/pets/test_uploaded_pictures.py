"""An uploaded picture becomes three plain WebP files: upright, and with nothing but pixels."""

import io
import struct

import pytest
from PIL import Image

from menagerie.pets.renditions import decode
from pets.images import halves, pixel, saved, with_metadata
from shop import Shop, pet_input


async def _served(shop: Shop, content: bytes, filename: str = "") -> dict[str, bytes]:
    response = await shop.upload(pet_input(), content, filename or "pet")
    created = response.json()["data"]["createPet"]
    assert created["__typename"] == "Pet", created
    urls = "thumbnail: url(size: THUMBNAIL) card: url full: url(size: FULL)"
    query = f"query($id: ID!) {{ pet(id: $id) {{ picture {{ {urls} }} }} }}"
    addresses = (await shop.storefront(query, id=created["id"]))["pet"]["picture"]
    return {size: (await shop.client.get(address)).content for size, address in addresses.items()}


def _opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    assert image.format == "WEBP"
    image.load()
    return image


@pytest.mark.parametrize(("kind", "filename"), [("JPEG", "a.jpg"), ("JPEG", "A.JPEG"), ("PNG", "a.png"), ("WEBP", "")])
async def test_three_sizes_are_kept_and_never_enlarged(shop: Shop, kind: str, filename: str) -> None:
    served = await _served(shop, saved(halves(2000, 1000), kind), filename)
    assert {size: _opened(content).size for size, content in served.items()} == {
        "thumbnail": (160, 80),
        "card": (640, 320),
        "full": (1600, 800),
    }
    small = await _served(shop, saved(halves(100, 60), kind), filename)
    assert {_opened(content).size for content in small.values()} == {(100, 60)}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_nothing_but_pixels_is_kept(shop: Shop, kind: str) -> None:
    content = with_metadata(kind)
    assert content.count(b"SECRET") >= 3
    for kept in (await _served(shop, content)).values():
        assert b"SECRET" not in kept
        image = _opened(kept)
        assert not image.getexif()
        assert not {"exif", "xmp", "icc_profile"} & set(image.info)
        for part in (b"EXIF", b"XMP ", b"ICCP"):
            assert part not in kept


async def test_a_rotated_camera_gives_an_upright_picture(shop: Shop) -> None:
    # What a camera does for each EXIF orientation: the inverse of what a viewer must do.
    turned = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    for orientation, turn in turned.items():
        image, exif = halves(), Image.Exif()
        exif[0x0112] = orientation
        if turn is not None:
            image = image.transpose(Image.Transpose(turn))
        full = _opened((await _served(shop, saved(image, "JPEG", exif=exif, quality=95)))["full"]).convert("RGB")
        assert full.size == (400, 200), orientation
        red, blue = pixel(full, (50, 100)), pixel(full, (350, 100))
        assert red[0] > 200 > red[2], orientation
        assert blue[2] > 200 > blue[0], orientation


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_large_rotated_picture_is_upright_when_scaled_down(shop: Shop, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = halves(4000, 3000).transpose(Image.Transpose.ROTATE_90)
    served = await _served(shop, saved(turned, kind, exif=exif))
    full = _opened(served["full"]).convert("RGB")
    assert full.size == (1600, 1200)
    red, blue = pixel(full, (400, 600)), pixel(full, (1200, 600))
    assert red[0] > 200 > red[2]
    assert blue[2] > 200 > blue[0]


async def test_transparency_is_kept(shop: Shop) -> None:
    see_through = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    see_through.paste((255, 0, 0, 255), (0, 0, 150, 200))
    palette = see_through.convert("P")
    palette.info["transparency"] = palette.getpixel((250, 100))
    for image in (see_through, palette):
        for kept in (await _served(shop, saved(image, "PNG"))).values():
            opened = _opened(kept).convert("RGBA")
            width, height = opened.size
            assert pixel(opened, (width - 4, height // 2))[3] < 10
            assert pixel(opened, (4, height // 2))[3] > 245


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "I;16", "CMYK", "RGBA"])
async def test_unusual_pixel_formats_are_accepted(shop: Shop, mode: str) -> None:
    image = halves().convert("L").convert(mode) if mode != "RGBA" else halves(mode="RGBA")
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert len(await _served(shop, saved(image, kind))) == 3


async def test_a_phones_picture_followed_by_a_second_one_is_accepted(shop: Shop) -> None:
    content = saved(halves(), "MPO", save_all=True, append_images=[Image.new("RGB", (50, 50), "green")])
    served = await _served(shop, content, "IMG_1.jpg")
    assert _opened(served["full"]).size == (400, 200)


async def test_the_placeholder_is_a_tiny_picture_and_the_dimensions_are_known(shop: Shop) -> None:
    created = await shop.list_pet("Luna", content=saved(halves(), "JPEG"))
    picture = created["picture"]
    assert (picture["width"], picture["height"]) == (400, 200)
    assert picture["placeholder"].startswith("data:image/webp;base64,")
    assert len(picture["placeholder"]) < 600


def test_grey_of_sixteen_bits_keeps_its_shades() -> None:
    row = struct.pack("<H", 0x4000) * 100 + struct.pack("<H", 0x8000) * 100 + struct.pack("<H", 0xFFFF) * 100
    image = Image.frombytes("I;16", (300, 100), row * 100)
    made = decode(saved(image, "PNG"), ".png")
    assert not isinstance(made, str)
    with Image.open(io.BytesIO(made.contents["full"])) as full:
        shades = [pixel(full.convert("RGB"), (x, 50))[0] for x in (50, 150, 250)]
    assert [abs(shade - wanted) <= 3 for shade, wanted in zip(shades, (0x40, 0x80, 0xFF), strict=True)] == [True] * 3
