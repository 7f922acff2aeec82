"""Check that the schemas that the web page's types come from match the code. With --write, update them."""

import sys
from pathlib import Path

from menagerie.api.schemas import SCHEMAS

DIRECTORY = Path(__file__).parents[2] / "web" / "schema"


def main() -> int:
    """Compare, or write."""
    stale = []
    for name, schema in SCHEMAS.items():
        path, text = DIRECTORY / f"{name}.graphql", schema.as_str() + "\n"
        if path.is_file() and path.read_text() == text:
            continue
        if "--write" in sys.argv:
            path.write_text(text)
        else:
            stale.append(path.name)
    if stale:
        print(f"web/schema does not match the code: {', '.join(stale)}. Run `make schema`.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
