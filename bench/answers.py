"""Check answers as far as a customer can: each function returns what is wrong with one, or None."""

import re
from collections.abc import Callable
from typing import Any

PAGE = 24
_PET = {"id", "name", "species", "ageYears", "description", "availability", "picture"}
_PICTURE = {"url", "width", "height", "placeholder"}

Fields = dict[str, Any]

# The sort key of each order; pets with equal keys may come in any order.
_KEYS: dict[str, Callable[[Fields], Any]] = {
    "NEWEST": lambda pet: pet["id"],
    "OLDEST": lambda pet: pet["id"],
    "NAME": lambda pet: pet["name"].lower(),
    "YOUNGEST": lambda pet: pet["ageYears"],
    "ELDEST": lambda pet: pet["ageYears"],
}
_DESCENDING = {"NEWEST", "ELDEST"}


def shelf(found: Fields, *, species: str | None, search: str | None, sort: str) -> str | None:
    """A page of the shelf: complete pets, of the species, found by the search, in the requested order."""
    pets, total, more = found["nodes"], found["totalCount"], found["pageInfo"]["hasNextPage"]
    if total < len(pets) or len(pets) > PAGE or (more and len(pets) < PAGE):
        return f"{len(pets)} pets of {total}, {'more' if more else 'no more'}"
    if any(pet.keys() != _PET or pet["picture"].keys() != _PICTURE for pet in pets):
        return "a pet lacks fields that were asked for"
    if any(pet["availability"] != "AVAILABLE" or species not in {None, pet["species"]} for pet in pets):
        return "a pet does not belong on the list"
    keys = [_KEYS[sort](pet) for pet in pets]
    if keys != sorted(keys, reverse=sort in _DESCENDING):
        return f"the pets are not in the order {sort}"
    if search is not None and not all(_is_found(pet, search) for pet in (*pets[:1], *pets[-1:])):
        return f"a pet is not about {search!r}"
    return None


def counts(found: Fields) -> str | None:
    """The number of pets of each species."""
    species = sorted(entry["species"] for entry in found["speciesCounts"])
    whole = species == ["CAT", "DOG", "FROG"] and all(entry["count"] >= 0 for entry in found["speciesCounts"])
    return None if whole else "not every species is counted"


def same_pet(listed: Fields, found: Fields | None) -> str | None:
    """A pet as it was in the list; it may be sold by now."""
    if found is None:
        return f"the listed pet {listed['id']} was not found"
    differing = [field for field in sorted(_PET - {"availability"}) if found[field] != listed[field]]
    return f"other than on the list: {', '.join(differing)}" if differing else None


def cart(found: Fields, expected: set[str]) -> str | None:
    """A cart with exactly what was put into it."""
    ids = {pet["id"] for pet in found["pets"]}
    if ids != expected or found["availableCount"] + found["unavailableCount"] != len(ids):
        return f"{len(ids)} pets in the cart, where {len(expected)} were put in; {len(ids ^ expected)} differ"
    return None


def part_of_cart(found: Fields, expected: set[str]) -> str | None:
    """What is left of a cart after the unavailable pets were removed."""
    if found["unavailableCount"] or not {pet["id"] for pet in found["pets"]} < expected:
        return "the unavailable pets are still in the cart"
    return None


def purchase(found: Fields, expected: set[str]) -> str | None:
    """A purchase of exactly these pets."""
    return None if {pet["id"] for pet in found["pets"]} == expected else "other pets were bought than were wanted"


def purchases(found: Fields, bought: set[str], count: int | None) -> str | None:
    """A customer's purchases, including those since the last look, and their number if it is known."""
    missing = bought - {pet["id"] for each in found["nodes"] for pet in each["pets"]}
    if missing:
        return f"{len(missing)} pets were bought and are not among the purchases"
    if count not in {None, found["totalCount"]}:
        return f"{found['totalCount']} purchases, where {count} were made"
    return None


def picture(content: bytes) -> str | None:
    """A WebP picture, judging by its first bytes."""
    return None if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else "no WebP picture"


def _is_found(pet: Fields, search: str) -> bool:
    words = re.findall(r"\w+", f"{pet['name']} {pet['description']}".lower())
    return any(word.startswith(search) for word in words)
