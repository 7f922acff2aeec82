"""No document within the limits keeps the process busy for long in one step, however it is written.

What a step costs is counted in calls, which do not depend on the machine's speed: 300,000 take some 20 ms.
"""

from collections.abc import Callable
from cProfile import Profile

import pytest
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st

from menagerie.api.schemas import SCHEMAS
from menagerie.graphql.document_limits import SIGNED_IN, SIGNED_OUT
from menagerie.graphql.documents import Document, Documents
from whole_documents import MAX_BYTES

MAX_CALLS = {"storefront": 300_000, "merchant": 300_000, "signup": 50_000}

Shape = Callable[[int], str]
FIELDS = ["me", "pets", "pet", "cart", "store", "nothing", "__schema", "__typename"]
CONDITIONS = ["Query", "Pet", "Account", "Mutation", "Nothing"]

names = st.sampled_from(FIELDS)
conditions = st.sampled_from(CONDITIONS)


@st.composite
def repeated_fields(draw: st.DrawFn) -> Shape:
    field, below = draw(names), draw(st.sampled_from(["", "{ id }", "{ nodes { id name } }"]))
    arguments = draw(st.integers(0, 40))
    given = "(" + ", ".join(f"a{n}: 1" for n in range(arguments)) + ")" if arguments else ""
    return lambda times: "{" + f" {field}{given} {below}" * times + "}"


@st.composite
def unknown_fields(draw: st.DrawFn) -> Shape:
    like = draw(st.sampled_from(["pet", "description", "unavailableCount", "x" * 100]))
    return lambda times: "{" + " ".join(f"{like}{n}" for n in range(times)) + "}"


@st.composite
def fragments(draw: st.DrawFn) -> Shape:
    condition, spreads, body = draw(conditions), draw(st.integers(1, 4)), draw(names)

    def text(times: int) -> str:
        made = [
            f"fragment f{n} on {condition} {{ {body} {' '.join(f'...f{n + 1 + each}' for each in range(spreads))} }}"
            for n in range(times)
        ]
        return "{ ...f0 } " + " ".join(made)

    return text


@st.composite
def spreads_of_all(draw: st.DrawFn) -> Shape:
    condition, body = draw(conditions), draw(names)

    def text(times: int) -> str:
        every = " ".join(f"...f{n}" for n in range(times))
        return f"{{ {every} }} " + " ".join(f"fragment f{n} on {condition} {{ {body} }}" for n in range(times))

    return text


@st.composite
def operations(draw: st.DrawFn) -> Shape:
    field, name = draw(names), draw(st.sampled_from(["q", "q{n}"]))
    return lambda times: " ".join(f"query {name.format(n=n)} {{ {field} {{ id }} }}" for n in range(times))


@st.composite
def variables(draw: st.DrawFn) -> Shape:
    kind, used = draw(st.sampled_from(["Int", "[String!]!", "Nothing", "PetSort"])), draw(st.booleans())

    def text(times: int) -> str:
        declared = " ".join(f"$v{n}: {kind}" for n in range(times))
        uses = " ".join(f"a{n}: $v{n}" for n in range(times)) if used else "first: 1"
        return f"query({declared}) {{ pets({uses}) {{ totalCount }} }}"

    return text


@st.composite
def values(draw: st.DrawFn) -> Shape:
    open_, close = draw(st.sampled_from(["[]", "{}"]))
    flat = draw(st.booleans())

    def text(times: int) -> str:
        inner = "{a: " if open_ == "{" else "["
        value = (
            f"{open_}{' '.join(f'a{n}: 1' if open_ == '{' else '1' for n in range(times))}{close}"
            if flat
            else f"{inner * times}1{close * times}"
        )
        return f"{{ pets(search: {value}, sort: {value}) {{ totalCount }} }}"

    return text


@st.composite
def directives(draw: st.DrawFn) -> Shape:
    name = draw(st.sampled_from(["skip(if: true)", "include(if: $a)", "nothing", "skip"]))
    return lambda times: "{ me " + f"@{name} " * times + "{ id } }"


@st.composite
def nested(draw: st.DrawFn) -> Shape:
    field = draw(names)
    return lambda times: f"{{ {field} " * times + "}" * times


@st.composite
def filler(draw: st.DrawFn) -> Shape:
    piece = draw(st.sampled_from([",", " ", "#\n", '"""\n"""', "\n", "\ufeff"]))
    return lambda times: "{ me { id } }" + piece * (times * 40)


@st.composite
def texts(draw: st.DrawFn) -> Shape:
    content = draw(st.sampled_from(["x", "\\n", "\n  ", "\\u0041", "🐸"]))
    quote = '"""' if content == "\n  " else '"'
    return lambda times: f"{{ pets(search: {quote}{content * (times * 20)}{quote}) {{ totalCount }} }}"


shapes = st.one_of(
    repeated_fields(),
    unknown_fields(),
    fragments(),
    spreads_of_all(),
    operations(),
    variables(),
    values(),
    directives(),
    nested(),
    filler(),
    texts(),
)


def most_calls(documents: Documents, text: str) -> int:
    """How many calls the most expensive step of reading a text makes."""
    most = 0
    steps = documents.read(text)
    done: list[Document] = []
    while not done:
        with Profile() as profile:
            try:
                next(steps)
            except StopIteration as end:
                done.append(end.value)
        most = max(most, sum(entry.callcount for entry in profile.getstats()))
    return most


@pytest.mark.parametrize("endpoint", MAX_CALLS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts=st.lists(st.tuples(shapes, st.integers(1, 700)), min_size=1, max_size=3))
def test_no_step_takes_long(endpoint: str, parts: list[tuple[Shape, int]]) -> None:
    signed_in = endpoint != "signup"
    limits = SIGNED_IN if signed_in else SIGNED_OUT
    documents = Documents(SCHEMAS[endpoint].graphql_schema, limits, max_bytes=MAX_BYTES, introspection=signed_in)
    text = " ".join(shape(times) for shape, times in parts)[: limits.characters]
    calls = most_calls(documents, text)
    target(calls)
    assert calls <= MAX_CALLS[endpoint]
