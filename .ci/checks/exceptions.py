"""Check that each line that switches a check off has a reason: behind it or, for a whole file, in the line above."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FILES = ("src/**/*.py", "alembic/**/*.py", "bench/**/*.py", "tests/**/*.py", ".ci/**/*.py", "charts/**/*.py")
_SWITCH = re.compile(r"# (noqa\b|type: ignore\b|pyright: )")
_FOR_FILE = re.compile(r"#\spyright: \w+=")
_WITH_REASON = re.compile(r"# (noqa: [A-Z]+\d+(, [A-Z]+\d+)*  |(type|pyright): ignore\[[\w, -]+\]  # )\S")


def main() -> int:
    """Print every line without a reason."""
    bare = [
        f"{path.relative_to(ROOT)}:{number} switches a check off without a rule or a reason: {line.strip()}"
        for pattern in _FILES
        for path in sorted(ROOT.glob(pattern))
        for number, line, above in _lines(path)
        if _SWITCH.search(line) and not (above.startswith("# ") if _FOR_FILE.match(line) else _WITH_REASON.search(line))
    ]
    print("\n".join(bare), end="\n" if bare else "")
    return 1 if bare else 0


def _lines(path: Path) -> Iterator[tuple[int, str, str]]:
    """Each line with its number and the line above it."""
    lines = path.read_text().splitlines()
    return zip(range(1, len(lines) + 1), lines, ["", *lines], strict=False)


if __name__ == "__main__":
    sys.exit(main())
