"""A document over a limit is refused before it is validated, with a sentence that says what to change."""

import re
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest

from graphql import GraphQLError, get_introspection_query, parse
from menagerie.api.schemas import SCHEMAS
from menagerie.graphql import documents
from menagerie.graphql.document_limits import (
    MAX_ALIASES,
    MAX_DEPTH,
    SIGNED_IN,
    SIGNED_OUT,
    Limits,
    excess,
    too_long_text,
)
from menagerie.graphql.documents import Documents
from whole_documents import MAX_BYTES, read_whole

PAGE = Path(__file__).parents[2] / "web" / "src"


def _page_documents() -> Iterator[tuple[str, str]]:
    """The documents that the page sends, with their fragments, and the endpoint of each."""
    sources = [file.read_text(encoding="utf-8") for file in sorted(PAGE.rglob("*.ts"))]
    pieces = [
        found.groups() for text in sources for found in re.finditer(r"(storefront|signup)Graphql\(\s*`([^`]*)`", text)
    ]
    fragments = {text.split()[1]: text for _, text in pieces if text.split()[0] == "fragment"}
    for endpoint, text in pieces:
        if text.split()[0] == "fragment":
            continue
        needed, spread = [text], re.findall(r"\.\.\.(\w+)", text)
        while spread:
            fragment = fragments[spread.pop()]
            if fragment not in needed:
                needed.append(fragment)
                spread += re.findall(r"\.\.\.(\w+)", fragment)
        yield endpoint, "\n".join(needed)


PAGE_DOCUMENTS = [pytest.param(*each, id=each[1].split()[1].partition("(")[0]) for each in _page_documents()]


def refused(text: str, limits: Limits = SIGNED_IN) -> str:
    """What the document has too much of; empty if it is within the limits."""
    error = excess(parse(text), limits)
    return error.message if error else ""


def chain(links: int, body: str = "id") -> str:
    """Fragments that each spread the next one twice, so that the last one is spread 2 ** links times."""
    fragments = [f"fragment f{n} on Pet {{ ...f{n + 1} ...f{n + 1} }}" for n in range(links)]
    return f"{{ pets {{ nodes {{ ...f0 }} }} }} {' '.join(fragments)} fragment f{links} on Pet {{ {body} }}"


TOO_MUCH = {
    "depth": ("{ a" * (MAX_DEPTH + 1) + " }" * (MAX_DEPTH + 1), "levels deep"),
    "aliases": ("{" + " ".join(f"a{n}: me {{ name }}" for n in range(MAX_ALIASES + 1)) + "}", "aliases"),
    "cost": ("{ pets(first: 100) { nodes { " + " ".join(f"a{n} {{ b }}" for n in range(30)) + " } } }", "fields"),
    "the same field": ("{" + 'store(slug: "a") { slug }' * 215 + "}", "same fields"),
    "the same field, long": ("{" + f'store(slug: "{"a" * 400}") {{ slug }}' * 6 + "}", "same fields"),
    "the same field in fragments": (chain(6), "same fields"),
    "fields": ("{" + " ".join(f"a{n}" for n in range(1_001)) + "}", "fields"),
    "fields in fragments that nothing spreads": (
        "{ me { id } } fragment f on Account {" + " ".join(f"a{n}" for n in range(1_001)) + "}",
        "fields",
    ),
    "inline fragments": ("{" + "... {" * 45 + "id" + "}" * 45 + "}", "levels deep"),
    "operations that spread the same fields": (
        " ".join(f"query q{n} {{ ...f }}" for n in range(50))
        + "fragment f on Query {"
        + " ".join(f"a{n}" for n in range(30))
        + "}",
        "fields",
    ),
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_documents_over_a_limit_are_refused(kind: str) -> None:
    text, expected = TOO_MUCH[kind]
    assert expected in refused(text)
    assert refused(text).endswith("Ask for less at once.")


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_what_is_refused_is_not_validated(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def validate(*_arguments: object, **_options: object) -> list[GraphQLError]:
        raise AssertionError

    monkeypatch.setattr(documents, "validate", validate)
    read = Documents(SCHEMAS["storefront"].graphql_schema, SIGNED_IN, max_bytes=MAX_BYTES, introspection=True)
    assert [TOO_MUCH[kind][1] in error.message for error in read_whole(read, TOO_MUCH[kind][0]).errors] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "{ me { id } pets { nodes { id } } cart { items { id } } }",  # the same name in other places
        "{" + " ".join(f"a{n}: me {{ id name }}" for n in range(MAX_ALIASES)) + "}",
        "{ pets { nodes { ...a ...b } } } fragment a on Pet { id name } fragment b on Pet { id species }",
        "{ me { ...a } } fragment a on Account { ...b } fragment b on Account { ...a }",  # another rule refuses it
        "{ me { ...nothing } }",
        "{ pets(first: " + "9" * 5_000 + ") { totalCount } }",
    ],
)
def test_documents_within_the_limits_are_accepted(text: str) -> None:
    assert refused(text) == ""


@pytest.mark.parametrize("first", ["$first", "100", "101", "9" * 5_000])
def test_rows_are_counted_up_to_the_largest_page(first: str) -> None:
    fields = " ".join(f"a{n}" for n in range(48))
    text = f"query($first: Int) {{ pets(first: {first}) {{ nodes {{ {fields} %s }} }} }}"
    assert refused(text % "") == ""
    assert "could return" in refused(text % "b { c d }")


def test_the_walk_ends_when_it_has_seen_too_much() -> None:
    document = parse(chain(60, body="a b c"))  # 2 ** 60 fragments
    assert excess(document, Limits(10**6, 10**6, 10**6, 1_000, 10**6)) is not None


@pytest.mark.parametrize(("endpoint", "text"), PAGE_DOCUMENTS)
def test_what_the_page_sends_is_far_below_the_limits(endpoint: str, text: str) -> None:
    limits = SIGNED_OUT if endpoint == "signup" else SIGNED_IN
    half = Limits(*(limit // 2 for limit in astuple(limits)))
    assert too_long_text(text, half) is None
    assert refused(text, half) == ""
    parse(text, max_tokens=half.tokens)


def test_tools_can_introspect() -> None:
    text = get_introspection_query(input_value_deprecation=True, schema_description=True)
    read = Documents(SCHEMAS["storefront"].graphql_schema, SIGNED_IN, max_bytes=MAX_BYTES, introspection=True)
    assert not read_whole(read, text).errors


def test_a_text_that_is_too_long_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "parse", None)
    read = Documents(SCHEMAS["signup"].graphql_schema, SIGNED_OUT, max_bytes=MAX_BYTES, introspection=False)
    for text, expected in (("," * 4_097, "4,096 characters"), ("\n" * 200, "200 lines"), ("\r" * 200, "200 lines")):
        (error,) = read_whole(read, text).errors
        assert expected in error.message
