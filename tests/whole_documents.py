"""Read a document in one go, for tests that don't care about the steps."""

from menagerie.graphql.documents import Document, Documents

MAX_BYTES = 2_000_000
"""Enough for a test's documents."""


def read_whole(documents: Documents, text: str) -> Document:
    """The document of a text, read unless it is cached."""
    if (known := documents.find(text)) is not None:
        return known
    steps = documents.read(text)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            document: Document = end.value
            return document
