"""A document is read once, within limits, and leaves nothing behind."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import pytest
import strawberry

from graphql import ExecutionResult
from menagerie.api.schemas import SCHEMAS
from menagerie.graphql import documents
from menagerie.graphql.document_limits import MAX_ALIASES, SIGNED_IN, SIGNED_OUT
from menagerie.graphql.documents import Documents
from whole_documents import MAX_BYTES, read_whole


@strawberry.type
class Account:
    name: str
    email: str
    friend: Account | None = None

    @strawberry.field
    async def late(self) -> str:
        return f"{self.name}, later"

    @strawberry.field
    def broken(self) -> str:
        raise ValueError("It is broken.")


ME = Account(name="Ada", email="ada@example.com", friend=Account(name="Grace", email="grace@example.com"))


@strawberry.type
class Query:
    @strawberry.field
    async def me(self) -> Account:
        return ME

    @strawberry.field
    def plain(self) -> Account:
        return ME

    @strawberry.field
    async def people(self, first: int = 24) -> list[Account]:
        return [ME] * first


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def rename(self, name: str) -> str:
        return name


SCHEMA = strawberry.Schema(Query, Mutation)._schema


class Counted:
    """How often documents were parsed and validated, and by how many rules each time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.parsed = 0
        self.rules: list[int] = []
        parse, validate = documents.parse, documents.validate

        def counted_parse(*arguments: Any, **options: Any) -> Any:
            self.parsed += 1
            return parse(*arguments, **options)

        def counted_validate(schema: Any, node: Any, rules: Any, **options: Any) -> Any:
            self.rules.append(len(rules))
            return validate(schema, node, rules, **options)

        monkeypatch.setattr(documents, "parse", counted_parse)
        monkeypatch.setattr(documents, "validate", counted_validate)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.fixture
def read() -> Documents:
    return Documents(SCHEMA, SIGNED_IN, max_bytes=MAX_BYTES, introspection=True)


async def run(read: Documents, text: str, name: str | None = None, **variables: Any) -> ExecutionResult:
    return await read.execute(read_whole(read, text), context=None, variables=variables, name=name)


async def sentence(read: Documents, text: str, name: str | None = None) -> str:
    """The single message that refuses a text."""
    result = await run(read, text, name)
    assert result.data is None
    assert result.errors is not None
    (error,) = result.errors
    return error.message


async def test_a_text_is_read_once(read: Documents, counted: Counted) -> None:
    for _ in range(3):
        assert (await run(read, "{ me { name } }")).data == {"me": {"name": "Ada"}}
    assert read_whole(read, "{ me { name } }") is read_whole(read, "{ me { name } }")
    assert (counted.parsed, len(counted.rules)) == (1, 1)
    await run(read, "{ me {  name } }")  # another text with the same query
    assert (counted.parsed, len(counted.rules)) == (2, 2)


@pytest.mark.parametrize("text", ["{ me", "{ nothing }", "{" + " a: me { name }" * (MAX_ALIASES + 1) + "}"])
async def test_a_refused_text_is_read_once_too(read: Documents, counted: Counted, text: str) -> None:
    first = [error.message for error in (await run(read, text)).errors or ()]
    validated = len(counted.rules)
    assert first
    assert [error.message for error in (await run(read, text)).errors or ()] == first
    assert (counted.parsed, len(counted.rules)) == (1, validated)


async def test_a_text_over_eight_kib_is_answered_but_not_cached(read: Documents, counted: Counted) -> None:
    for length, times in ((8 * 1024, 1), (8 * 1024 + 1, 2)):
        counted.parsed = 0
        text = "{ me { name } }".ljust(length)
        for _ in range(2):
            assert (await run(read, text)).data == {"me": {"name": "Ada"}}
        assert counted.parsed == times
    assert len(read._kept) == 1


async def test_the_cache_is_bounded_and_evicts_the_least_used(read: Documents, counted: Counted) -> None:
    often = "{ plain { name } }"
    for number in range(500):
        read_whole(read, f"{{ me {{ name }} }} # {number}")
        read_whole(read, often)
    assert counted.parsed == 501
    assert read.memory_bytes <= MAX_BYTES
    assert 30 < len(read._kept) < 100


LARGE = "{ people { " + "friend { name email late " * 8 + "} " * 8 + "} me { name email } }"


@pytest.mark.parametrize(
    "text", ["{ me { name } }", "{ nothing", "{" + " ".join(f"nothing{n}" for n in range(400)) + "}", LARGE]
)
async def test_a_cached_document_counts_with_the_memory_it_takes(read: Documents, text: str) -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(20):
            read_whole(read, f"{text} # {number}")
        gc.collect()
        took = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert read.memory_bytes / 10 < took <= read.memory_bytes


