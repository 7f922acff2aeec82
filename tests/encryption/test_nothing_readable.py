"""After a busy day, no personal data is readable in storage, caches or logs."""

import asyncio
import base64
import io
import json
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import redis
import structlog
from PIL import Image

from menagerie.logs import configure_logs
from menagerie.secrets.passwords import hash_password
from menagerie.settings import Settings
from plain_postgres import DatabaseServer
from shop import PASSWORD, Shop, basic, pet_input

TAG = uuid4().hex[:10]
SECRETS = {
    "customer's email": f"zoe-{TAG}@customers.example",
    "customer's name": f"Zoe Quarrel {TAG}",
    "customer's password": f"pass phrase {TAG}",
    "wrong password": f"wrong guess {TAG}",
    "stranger's email": f"stranger-{TAG}@customers.example",
    "breeder's name": f"Berta Breeder {TAG}",
    "breeder's email": f"berta-{TAG}@breeders.example",
    "picture's EXIF": f"taken at home {TAG}",
    "merchant's password": PASSWORD,
}
PUBLIC = f"Luna {TAG}"
# File systems may round the time of a change.
_CLOCK_SECONDS = 2


def _picture() -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = SECRETS["picture's EXIF"]
    exif[0x8298] = SECRETS["picture's EXIF"]
    Image.new("RGB", (80, 60), "tan").save(buffer, "JPEG", exif=exif, comment=SECRETS["picture's EXIF"].encode())
    assert SECRETS["picture's EXIF"].encode() in buffer.getvalue()
    return buffer.getvalue()


