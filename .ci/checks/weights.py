"""Check that what a first visit to the storefront fetches stays small: JavaScript, style sheet and font, as built."""

import gzip
import json
import sys
from collections.abc import Iterable
from pathlib import Path

DIST = Path(__file__).parents[2] / "web" / "dist"
_KB = 1000
_MOST = {
    "JavaScript before the first paint, gzipped": 8,
    "initial JavaScript, gzipped": 110,
    "CSS, gzipped": 15,
    "the one font file": 40,
}


def scripts(manifest: dict[str, dict], first: list[str]) -> set[str]:
    """These chunks and what they import, but not what is imported later."""
    wanted, found = list(first), set[str]()
    while wanted:
        chunk = manifest[wanted.pop()]
        if chunk["file"] not in found:
            found.add(chunk["file"])
            wanted += chunk.get("imports", [])
    return {name for name in found if name.endswith(".js")}


def weights() -> dict[str, float]:
    """The kilobytes (of 1,000 bytes) of everything that has a limit."""
    manifest = json.loads((DIST / ".vite" / "manifest.json").read_text())
    # index.html starts with the shell, which fetches the page.
    shell, page = (key for name in ("first-screen", "page") for key in manifest if manifest[key].get("name") == name)
    fonts = list((DIST / "assets").glob("*.woff2"))
    if len(fonts) != 1:
        raise SystemExit(f"The storefront has {len(fonts)} font files and should have one.")

    def gzipped(paths: Iterable[Path]) -> float:
        return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths) / _KB

    return {
        "JavaScript before the first paint, gzipped": gzipped(DIST / name for name in scripts(manifest, [shell])),
        "initial JavaScript, gzipped": gzipped(DIST / name for name in scripts(manifest, [shell, page])),
        "CSS, gzipped": gzipped((DIST / "assets").glob("*.css")),
        "the one font file": fonts[0].stat().st_size / _KB,
    }


def main() -> int:
    """Print every weight with its limit, and return 1 if one exceeds it."""
    over = False
    for what, kilobytes in weights().items():
        most = _MOST[what]
        over |= kilobytes > most
        print(f"{what}: {kilobytes:.1f} KB of {most}{'  TOO MUCH' if kilobytes > most else ''}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
