"""A compiled selection gives the same answer as graphql-core, byte for byte, errors included."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import orjson
import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from graphql import execute, parse, validate
from menagerie.api.schemas import DateTime
from menagerie.graphql import run
from menagerie.graphql.document_limits import SIGNED_IN
from menagerie.graphql.documents import Documents
from menagerie.graphql.immutable import Immutable
from whole_documents import MAX_BYTES, read_whole


@strawberry.enum
class Mood(enum.Enum):
    CALM = "calm"
    WILD = "wild"


@strawberry.type
class Toy(Immutable):
    name: str
    weight: int
    spare: strawberry.Private[str] = ""

    @strawberry.field
    def label(self, prefix: str = "a ", mood: Mood = Mood.CALM, times: int | None = None) -> str:
        return prefix + self.name + mood.name * (times or 1)

    @strawberry.field
    def broken(self) -> str:
        raise ValueError(f"{self.name} is broken")

    @strawberry.field
    async def late(self) -> str:
        return f"{self.name}, later"


@strawberry.type
class Animal:
    id: strawberry.ID
    name: str
    nickname: str | None
    age: int
    tame: bool
    mood: Mood
    moods: list[Mood]
    born: datetime
    died: datetime | None
    toy: Toy
    favourite: Toy | None
    toys: list[Toy]
    lost: list[Toy | None] | None


Item = TypeVar("Item")


@strawberry.type
class Herd(Generic[Item]):
    members: list[Item]
    size: int


@strawberry.type
class Query:
    @strawberry.field
    def herd(self, info: strawberry.Info) -> Herd[Animal]:
        return Herd(members=[info.context["animal"]], size=1)

    @strawberry.field
    def animal(self, info: strawberry.Info) -> Animal:
        return info.context["animal"]

    @strawberry.field
    async def maybe(self, info: strawberry.Info) -> Animal | None:
        return info.context["animal"]

    @strawberry.field
    def animals(self, info: strawberry.Info) -> list[Animal]:
        return [info.context["animal"], info.context["animal"]]


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(scalar_map={datetime: DateTime}))._schema
DOCUMENTS = Documents(SCHEMA, SIGNED_IN, max_bytes=MAX_BYTES, introspection=True)
VARIABLES = {"prefix": "my ", "mood": "WILD", "times": 2, "yes": True, "no": False}
TYPES = {"prefix": "String!", "mood": "Mood!", "times": "Int", "yes": "Boolean!", "no": "Boolean!"}

# Values, most of which match the schema; the others are what a bug would produce.
texts = st.text(max_size=5)
ints = st.integers(-(2**31), 2**31 - 1) | st.sampled_from([2**31, -(2**31) - 1])
moments = st.datetimes(timezones=st.just(UTC)) | st.just(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1))
moods = st.sampled_from(Mood)


def mostly(right: st.SearchStrategy[Any], *wrong: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 30).flatmap(lambda number: st.sampled_from(wrong) if number == 0 and wrong else right)


toys = st.builds(Toy, name=mostly(texts, None, 5), weight=mostly(ints, None, "heavy", 1.5))
animals = st.builds(
    Animal,
    id=mostly(texts, None, 7),
    name=mostly(texts, None, b"bytes"),
    nickname=st.none() | texts,
    age=mostly(ints, None, True, "old"),
    tame=mostly(st.booleans(), None, 1),
    mood=mostly(moods, None, "calm", "CALM"),
    moods=mostly(st.lists(moods, max_size=3), None, (), [None]),
    born=mostly(moments, None, "yesterday"),
    died=st.none() | moments,
    toy=mostly(toys, None, "no toy"),
    favourite=st.none() | toys,
    toys=mostly(st.lists(toys, max_size=3), None, "toys", [None], ()),
    lost=st.none() | st.lists(st.none() | toys, max_size=2),
)

aliases = st.just("") | st.integers(0, 30).map(lambda number: f"a{number}: ")
directives = st.sampled_from([""] * 12 + [" @skip(if: $no)", " @include(if: $no)", " @include(if: $yes)"])
toy_leaves = st.sampled_from(
    [
        "name",
        "weight",
        "__typename",
        "label",
        'label(prefix: "the ")',
        "label(prefix: $prefix, mood: $mood)",
        "label(times: $times)",
        "broken",
        "late",
    ]
)
animal_leaves = st.sampled_from(
    ["id", "name", "nickname", "age", "tame", "mood", "moods", "born", "died", "__typename", "...Basics"]
)


def fields(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def leaf(drawn: tuple[str, str, str]) -> str:
        alias, name, directive = drawn
        return f"{'' if name.startswith('...') else alias}{name}{directive}"

    return st.tuples(aliases, leaves, directives).map(leaf)


toy_selections = st.lists(fields(toy_leaves), min_size=1, max_size=4).map(" ".join)


def nested(drawn: tuple[str, str, str]) -> str:
    alias, name, selection = drawn
    return f"{alias}{name} {{ {selection} }}"


children = st.tuples(aliases, st.sampled_from(["toy", "favourite", "toys", "lost"]), toy_selections).map(nested)
inline = toy_selections.map(lambda selection: f"... on Animal {{ toy {{ {selection} }} }}")
animal_selections = st.lists(fields(animal_leaves) | children | inline, min_size=1, max_size=6).map(" ".join)
roots = st.tuples(aliases, st.sampled_from(["animal", "maybe", "animals"]), animal_selections).map(nested)


def document(selections: list[str]) -> str:
    body = " ".join(selections)
    used = [f"${name}: {type_}" for name, type_ in TYPES.items() if f"${name}" in body]
    fragment = "fragment Basics on Animal { id name toy { name label } }" if "...Basics" in body else ""
    return f"query Q{'(' if used else ''}{', '.join(used)}{')' if used else ''} {{ {body} }} {fragment}"


# A document with two fields that can't be merged isn't executed at all.
documents = st.lists(roots, min_size=1, max_size=2).map(document).filter(lambda text: not validate(SCHEMA, parse(text)))


async def _ordinary(text: str, animal: Animal) -> bytes:
    result = execute(SCHEMA, parse(text), context_value={"animal": animal}, variable_values=VARIABLES)
    if isinstance(result, Awaitable):
        result = await result
    return _bytes(result)


async def _compiled(text: str, animal: Animal) -> bytes:
    document = read_whole(DOCUMENTS, text)
    # Twice: to compile it, and to use what was compiled.
    first, second = [
        _bytes(await DOCUMENTS.execute(document, context={"animal": animal}, variables=VARIABLES, name=None))
        for _ in range(2)
    ]
    assert first == second
    return first


def _bytes(result: Any) -> bytes:
    return orjson.dumps({"data": result.data, "errors": [error.formatted for error in result.errors or ()]})


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # graphql-core gives some up unawaited
@settings(max_examples=400, deadline=None)
@given(text=documents, animal=animals)
def test_both_ways_give_the_same_answer(text: str, animal: Animal) -> None:
    with asyncio.Runner() as runner:
        assert runner.run(_compiled(text, animal)) == runner.run(_ordinary(text, animal))


async def test_selections_are_compiled() -> None:
    """If not, the test above would compare graphql-core with itself."""
    toy = Toy(name="ball", weight=3)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    animal = Animal(
        id=strawberry.ID("1"), name="Luna", nickname=None, age=2, tame=True, mood=Mood.CALM, moods=[], born=now,
        died=None, toy=toy, favourite=None, toys=[toy], lost=[None, toy],
    )  # fmt: skip
    text = "{ animal { id nickname mood born toy { label } lost { name } } herd { size members { name } } }"
    document = read_whole(DOCUMENTS, text)
    result = await DOCUMENTS.execute(document, context={"animal": animal}, variables=None, name=None)
    assert orjson.loads(_bytes(result))["data"] == {
        "animal": {
            "id": "1",
            "nickname": None,
            "mood": "CALM",
            "born": "2026-11-22T00:00:00+00:00",
            "toy": {"label": "a ballCALM"},
            "lost": [None, {"name": "ball"}],
        },
        "herd": {"size": 1, "members": [{"name": "Luna"}]},
    }
    assert document.selections is not None
    assert [compiled is not None for compiled in document.selections._compiled.values()] == [True, True]
    executed = {return_type for return_type, _ in document.selections._compiled}
    assert executed == {"Animal", "AnimalHerd"}


async def _labels(toy: Toy, text: str = "label", **variables: Any) -> bytes:
    """The compiled answer about a toy, which is the same object each time."""
    animal = Animal(
        id=strawberry.ID("1"), name="Luna", nickname=None, age=2, tame=True, mood=Mood.CALM, moods=[],
        born=datetime(2026, 11, 22, tzinfo=UTC), died=None, toy=toy, favourite=None, toys=[], lost=None,
    )  # fmt: skip
    used = f"({', '.join(f'${name}: {TYPES[name]}' for name in variables)})" if variables else ""
    document = read_whole(DOCUMENTS, f"query{used} {{ animal {{ toy {{ {text} }} }} }}")
    return _bytes(await DOCUMENTS.execute(document, context={"animal": animal}, variables=variables, name=None))


async def test_immutable_objects_are_completed_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Toy(name="ball", weight=3)
    first = await _labels(toy)
    toy.name = "rope"  # despite `Immutable`, so that caching shows
    assert await _labels(toy) == first
    now = run.time.time()
    monkeypatch.setattr(run.time, "time", lambda: now + 24 * 60 * 60)
    assert b"rope" in await _labels(toy)


async def test_fields_with_variables_are_completed_each_time() -> None:
    toy = Toy(name="ball", weight=3)
    answers = {await _labels(toy, "label(prefix: $prefix)", prefix=prefix) for prefix in ("my ", "your ", "our ")}
    assert len(answers) == 3


async def test_only_the_latest_selections_are_kept() -> None:
    toy = Toy(name="ball", weight=3)
    for number in range(10):
        await _labels(toy, f"a{number}: name")
    assert len(toy._kept) == 4
