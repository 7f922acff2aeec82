"""Searching the shelf: by word prefixes, in any order, case and spelling of accents."""

import unicodedata

import pytest

from menagerie.pets.models import Species
from shop import Shop
from workers import stock

SEARCH = """query($search: String, $species: Species) { pets(search: $search, species: $species, sort: OLDEST) {
    totalCount nodes { name } } speciesCounts(search: $search) { species count } }"""


WORDS = [
    ("luna", ["Luna Moon", "Lunatic", "Luna Barks"]),
    ("LUN", ["Luna Moon", "Lunatic", "Luna Barks"]),
    ("moon luna", ["Luna Moon"]),
    ("  luna   m ", ["Luna Moon"]),
    ("una", []),
    ("señ", ["Señor Fluff"]),
    ("SEÑOR", ["Señor Fluff"]),
    ("éclair", ["ÉCLAIR"]),
    ("o'malley", ["O'Malley the Cat"]),
    ("malley, cat!", ["O'Malley the Cat"]),
    ("кот", ["Кот"]),
    ("猫", ["猫猫"]),
    ("luna & !moon | x:*", []),
    ("luna' OR 1=1 --", []),
    ("<->", []),
    ("\\", []),
    ("%", []),
    ("\x00", []),
    ("moon\x00luna", ["Luna Moon"]),
    ("🐈", []),
]


@pytest.fixture
async def searched(shop: Shop) -> Shop:
    await stock(shop, ["Luna Moon", "Lunatic", "Señor Fluff", "O'Malley the Cat", "ÉCLAIR", "Straße", "Кот"], age=1)
    await stock(shop, ["Luna Barks", "猫猫"], Species.DOG)
    return shop


async def test_words_match_by_prefix(searched: Shop) -> None:
    for search, names in WORDS:
        for form in ("NFC", "NFD"):
            answer = await searched.storefront(SEARCH, search=unicodedata.normalize(form, search))
            assert [pet["name"] for pet in answer["pets"]["nodes"]] == names, search
            assert answer["pets"]["totalCount"] == len(names)


MARKED = ["पिल्ला", "ลูกแมวน้อย", "பூனைக்குட்டி", "বিড়ালছানা", "חָתוּל", "කුක්කා", "ខ្មៅ", "မြွေ"]


async def test_words_with_combining_marks_are_found_by_any_of_their_beginnings(shop: Shop) -> None:
    await stock(shop, [f"{name} Luna" for name in MARKED])
    for name in MARKED:
        for search in (name, f"luna {name}", unicodedata.normalize("NFD", name)):
            answer = await shop.storefront(SEARCH, search=search)
            assert [pet["name"] for pet in answer["pets"]["nodes"]] == [f"{name} Luna"], search
        for length in range(1, len(name)):
            found = (await shop.storefront(SEARCH, search=name[:length]))["pets"]["nodes"]
            assert f"{name} Luna" in [pet["name"] for pet in found], name[:length]
    assert (await shop.storefront(SEARCH, search="\u0301"))["pets"]["totalCount"] == 0


async def test_an_empty_search_finds_everything(searched: Shop) -> None:
    for search in (None, "", "   ", "\t\n"):
        assert (await searched.storefront(SEARCH, search=search))["pets"]["totalCount"] == 9


async def test_species_and_search_combine_and_the_counts_cover_all_species(searched: Shop) -> None:
    answer = await searched.storefront(SEARCH, search="luna", species="DOG")
    assert [pet["name"] for pet in answer["pets"]["nodes"]] == ["Luna Barks"]
    assert answer["speciesCounts"] == [
        {"species": "CAT", "count": 2},
        {"species": "DOG", "count": 1},
        {"species": "FROG", "count": 0},
    ]


async def test_the_description_is_searched_too(searched: Shop) -> None:
    await searched.list_pet("Rex", description="Sleeps on windowsills; afraid of thunder.")
    answer = await searched.storefront(SEARCH, search="windows thun")
    assert [pet["name"] for pet in answer["pets"]["nodes"]] == ["Rex"]


async def test_a_search_of_more_than_two_hundred_characters_is_refused(searched: Shop) -> None:
    user = f"{searched.slug}/ada@example.com"
    assert "errors" not in (await searched.post("storefront", SEARCH, user, search="a" * 200)).json()
    errors = (await searched.post("storefront", SEARCH, user, search="a" * 201)).json()["errors"]
    assert {error["message"] for error in errors} == {"A search can have at most 200 characters."}


async def test_sold_and_removed_pets_are_not_found(searched: Shop) -> None:
    sold, removed = await stock(searched, ["Moonshine", "Moonlight"])
    await searched.buy(sold)
    await searched.remove_pet(removed)
    answer = await searched.storefront(SEARCH, search="moon")
    assert [pet["name"] for pet in answer["pets"]["nodes"]] == ["Luna Moon"]


async def test_a_name_with_punctuation_is_found_by_its_parts(shop: Shop) -> None:
    await shop.list_pet("Mr.Whiskers/Tom")
    for search in ("whisk", "mr", "tom", "mr.whiskers"):
        found = await shop.storefront("query($s: String) { pets(search: $s) { nodes { name } } }", s=search)
        assert found["pets"]["nodes"] == [{"name": "Mr.Whiskers/Tom"}], search
