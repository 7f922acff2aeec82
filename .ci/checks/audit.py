"""Known vulnerabilities of every dependency, in both languages.

Exit codes: 0 none known; 1 some known; 3 a package could not be looked up, which counts as a failure.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NOT_LOOKED_UP = 3
# Locks that are installed together are audited together; the others have versions of their own.
_TOGETHER = {"runtime.txt", "local.txt", "development.txt"}


def _python() -> tuple[list[str], list[str]]:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    groups = [[lock for lock in locks if lock.name in _TOGETHER]]
    groups += [[lock] for lock in locks if lock.name not in _TOGETHER]
    answers = [_python_group(group) for group in groups]
    return [line for known, _ in answers for line in known], [line for _, missing in answers for line in missing]


def _python_group(locks: list[Path]) -> tuple[list[str], list[str]]:
    program = Path(sys.executable).with_name("pip-audit")
    command = [program, "--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off"]
    audit = subprocess.run(
        [*command, *(part for lock in locks for part in ("-r", lock))], capture_output=True, text=True, check=False
    )
    if not audit.stdout.strip():
        return [], [f"Python: {audit.stderr.strip()[-300:]}"]
    packages: list[dict[str, Any]] = json.loads(audit.stdout)["dependencies"]
    known = [f"{p['name']} {p['version']}: {v['id']}" for p in packages for v in p.get("vulns", ())]
    return known, [f"{p['name']}: {p['skip_reason']}" for p in packages if "skip_reason" in p]


def _web() -> tuple[list[str], list[str]]:
    audit = subprocess.run(["npm", "audit", "--json"], cwd=ROOT / "web", capture_output=True, text=True, check=False)
    try:
        answer: dict[str, Any] = json.loads(audit.stdout)
    except json.JSONDecodeError:
        answer = {}
    if "vulnerabilities" not in answer:
        return [], [f"npm: {answer.get('message') or audit.stderr.strip()[-300:] or 'no answer'}"]
    return [f"{name}: {found['severity']}" for name, found in answer["vulnerabilities"].items()], []


def main() -> int:
    """Ask both registries and print what they know."""
    python, web = _python(), _web()
    known, unanswered = [*python[0], *web[0]], [*python[1], *web[1]]
    if known:
        print("Known vulnerabilities:", *known, sep="\n  ")
    if unanswered:
        print("Could not be looked up, so nothing is known of:", *unanswered[:5], sep="\n  ")
        if len(unanswered) > len(unanswered[:5]):
            print(f"  and {len(unanswered) - 5} others")
    return 1 if known else NOT_LOOKED_UP if unanswered else 0


if __name__ == "__main__":
    sys.exit(main())
