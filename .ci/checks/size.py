"""Check that files stay short enough to be read at once: 300 lines of Python, 200 of the storefront."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_MAX_LINES = {
    "src/**/*.py": 300,
    "alembic/**/*.py": 300,
    "bench/**/*.py": 300,
    "tests/**/*.py": 300,
    ".ci/**/*.py": 300,
    "web/src/**/*.ts*": 200,
    "web/src/**/*.css": 200,
    "web/gallery/**/*.ts*": 200,
}


def main() -> int:
    """Print every file that is too long."""
    long = [
        f"{path.relative_to(ROOT)} has {lines} lines; {most} are the most."
        for pattern, most in _MAX_LINES.items()
        for path in sorted(ROOT.glob(pattern))
        if (lines := len(path.read_text().splitlines())) > most
    ]
    print("\n".join(long), end="\n" if long else "")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
