"""Check that locks name versions and hashes, but no registry: everybody installs from their own."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ADDRESS = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host")


def problems() -> list[str]:
    """Everything that is wrong with the locks."""
    found = []
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text()
        if _ADDRESS.search(text):
            found.append(f"{path.name} holds an address; compile it with `make requirements`.")
        # Backslashes continue a requirement until its last hash.
        requirements = (part for part in re.split(r"(?<!\\)\n", text) if part.strip())
        found += [
            f"{path.name}: {part.split()[0]} has no hash." for part in requirements if "--hash=sha256:" not in part
        ]
    return found + [problem for directory in ("web", "web/budgets") for problem in _npm_problems(directory)]


def _npm_problems(directory: str) -> list[str]:
    lock = json.loads((ROOT / directory / "package-lock.json").read_text())
    found = []
    for name, package in lock["packages"].items():
        if name and not package.get("link") and "integrity" not in package:
            found.append(f"{directory}/package-lock.json: {name} has no integrity.")
        if "://" in package.get("resolved", ""):
            found.append(
                f"{directory}/package-lock.json: {name} holds an address; set omit-lockfile-registry-resolved."
            )
    return found


if __name__ == "__main__":
    lines = problems()
    print("\n".join(lines), end="\n" if lines else "")
    sys.exit(1 if lines else 0)
