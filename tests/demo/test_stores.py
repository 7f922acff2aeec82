"""The demo's data: enough of it, valid, and the same every time."""

import re
from collections import Counter

from PIL import Image

from menagerie.demo.stores import DEMO_PASSWORD, DEMO_STORES, PICTURES

PETS = [pet for store in DEMO_STORES for pet in store.pets]


def test_every_store_has_enough_of_every_species():
    assert [store.slug for store in DEMO_STORES] == ["pawsome", "ribbit"]
    for store in DEMO_STORES:
        assert Counter(pet.species for pet in store.pets) == {"CAT": 20, "DOG": 20, "FROG": 20}
        assert len(store.customers) == 2


def test_no_two_pets_are_the_same():
    assert len({(pet.species, pet.name) for pet in PETS}) == len(PETS)
    assert len({pet.description for pet in PETS}) == len(PETS)


def test_ages_and_addresses_are_valid():
    for pet in PETS:
        assert 0 <= pet.age_years <= 15
        assert pet.breeder_email.endswith("@example.com")
        assert pet.description.endswith((".", "!"))


def test_every_picture_is_used_in_every_store_and_is_a_small_webp():
    files = set(PICTURES.glob("*.webp"))
    for store in DEMO_STORES:
        assert {pet.picture for pet in store.pets} == files
    assert sum(file.stat().st_size for file in files) < 2_000_000
    for file in files:
        with Image.open(file) as picture:
            assert (picture.format, picture.size) == ("WEBP", (960, 960))


def test_the_licence_is_beside_the_pictures():
    assert "MIT License" in (PICTURES / "LICENSE.txt").read_text()


def test_the_password_is_three_words():
    assert re.fullmatch(r"[a-z]+-[a-z]+-[a-z]+", DEMO_PASSWORD)