@pytest.mark.parametrize(
    "text", ["{ me { name } }", "{ nothing }", "fragment Named on Account { name } { me { ...Named } }", LARGE]
)
async def test_an_evicted_document_leaves_nothing_to_the_garbage_collector(text: str) -> None:
    uncached = Documents(SCHEMA, SIGNED_IN, max_bytes=0, introspection=True)
    document = read_whole(uncached, text)
    await uncached.execute(document, context=None, variables=None, name=None)
    gc.collect()
    gc.disable()
    try:
        del document
        assert gc.collect() == 0
    finally:
        gc.enable()


async def test_a_document_within_limits_is_validated_by_all_rules(read: Documents, counted: Counted) -> None:
    assert "nothing" in await sentence(read, "{ nothing }")
    assert sum(counted.rules) > 20


async def test_a_text_with_too_many_tokens_is_not_read_to_its_end(read: Documents, counted: Counted) -> None:
    assert str(SIGNED_IN.tokens) in await sentence(read, "{ me { " + "name " * SIGNED_IN.tokens + "} }")
    assert counted.rules == []


FRAGMENTS = 12
TOO_DEEP = {
    "selections": "{ me { friend " + "{ friend " * 900 + "{ name }" + " }" * 900 + " } }",
    "values": "{ me(a: " + "[" * 950 + "]" * 950 + ") }",
    "fragments": "{ me { ...f0 } } "
    + " ".join(f"fragment f{n} on Account {{ {'friend { ' * 50} ...f{n + 1} {'} ' * 50} }}" for n in range(FRAGMENTS))
    + f" fragment f{FRAGMENTS} on Account {{ name }}",
}


@pytest.mark.parametrize("kind", TOO_DEEP)
async def test_a_text_that_is_too_deep_is_refused_with_a_message(read: Documents, kind: str) -> None:
    message = await sentence(read, TOO_DEEP[kind])
    assert "nested too deeply" in message or "levels deep" in message
    assert message.endswith(".")
    assert (await run(read, "{ me { name } }")).data == {"me": {"name": "Ada"}}


async def test_mistakes_are_reported_up_to_a_limit(read: Documents) -> None:
    result = await run(read, "{" + " ".join(f"nothing{number}" for number in range(200)) + "}")
    messages = [error.message for error in result.errors or ()]
    assert len(messages) == 21
    assert "Too many" in messages[-1]


async def test_a_large_document_is_validated_in_steps(read: Documents, counted: Counted) -> None:
    small, large = (f"{{ {' '.join(f'nothing{n}' for n in range(times))} }}" for times in (390, 410))
    assert len(list(read.read(small))) + 4 <= len(list(read.read(large)))
    whole, *parts = counted.rules
    assert whole == sum(parts) > 20
    assert max(parts) <= documents._RULES_PER_STEP


async def test_two_operations_are_selected_by_name_and_refused_without(read: Documents) -> None:
    text = "query A { me { name } } query B { me { email } }"
    assert (await run(read, text, "A")).data == {"me": {"name": "Ada"}}
    assert (await run(read, text, "B")).data == {"me": {"email": "ada@example.com"}}
    assert "operation name" in await sentence(read, text)
    assert "C" in await sentence(read, text, "C")
    assert (await run(read, text, "A")).data == {"me": {"name": "Ada"}}


async def test_a_subscription_without_a_stream_is_refused_with_how_to_ask_for_one() -> None:
    read = Documents(SCHEMAS["storefront"]._schema, SIGNED_IN, max_bytes=MAX_BYTES, introspection=True)
    text = "subscription { shelf { kind } }"
    assert await sentence(read, text) == 'Request a subscription with "Accept: text/event-stream".'


async def test_a_mutation_is_executed_each_time(read: Documents) -> None:
    text = "mutation($to: String!) { rename(name: $to) }"
    for name in ("Ada", "Grace"):
        assert (await run(read, text, to=name)).data == {"rename": name}


async def test_introspection_and_suggestions_can_be_turned_off(read: Documents) -> None:
    shut = Documents(SCHEMA, SIGNED_OUT, max_bytes=MAX_BYTES, introspection=False)
    text = "{ __schema { queryType { name } } }"
    assert (await run(read, text)).data == {"__schema": {"queryType": {"name": "Query"}}}
    refused = await run(shut, text)
    assert refused.data is None
    assert all("introspection" in error.message for error in refused.errors or ())
    assert refused.errors
    assert "Did you mean" in await sentence(read, "{ mee { name } }")
    assert "Did you mean" not in await sentence(shut, "{ mee { name } }")


@pytest.mark.parametrize(
    "text",
    [
        "{ me { name email } }",
        "{ me { late friend { name late } } }",
        "{ plain { name } me { name } }",
        "{ people(first: 5) { name friend { email } } }",
        'mutation { rename(name: "Ada") }',
    ],
)
async def test_an_execution_leaves_no_reference_cycles(read: Documents, text: str) -> None:
    await run(read, text)  # compiles it, and creates whatever else is created once
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            assert not (await run(read, text)).errors
        assert gc.collect() == 0
    finally:
        gc.enable()
