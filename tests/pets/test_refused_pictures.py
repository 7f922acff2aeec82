"""Uploads are refused with a message, and nothing of them is kept."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.to_process
import httpx
import pytest
from PIL import Image

from menagerie.pets import decoder_processes
from menagerie.pets.decoder_processes import MAX_PICTURE_BYTES
from menagerie.pets.renditions import Renditions, decode
from pets.images import EMPTY_SCAN, animated, halves, huge_png, resized_jpeg, saved
from shop import PICTURE, Shop, pet_input
from workers import totals

NOT_A_PICTURE = "This is not a JPEG, PNG or WebP picture. Choose one in these formats."
DAMAGED = "The picture is damaged or incomplete. Save it again or choose another file."
ANIMATED = "The picture is animated. Choose a still one."
MEGAPIXELS = "The picture has more than 40 megapixels. Choose a smaller one."
SIDE = "The picture is more than 20,000 pixels wide or high. Choose a smaller one."
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
CASES = {
    "empty": (b"", "a.jpg", NOT_A_PICTURE),
    "text": (b"hello", "a.jpg", NOT_A_PICTURE),
    "web page": (b"<html><script>alert(1)</script>", "a.png", NOT_A_PICTURE),
    "SVG": (SVG, "a.svg", NOT_A_PICTURE),
    "GIF": (saved(halves(), "GIF"), "a.gif", NOT_A_PICTURE),
    "GIF called PNG": (saved(halves(), "GIF"), "a.png", NOT_A_PICTURE),
    "BMP": (saved(halves(), "BMP"), "a.bmp", NOT_A_PICTURE),
    "TIFF": (saved(halves(), "TIFF"), "a.jpg", NOT_A_PICTURE),
    "PNG called JPEG": (
        saved(halves(), "PNG"),
        "a.jpg",
        "The file's name ends in .jpg, but it is a PNG picture. Rename it to match.",
    ),
    "JPEG called PNG": (
        PICTURE,
        "a.PNG",
        "The file's name ends in .png, but it is a JPEG picture. Rename it to match.",
    ),
    "JPEG called a program": (
        PICTURE,
        "a.jpg.exe",
        "The file's name ends in .exe, but it is a JPEG picture. Rename it to match.",
    ),
    "animated WebP": (animated("WEBP"), "a.webp", ANIMATED),
    "animated PNG": (animated("PNG"), "a.png", ANIMATED),
    "truncated JPEG": (saved(halves(), "JPEG")[:-900], "a.jpg", DAMAGED),
    "truncated PNG": (saved(halves(), "PNG")[:-60], "a.png", DAMAGED),
    "40 megapixels and one row": (huge_png(40_000, 1_001), "a.png", MEGAPIXELS),
    "a bomb": (huge_png(2**31 - 1, 2**31 - 1), "a.png", MEGAPIXELS),
    "a column": (huge_png(1, 39_999_999), "a.png", SIDE),
    "a row": (huge_png(20_001, 1), "a.png", SIDE),
    "a JPEG that promises more than it holds": (resized_jpeg(6_300, 6_300), "a.jpg", DAMAGED),
    "a JPEG with many scans": (saved(halves(), "JPEG")[:-2] + EMPTY_SCAN * 101 + b"\xff\xd9", "a.jpg", DAMAGED),
    "too many bytes": (
        PICTURE + b"\0" * MAX_PICTURE_BYTES,
        "a.jpg",
        "The picture is larger than 8 MiB. Choose a smaller file.",
    ),
}


def _refusal(response: httpx.Response) -> list[dict]:
    assert response.status_code == 200, response.text
    created = response.json()["data"]["createPet"]
    assert created["__typename"] == "InvalidInput", created
    return created["problems"]


async def test_the_message_gives_the_reason_and_nothing_is_kept(shop: Shop) -> None:
    before = await totals(shop)
    for case, (content, filename, sentence) in CASES.items():
        problems = _refusal(await shop.upload(pet_input(), content, filename))
        assert problems == [{"field": "picture", "message": sentence}], case
    assert await totals(shop) == before


async def test_a_far_too_large_request_is_refused_before_it_is_read(shop: Shop) -> None:
    response = await shop.upload(pet_input(), b"\0" * (MAX_PICTURE_BYTES + 512 * 1024))
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"] == {"code": "TOO_LARGE"}


async def test_problems_of_the_picture_and_the_fields_are_reported_together(shop: Shop) -> None:
    problems = _refusal(await shop.upload(pet_input("", ageYears=-1), b"hello"))
    assert [problem["field"] for problem in problems] == ["name", "ageYears", "picture"]


async def test_a_picture_of_forty_megapixels_is_accepted(shop: Shop) -> None:
    content = saved(Image.new("RGB", (8_000, 5_000), "tan"), "JPEG", quality=30)
    assert (await shop.upload(pet_input(), content)).json()["data"]["createPet"]["__typename"] == "Pet"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_files_are_refused_or_read_but_never_break_the_decoder() -> None:
    chance = random.Random(5)
    originals = [saved(halves(), kind, **options) for kind, options in _VARIETY]
    for number in range(600):
        content = bytearray(originals[number % len(originals)])
        for _ in range(chance.randint(1, 12)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        if number % 3 == 0:
            del content[chance.randrange(len(content)) :]
        made = decode(bytes(content), "")
        assert isinstance(made, Renditions) or made.endswith("."), number


_EXIF = Image.Exif()
_EXIF[0x0112] = 6
_EXIF[0x010F] = "Camera"
_VARIETY = [
    ("JPEG", {"exif": _EXIF}),
    ("PNG", {"exif": _EXIF}),
    ("WEBP", {"exif": _EXIF}),
    ("MPO", {"save_all": True, "append_images": [halves(40, 20)]}),
    ("JPEG", {"progressive": True}),
]


@pytest.mark.parametrize("mebibytes", [60, 512])
def test_a_picture_that_takes_too_much_memory_is_refused(tmp_path: Path, mebibytes: int) -> None:
    (tmp_path / "picture.png").write_bytes(saved(Image.new("RGB", (8_000, 5_000)), "PNG", compress_level=1))
    # In its own process, because the limit cannot be raised again.
    code = (
        "from pathlib import Path; from menagerie.pets import renditions\n"
        f"renditions._MAX_BYTES = {mebibytes} * 1024 * 1024\n"
        "made = renditions.decode_in_background(Path('picture.png').read_bytes(), '.png')\n"
        "print(made if isinstance(made, str) else made.width)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    refused = "The picture takes too much memory to read. Choose a smaller one.\n"
    assert printed == (refused if mebibytes < 100 else "1600\n")


async def test_a_decoder_that_dies_is_the_pictures_fault_and_one_that_cannot_start_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dead = 1

    async def run(work: Callable[..., Any], *_arguments: object, **_options: object) -> Any:
        nonlocal dead
        dead -= 1
        if dead >= 0:
            raise anyio.BrokenWorkerProcess
        return work()

    monkeypatch.setattr(anyio.to_process, "run_sync", run)
    with pytest.raises(decoder_processes.PictureInvalidError, match="could not be read"):
        await decoder_processes.render(PICTURE, "a.jpg")
    dead = 2
    with pytest.raises(anyio.BrokenWorkerProcess):
        await decoder_processes.render(PICTURE, "a.jpg")


async def test_stores_take_turns_at_the_decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    async def run(*_arguments: object, **_options: object) -> str:
        await asyncio.sleep(0.01)
        return "Refused."

    async def one(store: str) -> None:
        with pytest.raises(decoder_processes.PictureInvalidError):
            await decoder_processes.render(PICTURE, "a.jpg", store)
        done.append(store)

    monkeypatch.setattr(anyio.to_process, "run_sync", run)
    flood = [asyncio.create_task(one("pawsome")) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.gather(one("ribbit"), *flood)
    assert done.index("ribbit") <= 4


async def test_several_large_uploads_leave_the_event_loop_free(shop: Shop) -> None:
    content = saved(halves(4_000, 3_000), "JPEG", quality=90)
    await shop.upload(pet_input(), content)  # start the decoders
    longest, done = 0.0, False

    async def watch() -> None:
        nonlocal longest
        while not done:
            started = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - started - 0.005)

    watching = asyncio.create_task(watch())
    started = time.perf_counter()
    responses = await asyncio.gather(*(shop.upload(pet_input(f"Pet {n}"), content) for n in range(6)))
    took, done = time.perf_counter() - started, True
    await watching
    assert all(response.json()["data"]["createPet"]["__typename"] == "Pet" for response in responses)
    # Decoding and encoding six takes more than a second, which would show as one long pause of the loop.
    assert longest < max(0.25, took / 6), (longest, took)
