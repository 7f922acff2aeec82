"""An answer is cached for at most a minute, so its addresses stay valid for more than a day."""

import time
from urllib.parse import parse_qs, urlsplit

from cache.conftest import Pair
from menagerie.cache.version import LIFETIME_SECONDS
from workers import stock

DAY = 24 * 60 * 60
QUERY = "{ pets { nodes { picture { thumbnail: url(size: THUMBNAIL) card: url full: url(size: FULL) } } } }"


async def test_addresses_in_a_cached_answer_load_and_last_for_a_day(pair: Pair) -> None:
    await stock(pair.first, ["Luna"])
    await pair.first.storefront(QUERY)
    kept = (await pair.second.storefront(QUERY))["pets"]["nodes"][0]["picture"]
    for address in kept.values():
        expiry = int(parse_qs(urlsplit(address).query)["e"][0])
        assert expiry - time.time() > DAY
        assert expiry - time.time() <= 2 * DAY
        response = await pair.second.client.get(address)
        assert (response.status_code, response.headers["content-type"]) == (200, "image/webp")


def test_an_answer_is_cached_for_far_less_than_a_day() -> None:
    assert LIFETIME_SECONDS <= 60
