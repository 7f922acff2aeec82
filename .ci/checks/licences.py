"""Check that every dependency has a licence under which Menagerie may be used and passed on."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PERMITTED = re.compile(
    r"\b(MIT|MIT-CMU|BSD|Apache|ISC|Python Software Foundation|PSF|PostgreSQL|Unlicense|0BSD|CC0|CC-BY|BlueOak|HPND"
    r"|Zlib|OFL|Python-2\.0)\b",
    re.IGNORECASE,
)
# Copyleft only for the library itself: they are used unchanged.
_EXCEPTIONS = {
    "psycopg": "LGPL-3.0: used unchanged, replaceable",
    "psycopg-binary": "LGPL-3.0: used unchanged, replaceable",
    "psycopg-pool": "LGPL-3.0: used unchanged, replaceable",
    "certifi": "MPL-2.0: file-level copyleft, used unchanged",
    "pathspec": "MPL-2.0: file-level copyleft, used unchanged",
    "hypothesis": "MPL-2.0: a test tool, not shipped",
    "lightningcss": "MPL-2.0: a build tool, not shipped",
    "axe-core": "MPL-2.0: a test tool, not shipped",
    "pyrage": "MIT by its LICENSE, not declared",
    "parse-cache-control": "BSD-3-Clause by its LICENSE, not declared: a measuring tool, not shipped",
}


def _python() -> list[tuple[str, str]]:
    listing = subprocess.run(
        [Path(sys.executable).with_name("pip-licenses"), "--from=mixed", "--format=json", "--python", sys.executable],
        check=True,
        capture_output=True,
        text=True,
    )
    return [(package["Name"].lower(), package["License"]) for package in json.loads(listing.stdout)]


def _web() -> list[tuple[str, str]]:
    locks = [json.loads((ROOT / directory / "package-lock.json").read_text()) for directory in ("web", "web/budgets")]
    return [
        (name.rpartition("node_modules/")[2], str(package.get("license", "none")))
        for lock in locks
        for name, package in lock["packages"].items()
        if name
    ]


def _known(name: str) -> bool:
    return any(name == known or name.startswith(f"{known}-") for known in _EXCEPTIONS)


def main() -> int:
    """Print every dependency whose licence is not permitted."""
    refused = [
        f"{name}: {licence}"
        for name, licence in sorted({*_python(), *_web()})
        if name != "menagerie" and not _PERMITTED.search(licence) and not _known(name)
    ]
    print("\n".join(["Dependencies whose licence has to be looked at:", *refused]) if refused else "", end="")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