@pytest.fixture(params=["text", "json"])
def logs(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory of the log, in one format, at the most verbose level."""
    path = tmp_path / "log"
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with path.open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        configure_logs(request.param, "DEBUG")
        # Otherwise loggers that were used before keep their first configuration.
        structlog.configure(cache_logger_on_first_use=False)
        yield path
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


async def _busy_day(shop: Shop) -> set[str]:
    """A busy day in the store. Returns the issued tokens, which are secrets too."""
    sign_up = """mutation($store: String!, $email: String!, $name: String!, $secret: String!) {
        signUp(input: {store: $store, email: $email, name: $name, password: $secret}) { __typename } }"""
    secret, name = SECRETS["customer's password"], SECRETS["customer's name"]
    customer = {"email": SECRETS["customer's email"], "name": SECRETS["customer's name"]}
    for _ in range(2):  # the second time, the email address is taken
        await shop.post("signup", sign_up, None, store=shop.slug, secret=secret, **customer)
    create = """mutation($email: String!, $name: String!, $secret: String!) {
        createCustomer(input: {email: $email, name: $name, password: $secret}) { __typename } }"""
    await shop.as_merchant(create, secret=secret, **customer)
    breeder = {"breederName": SECRETS["breeder's name"], "breederEmail": SECRETS["breeder's email"]}
    luna = await shop.list_pet(PUBLIC, content=_picture(), **breeder)
    await shop.upload(pet_input("", ageYears=-1, **breeder), _picture()[:200])
    user = f"{shop.slug}/{customer['email']}"
    tokens = set()
    for _ in range(2):
        answer = await shop.post("storefront", "mutation { signIn { token } }", user, password=secret)
        tokens.add(answer.json()["data"]["signIn"]["token"])
    token = min(tokens)
    for query in (
        # First, while the shelf isn't in the server's memory, because such answers are shared through Valkey.
        "{ pets { nodes { name picture { url } } totalCount } }",
        "{ me { name email } pets { nodes { name picture { url } } } }",
        f'mutation {{ addToCart(petId: "{luna["id"]}") {{ __typename }} }}',
        f'{{ pets(search: "{name}") {{ totalCount }} }}',
        "mutation { checkout { __typename } }",
        f'{{ nonsense(name: "{name}") }}',
        "mutation { signOut }",
    ):
        await shop.post("storefront", query, user, password=token)
    await shop.post("storefront", "{ me { name } }", user, password=SECRETS["wrong password"])
    stranger = f"{shop.slug}/" + SECRETS["stranger's email"]
    await shop.post("storefront", "{ me { name } }", stranger, password=SECRETS["wrong password"])
    await shop.post("storefront", "{ me { name } }", user, password=token)
    await shop.as_merchant('{ soldPets(start: "2020-01-01", end: "2999-01-01") { nodes { breederEmail } } }')
    await shop.client.get(luna["picture"]["url"])
    await shop.client.get(luna["picture"]["url"].partition("?")[0], headers={"Authorization": basic(user, secret)})
    return tokens


def _forms(text: str) -> set[bytes]:
    """The forms that a stored text may have: plain, escaped, Base64 at any offset, hexadecimal, UTF-16."""
    raw = text.encode()
    shifted = {base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)}
    return {raw, raw.lower(), raw.upper(), json.dumps(text)[1:-1].encode(), raw.hex().encode(), *shifted} | {
        text.encode("utf-16-le")
    }


def _found(haystack: bytes, secrets: dict[str, str]) -> set[str]:
    return {what for what, text in secrets.items() if any(form in haystack for form in _forms(text))}


def _cached(settings: Settings) -> bytes:
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as valkey:
        keys = list(valkey.scan_iter(count=1000))
        assert keys
        parts: list[bytes] = []
        for key in keys:
            value = valkey.get(key)
            assert not isinstance(value, str), "this client decodes nothing"
            parts += (key, value or b"", valkey.dump(key) or b"")
    return b"\n".join(parts)


async def test_no_secret_is_readable_anywhere(
    shop: Shop, database_server: DatabaseServer, settings: Settings, logs: Path
) -> None:
    began = time.time()
    tokens = await _busy_day(shop)
    secrets = SECRETS | {f"token {number}": token for number, token in enumerate(sorted(tokens))}
    with psycopg.connect(database_server.superuser_for(shop.store.schema), autocommit=True) as connection:
        connection.execute("CHECKPOINT")

    dump = await asyncio.to_thread(database_server.dump)
    assert PUBLIC.encode() in dump, "the search doesn't even find public data"
    assert shop.store.schema.encode() in dump
    assert _found(dump, secrets) == set()

    cached = _cached(settings)
    assert PUBLIC.encode() in cached
    assert _found(cached, secrets) == set()

    logged = _everything(logs.parent)
    assert shop.slug.encode() in logged
    assert logged.count(b"request") > 10
    assert _found(logged, secrets) == set()

    for what, places in database_server.data_directories().items():
        content = b"\n".join([await asyncio.to_thread(_everything, place, began) for place in places])
        assert content
        if what == "data":
            assert PUBLIC.encode() in content
        assert _found(content, secrets) == set(), what


def _everything(directory: Path, since: float = 0) -> bytes:
    """The contents of the files changed since a moment; older ones can't contain these secrets."""
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return b"\n".join(path.read_bytes() for path in files if path.stat().st_mtime >= since - _CLOCK_SECONDS)


async def test_a_fault_shows_no_secret_in_the_log(shop: Shop, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback with local variables and statements would leak personal data."""
    from menagerie.accounts import customers

    async def broken(password: str) -> str:
        plain = password
        raise RuntimeError(f"out of order after {len(plain)} characters")

    monkeypatch.setattr(customers, "hash_password", broken)
    create = """mutation($email: String!, $name: String!, $secret: String!) {
        createCustomer(input: {email: $email, name: $name, password: $secret}) { __typename } }"""
    answer = await shop.post(
        "merchant",
        create,
        f"{shop.slug}/{shop.merchant}",
        email=SECRETS["customer's email"],
        name=SECRETS["customer's name"],
        secret=SECRETS["customer's password"],
    )
    error = answer.json()["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL"
    logged = _everything(logs.parent)
    assert error["extensions"]["reference"].encode() in logged
    assert b"out of order" in logged
    assert b"out of order" not in answer.content
    assert _found(logged, SECRETS) == set()


def test_the_search_finds_a_secret_in_every_form() -> None:
    text = "Zoe Quarrel, a secret"
    for stored in (
        text.encode(),
        text.lower().encode(),
        b"\\x" + text.encode().hex().encode(),
        base64.b64encode(b"1" + text.encode() + b"22"),
        base64.b64encode(b"12" + text.encode() + b"2"),
        text.encode("utf-16-le"),
    ):
        assert _found(b"before " + stored + b" after", {"it": text}) == {"it"}


async def test_deleting_the_key_makes_the_rest_unreadable(shop: Shop) -> None:
    """The data key is only in the platform schema, wrapped; nothing in the store's schema opens it."""
    from menagerie.secrets.envelope import KeyMismatchError, MasterKeys

    with psycopg.connect(shop.runtime.settings.database_url.get_secret_value()) as connection:
        found = connection.execute("SELECT wrapped FROM platform.data_key WHERE store_id = %s", (shop.store.id,))
        row = found.fetchone()
    assert row is not None
    wrapped = row[0]
    assert len(wrapped) == 1 + 4 + 12 + 32 + 16
    with pytest.raises(KeyMismatchError):
        MasterKeys([bytes(32)]).unwrap(wrapped, shop.store.id)
    assert (await hash_password(PASSWORD)).startswith("$argon2id$")
