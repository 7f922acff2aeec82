"""Without the master keys, nobody's data can be read in the backup storage."""

import zlib
from pathlib import Path

from claims import writable
from menagerie.backups.creation import create
from menagerie.backups.manifest import bundle_path
from menagerie.backups.storage import open_storage
from menagerie.secrets.envelope import MasterKeys
from shop import PASSWORD, Shop, jpeg

PUBLIC = "Luna the public cat"
DESCRIPTION = "Chases the red dot along the wall."


def _files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


async def test_a_backup_shows_nothing_but_slugs_and_numbers(shop: Shop, other: Shop, tmp_path: Path) -> None:
    picture = jpeg(200, 200)
    pet = await shop.list_pet(PUBLIC, description=DESCRIPTION, content=picture)
    await other.list_pet()
    await shop.buy(pet["id"])
    user = f"{shop.slug}/ada@example.com"
    signed_in = await shop.post("storefront", "mutation { signIn { token } }", user)
    token = signed_in.json()["data"]["signIn"]["token"]
    served = await shop.client.get(pet["picture"]["url"])
    settings = shop.runtime.settings
    assert settings.owner_database_url
    owner = settings.owner_database_url.get_secret_value()
    storage = writable(open_storage(str(tmp_path / "backups"), settings, make=True))
    manifest = create(owner, storage, MasterKeys(settings.master_key_bytes), (), lambda _done, _all: None).manifest

    found = _files(tmp_path)
    assert len(found) >= 6
    everything = b"\n".join(found.values())
    assert shop.slug.encode() in everything, "the search doesn't even find public data"
    secrets = {
        "customer's address": b"ada@example.com",
        "customer's name": b"Ada Lovelace",
        "breeder's name": b"Berta Breeder",
        "breeder's address": b"berta@breeders.example",
        "password": PASSWORD.encode(),
        "password hash": b"$argon2id$",
        "token": token.encode(),
        "pet": PUBLIC.encode(),
        "description": DESCRIPTION.encode(),
        "merchant": shop.merchant.encode(),
        "store's name": shop.store.name.encode(),
        "uploaded picture": picture[100:140],
        "served picture": served.content[40:80],
        "start of a picture": b"WEBPVP8",
        "a table": b"breeder_email",
        "data key's table": b"wrapped_key",
    }
    for what, secret in secrets.items():
        for form in (secret, secret.hex().encode(), secret.decode("latin-1").encode("utf-16-le")):
            assert form not in everything, what
    # Encrypted content is like noise, so it doesn't compress.
    for slug in (shop.slug, other.slug, "platform"):
        body = found[f"backups/{bundle_path(manifest.name, slug)}"].partition(b"\n---")[2][100:]
        assert len(zlib.compress(body, 9)) >= len(body), slug
