"""A planned operation gives the same answer as graphql-core, byte for byte, errors included."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable
from typing import Annotated, Any

import orjson
import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql import execute, parse, validate
from menagerie.api.schemas import SCHEMAS
from menagerie.graphql import plans
from menagerie.graphql.document_limits import SIGNED_IN
from menagerie.graphql.documents import Documents
from whole_documents import MAX_BYTES, read_whole


@strawberry.enum
class Mood(enum.Enum):
    CALM = "calm"
    WILD = "wild"


@strawberry.input
class Filter:
    name: str
    age_years: int | None = 3
    moods: list[Mood] = strawberry.field(default_factory=list)
    nested: Filter | None = None


@strawberry.type
class Animal:
    name: str
    arguments: str

    @strawberry.field
    def echo(self, loud: bool = False) -> str:
        return self.arguments.upper() if loud else self.arguments


@strawberry.type
class Nothing:
    arguments: str


@strawberry.type
class Unknown:
    """A type outside the union."""


Found = Annotated[Animal | Nothing, strawberry.union("Found")]


@strawberry.type
class Query:
    @strawberry.field
    async def found(
        self,
        info: strawberry.Info,
        the_name: str,
        mood: Mood = Mood.CALM,
        filters: list[Filter] | None = None,
        one_filter: Filter | None = None,
        count: int | None = 5,
        key: strawberry.ID | None = None,
    ) -> Found:
        await asyncio.sleep(0)
        return _answer(info.context, repr((info.context, the_name, mood, filters, one_filter, count, key)))

    @strawberry.field
    def maybe(self, info: strawberry.Info, moods: list[Mood | None] | None = None) -> Found | None:
        return _answer(info.context, repr((info.field_name, info.variable_values, moods)))

    @strawberry.field
    async def all(self, info: strawberry.Info, first: int = 2) -> list[Animal]:
        return [_answer(info.context, str(first))] * first

    @strawberry.field
    def word(self, loud: bool | None = None) -> str | None:
        return {True: "LOUD", False: "quiet", None: None}[loud]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def change(self, info: strawberry.Info, one_filter: Filter) -> Found | None:
        info.context["changes"] = info.context.get("changes", 0) + 1
        return _answer(info.context, repr(one_filter))


def _answer(context: dict[str, Any], arguments: str) -> Any:
    match context["answer"]:
        case "animal":
            return Animal(name="Luna", arguments=arguments)
        case "nothing":
            return Nothing(arguments=arguments)
        case "fault":
            raise ValueError(arguments)
        case "returned fault":
            return ValueError(arguments)
        case "wrong":
            return Animal(name=5, arguments=arguments)  # type: ignore[arg-type]  # wrong on purpose
        case "unknown":
            return Unknown()
        case _:
            return None


SCHEMA = strawberry.Schema(Query, Mutation)._schema
DOCUMENTS = Documents(SCHEMA, SIGNED_IN, max_bytes=MAX_BYTES, introspection=True)
ANSWERS = ["animal", "animal", "nothing", "fault", "returned fault", "wrong", "unknown", "none"]
VARIABLES = {
    "name": "String!",
    "maybeName": "String",
    "mood": "Mood",
    "filter": "Filter!",
    "filters": "[Filter!]",
    "count": "Int = 7",
    "key": "ID",
    "loud": "Boolean",
    "first": "Int! = 1",
    "moods": "[Mood]",
}
VALUES = [None, "Luna", "CALM", 3, 2**40, True, [], ["WILD", None], {"name": "a"}, [{"name": "b", "moods": ["CALM"]}]]
MEMBERS = "{ __typename ... on Animal { name echo } ... on Nothing { arguments } }"
ARGUMENTS = {
    "theName": ["$name", '"Luna"', "$maybeName", '""'],
    "mood": ["$mood", "WILD"],
    "filters": ["$filters", "[$filter]", '[{name: "x", ageYears: null}]', "null"],
    "oneFilter": ["$filter", '{name: "y", moods: [WILD], nested: $filter}', "{name: $name, ageYears: $count}"],
    "count": ["$count", "9", "null"],
    "key": ["$key", "4", '"5"'],
}


@st.composite
def documents(draw: st.DrawFn) -> str:
    alias = draw(st.sampled_from(["", "", "other: "]))
    match draw(st.sampled_from(["found", "found", "maybe", "all", "word", "change"])):
        case "found":
            names = draw(st.lists(st.sampled_from([*ARGUMENTS]), unique=True))
            names = names if "theName" in names else ["theName", *names]
            given = ", ".join(f"{name}: {draw(st.sampled_from(ARGUMENTS[name]))}" for name in names)
            members = draw(st.sampled_from([MEMBERS, "{ ...Members } fragment Members on Found " + MEMBERS]))
            field = f"found({given}) {members}"
        case "maybe":
            field = f"maybe{draw(st.sampled_from(['', '(moods: $moods)', '(moods: [WILD, $mood])']))} {MEMBERS}"
        case "all":
            field = f"all{draw(st.sampled_from(['', '(first: $first)', '(first: 3)']))} {{ name echo(loud: $loud) }}"
        case "word":
            field = f"word{draw(st.sampled_from(['', '(loud: $loud)', '(loud: true)', '(loud: null)']))}"
        case _:
            field = f"change(oneFilter: {draw(st.sampled_from(['$filter', '{name: $name}']))}) {MEMBERS}"
    used = [f"${name}: {type_}" for name, type_ in VARIABLES.items() if f"${name}" in field.replace("$names", "")]
    kind = "mutation" if field.startswith("change") else "query"
    body, _, fragment = field.partition(" fragment ")
    return f"{kind} Q{'(' if used else ''}{', '.join(used)}{')' if used else ''} {{ {alias}{body} }}" + (
        f" fragment {fragment}" if fragment else ""
    )


variables = st.dictionaries(st.sampled_from([*VARIABLES]), st.sampled_from(VALUES)) | st.just(
    {"name": "Luna", "mood": "WILD", "filter": {"name": "a", "nested": {"name": "b"}}, "key": "1", "loud": True}
)


async def _ordinary(text: str, context: dict[str, Any], given: dict[str, Any]) -> bytes:
    result = execute(SCHEMA, parse(text), context_value=context, variable_values=given, operation_name="Q")
    return _bytes(await result if isinstance(result, Awaitable) else result)


async def _planned(text: str, context: dict[str, Any], given: dict[str, Any]) -> bytes:
    return _bytes(await DOCUMENTS.execute(read_whole(DOCUMENTS, text), context=context, variables=given, name="Q"))


def _bytes(result: Any) -> bytes:
    return orjson.dumps({"data": result.data, "errors": [error.formatted for error in result.errors or ()]})


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # graphql-core gives some up unawaited
@settings(max_examples=600, deadline=None)
@given(text=documents().filter(lambda text: not validate(SCHEMA, parse(text))), given_=variables, data=st.data())
def test_both_ways_give_the_same_answer(text: str, given_: dict[str, Any], data: st.DataObject) -> None:
    answer = data.draw(st.sampled_from(ANSWERS))
    ordinary, planned = {"answer": answer}, {"answer": answer}
    with asyncio.Runner() as runner:
        assert runner.run(_planned(text, planned, given_)) == runner.run(_ordinary(text, ordinary, given_))
    assert planned == ordinary, "the answers or the number of runs differ"


async def test_the_plan_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """If not, the test above would compare graphql-core with itself."""
    monkeypatch.setattr("menagerie.graphql.documents.CompilingExecutor", None)
    text = f'query Q($filter: Filter!) {{ found(theName: "a", oneFilter: $filter, mood: WILD) {MEMBERS} }}'
    answer = await _planned(text, {"answer": "animal"}, {"filter": {"name": "b"}})
    assert b"Luna" in answer
    assert b"Mood.WILD" in answer
    assert b"age_years=3" in answer


@pytest.mark.parametrize(
    "text",
    [
        "query A { word } query B { word }",
        "{ word other: word }",
        "{ ...Words } fragment Words on Query { word }",
        "{ __typename }",
        "{ word @skip(if: true) }",
    ],
)
async def test_an_operation_without_a_plan_is_executed_by_graphql_core(text: str) -> None:
    document = read_whole(DOCUMENTS, text)
    assert document.plan is None
    name = "A" if " A " in text else None
    result = await DOCUMENTS.execute(document, context={}, variables=None, name=name)
    assert not result.errors
    assert result.data is not None


async def test_an_unknown_operation_is_not_executed() -> None:
    document = read_whole(DOCUMENTS, "query A { word(loud: true) }")
    assert document.plan is not None
    result = await DOCUMENTS.execute(document, context={}, variables=None, name="B")
    assert [error.message for error in result.errors or ()] == ["Unknown operation named 'B'."]


@pytest.mark.parametrize("endpoint", ["storefront", "merchant"])
def test_every_field_of_a_store_can_be_planned(endpoint: str) -> None:
    """Except uploads, which aren't planned."""
    schema = SCHEMAS[endpoint].graphql_schema
    unplanned = set()
    for root in (schema.query_type, schema.mutation_type):
        assert root
        for name, field in root.fields.items():
            kind = "mutation" if root is schema.mutation_type else "query"
            required = [each for each, argument in field.args.items() if str(argument.type).endswith("!")]
            declared = ", ".join(f"${each}: {field.args[each].type}" for each in required)
            passed = ", ".join(f"{each}: ${each}" for each in required)
            below = "" if str(field.type).strip("!") in {"Boolean", "String"} else " { __typename }"
            text = f"{kind}{f'({declared})' if required else ''} {{ {name}{f'({passed})' if required else ''}{below} }}"
            document = parse(text)
            assert not validate(schema, document), text
            if plans.plan(schema, document) is None:
                unplanned.add(name)
    assert unplanned == set()
