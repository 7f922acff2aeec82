"""What schemathesis checks in every answer; it loads this file by SCHEMATHESIS_HOOKS.

Its own check takes any error with a path for a fault of the server. Ours are refusals with a code, such as that of an
invalid cursor, and a fault has the code INTERNAL.
"""

from typing import Any

import schemathesis
from hypothesis import strategies
from schemathesis.graphql import nodes

# An upload arrives in another part of the request; here it is whatever else a client may write.
schemathesis.graphql.scalar("Upload", strategies.text(max_size=20).map(nodes.String))
schemathesis.graphql.scalar(
    "DateTime",
    strategies.one_of(
        strategies.dates().map(str),
        strategies.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
        strategies.text(max_size=20),
    ).map(nodes.String),
)

FAULTS = {"INTERNAL", "UNAVAILABLE", "OVERLOADED", "STORAGE_FULL", None}


@schemathesis.check
def no_fault(_context: Any, response: Any, _case: Any) -> None:
    assert response.status_code in {200, 400, 429}, f"answered {response.status_code}"
    content = response.json()
    assert content.keys() <= {"data", "errors", "extensions"}, f"an unknown key in {sorted(content)}"
    codes = {error.get("extensions", {}).get("code") for error in content.get("errors", ())}
    assert not codes & FAULTS, f"a fault: {codes & FAULTS}"
