"""Pictures are served to callers who may see them, and never change."""

import re
import time
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from menagerie.pets.models import PictureSize
from menagerie.pets.pictures import signature_holds, signed_address
from shop import Shop, basic

DAY = 24 * 60 * 60


async def _address(shop: Shop) -> str:
    return (await shop.list_pet())["picture"]["url"]


def _refused(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"] == {"code": code}
    assert response.json()["errors"][0]["message"].endswith(".")
    assert response.headers["cache-control"] == "no-store"


async def test_a_signed_address_loads_without_credentials(shop: Shop) -> None:
    response = await shop.client.get(await _address(shop))
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/webp"
    assert response.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.content[8:12] == b"WEBP"


async def test_a_cached_picture_is_not_sent_again(shop: Shop) -> None:
    address = await _address(shop)
    etag = (await shop.client.get(address)).headers["etag"]
    again = await shop.client.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert (await shop.client.get(address, headers={"If-None-Match": '"another"'})).status_code == 200


async def test_the_stores_credentials_are_enough(shop: Shop, other: Shop) -> None:
    path = urlsplit(await _address(shop)).path
    for user in (f"{shop.slug}/ada@example.com", f"{shop.slug}/{shop.merchant}"):
        assert (await shop.client.get(path, headers={"Authorization": basic(user)})).status_code == 200
    for user in (f"{other.slug}/ada@example.com", f"{other.slug}/{other.merchant}", shop.merchant):
        _refused(await shop.client.get(path, headers={"Authorization": basic(user)}), 403, "FORBIDDEN")


async def test_without_either_the_answer_is_401_and_the_realm_is_the_store(shop: Shop) -> None:
    path = urlsplit(await _address(shop)).path
    response = await shop.client.get(path)
    _refused(response, 401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == f'Basic realm="{shop.slug}", charset="UTF-8"'
    wrong = await shop.client.get(path, headers={"Authorization": basic(f"{shop.slug}/ada@example.com", "wrong pass")})
    _refused(wrong, 401, "UNAUTHENTICATED")


async def test_a_signature_covers_one_picture_size_store_and_expiry(shop: Shop, other: Shop) -> None:
    address = await _address(shop)
    expiry = int(parse_qs(urlsplit(address).query)["e"][0])
    wrong = [
        address[:-1] + ("A" if address[-1] != "A" else "B"),
        address.replace("/card.", "/full."),
        address.replace(f"e={expiry}", f"e={expiry + DAY}"),
        address.replace(f"e={expiry}", "e=9" * 3),
        address.replace(shop.slug, other.slug),
        address.replace(shop.slug, "no-such-store"),
        re.sub(r"pictures/[^/]+", f"pictures/{uuid4()}", address),
        re.sub(r"&s=.*", "&s=", address),
        re.sub(r"&s=.*", "&s=%C3%A9", address),
        re.sub(r"e=\d+", "e=%D9%A1", address),
        address.replace(shop.slug, "%00"),
    ]
    for tried in wrong:
        _refused(await shop.client.get(tried), 403, "FORBIDDEN")
    assert (await shop.client.get(address)).status_code == 200


async def test_an_unknown_picture_is_404(shop: Shop) -> None:
    me = {"Authorization": basic(f"{shop.slug}/ada@example.com")}
    for name in (f"{uuid4()}/card", "nonsense/card", f"{uuid4()}/huge", f"{uuid4()}/CARD"):
        _refused(await shop.client.get(f"/stores/{shop.slug}/pictures/{name}.webp", headers=me), 404, "NOT_FOUND")


async def test_a_suspended_stores_pictures_are_refused(shop: Shop) -> None:
    address = await _address(shop)
    await shop.runtime.stores.suspend(shop.store)
    _refused(await shop.client.get(address), 403, "STORE_CLOSED")


@pytest.mark.parametrize("moment", [0, 1, DAY // 2, DAY - 1])
def test_an_address_is_the_same_all_day_and_valid_for_one_to_two_days(shop: Shop, moment: int) -> None:
    picture, start = UUID(int=7), time.time() // DAY * DAY
    address = signed_address(shop.store, picture, PictureSize.CARD, now=start + moment)
    assert address == signed_address(shop.store, picture, PictureSize.CARD, now=start)
    assert address != signed_address(shop.store, picture, PictureSize.CARD, now=start + DAY)
    valid_for = int(parse_qs(urlsplit(address).query)["e"][0]) - (start + moment)
    assert DAY < valid_for <= 2 * DAY


async def test_an_expired_address_is_refused(shop: Shop) -> None:
    address = await _address(shop)
    found = re.search(r"pictures/([^/]+)/", address)
    assert found is not None
    picture = UUID(found[1])
    expired = signed_address(shop.store, picture, PictureSize.CARD, now=time.time() - 2 * DAY)
    _refused(await shop.client.get(expired), 403, "FORBIDDEN")
    query = parse_qs(urlsplit(expired).query)
    assert not signature_holds(shop.store, picture, PictureSize.CARD, query["e"][0], query["s"][0])
