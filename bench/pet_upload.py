"""A request that lists a pet with a picture as large as a camera's, as its merchant's page would send it."""

import io

import orjson
from PIL import Image, ImageChops

from menagerie.demo.stores import PICTURES
from population import PASSWORD, Shop
from request import basic

_DIFFERENT = 4
_PIXELS = (4000, 3000)
_BYTES = 3_000_000
_BOUNDARY = "the-next-part-of-a-pet"
_QUERY = (
    "mutation($input: CreatePetInput!) { createPet(input: $input) { __typename ... on Pet { id picture { width } } } }"
)
_PET = {
    "name": "Biscuit",
    "species": "DOG",
    "ageYears": 3,
    "description": "A friendly dog.",
    "picture": None,
    "breederName": "Hazel Field",
    "breederEmail": "hazel.field@example.com",
}


def pictures() -> list[bytes]:
    """Photographs like a camera's, of some three megabytes each; it is the grain that makes them that large."""
    contents = []
    for file in sorted(PICTURES.glob("*.webp"))[:_DIFFERENT]:
        with Image.open(file) as image:
            large = image.convert("RGB").resize(_PIXELS, Image.Resampling.LANCZOS)
        grain = Image.effect_noise(_PIXELS, 24).convert("RGB")
        contents.append(_sized(ImageChops.add(large, grain, scale=1, offset=-128)))
    return contents


def _sized(image: Image.Image) -> bytes:
    """The image as a JPEG, of a quality that gives it about the intended size."""
    least, most = 10, 95
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if len(_jpeg(image, middle)) < _BYTES else (least, middle)
    return _jpeg(image, least)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def upload(port: int, shop: Shop, picture: bytes) -> bytes:
    """A complete request, according to the GraphQL multipart request specification."""
    operations = orjson.dumps({"query": _QUERY, "variables": {"input": _PET}})
    parts = [
        (b'name="operations"', operations),
        (b'name="map"', b'{"0": ["variables.input.picture"]}'),
        (b'name="0"; filename="pet.jpg"\r\nContent-Type: image/jpeg', picture),
    ]
    boundary = _BOUNDARY.encode()
    body = b"".join(b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (boundary, *part) for part in parts)
    body += b"--%b--\r\n" % boundary
    merchant = basic(f"{shop.store.slug}/{shop.merchant}", PASSWORD)
    head = (
        f"POST /graphql/merchant HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: {merchant}\r\n"
        f"Accept: application/json\r\nContent-Type: multipart/form-data; boundary={_BOUNDARY}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
