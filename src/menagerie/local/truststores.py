"""Add the local authority to what this machine's programs and browsers trust, and remove it again.

Nothing here asks for a password or calls sudo: if permission is missing, the answer is the command to run.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from menagerie.local.certificates import fingerprint

_NICKNAME = "Menagerie local authority"
_FILE_NAME = "menagerie-local-authority.crt"


@dataclass(frozen=True)
class _SystemStore:
    """A directory of trusted authorities, and the commands that make the system read it."""

    anchors: Path
    refresh: tuple[str, ...]
    remove: tuple[str, ...]


_LINUX_STORES = (
    _SystemStore(  # Debian, Ubuntu, Alpine
        Path("/usr/local/share/ca-certificates"), ("update-ca-certificates",), ("update-ca-certificates", "--fresh")
    ),
    _SystemStore(  # Fedora, RHEL
        Path("/etc/pki/ca-trust/source/anchors"), ("update-ca-trust",), ("update-ca-trust",)
    ),
    _SystemStore(  # Arch
        Path("/etc/ca-certificates/trust-source/anchors"), ("update-ca-trust",), ("update-ca-trust",)
    ),
)


def trust(authority: Path) -> list[str]:
    """Make this machine trust the authority. Each sentence says what was done, or what is left to do."""
    return [*_trust_system(authority), *_trust_browsers(authority)]


def untrust(authority: Path) -> list[str]:
    """Remove the authority from everything that `trust` adds it to. Each sentence says what was done or is left."""
    return [*_untrust_system(authority), *_untrust_browsers()]


def _trust_system(authority: Path) -> list[str]:
    if sys.platform == "darwin":
        keychain = str(Path.home() / "Library/Keychains/login.keychain-db")
        command = ["security", "add-trusted-cert", "-r", "trustRoot", "-k", keychain, str(authority)]
        done = _run(command)
        return ["Your login keychain now trusts it." if done else f"Trust it with: {_shell(command)}"]
    store = _linux_store()
    if store is None:
        return [f"No known list of trusted authorities was found here; add {authority} to it by hand."]
    target = store.anchors / _FILE_NAME
    # `install` makes a readable copy; the original is in a private directory.
    copy = ["install", "-m", "644", str(authority), str(target)]
    if _may_write(store.anchors) and _run(copy) and _run(store.refresh):
        return ["The system now trusts it."]
    return [f"The system needs your password to trust it: sudo {_shell(copy)} && sudo {_shell(store.refresh)}"]


def _untrust_system(authority: Path) -> list[str]:
    if sys.platform == "darwin":
        if not authority.exists():
            return [f"Remove {_NICKNAME} from your login keychain with the Keychain Access application."]
        command = ["security", "delete-certificate", "-t", "-Z", fingerprint(authority)]
        done = _run(command)
        return ["Your login keychain no longer trusts it." if done else f"Remove it with: {_shell(command)}"]
    store = _linux_store()
    if store is None or not (store.anchors / _FILE_NAME).exists():
        return ["The system did not trust it."]
    target = store.anchors / _FILE_NAME
    delete = ["rm", "-f", str(target)]
    if _may_write(store.anchors) and _run(delete) and _run(store.remove):
        return ["The system no longer trusts it."]
    return [f"The system needs your password to forget it: sudo {_shell(delete)} && sudo {_shell(store.remove)}"]


def _trust_browsers(authority: Path) -> list[str]:
    certutil = shutil.which("certutil")
    databases = _browser_databases()
    if certutil is None:
        return [_certutil_missing()] if databases else []
    shared = Path.home() / ".pki/nssdb"
    if sys.platform != "darwin" and shared not in databases:
        # Chromium reads this database, but makes it only when it first needs it.
        shared.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _run([certutil, "-N", "--empty-password", "-d", f"sql:{shared}"]):
            databases = [shared, *databases]
    sentences: list[str] = []
    for database in databases:
        _run([certutil, "-D", "-d", f"sql:{database}", "-n", _NICKNAME])  # an older one would be in the way
        command = [certutil, "-A", "-d", f"sql:{database}", "-a", "-t", "C,,", "-n", _NICKNAME, "-i", str(authority)]
        done = _run(command)
        sentences.append(f"{_browser(database)} now trusts it." if done else f"Trust it with: {_shell(command)}")
    return sentences


def _untrust_browsers() -> list[str]:
    certutil = shutil.which("certutil")
    databases = _browser_databases()
    if certutil is None:
        return [_certutil_missing()] if databases else []
    return [
        f"{_browser(database)} no longer trusts it."
        for database in databases
        if _run([certutil, "-D", "-d", f"sql:{database}", "-n", _NICKNAME])
    ]


def _linux_store() -> _SystemStore | None:
    usable = (s for s in _LINUX_STORES if s.anchors.is_dir() and _program(s.refresh[0]))
    return next(usable, None)


def _browser_databases() -> list[Path]:
    """The certificate databases of the user's browsers (NSS): Chromium's shared one, and one per Firefox profile."""
    home = Path.home()
    patterns = (
        ".pki/nssdb/cert9.db",
        ".mozilla/firefox/*/cert9.db",
        "snap/firefox/common/.mozilla/firefox/*/cert9.db",
        "snap/chromium/current/.pki/nssdb/cert9.db",
        ".var/app/org.mozilla.firefox/.mozilla/firefox/*/cert9.db",
        "Library/Application Support/Firefox/Profiles/*/cert9.db",
    )
    return [found.parent for pattern in patterns for found in sorted(home.glob(pattern))]


def _browser(database: Path) -> str:
    return "Chromium" if database.name == "nssdb" else f"Firefox (profile {database.name})"


def _certutil_missing() -> str:
    package = "brew install nss" if sys.platform == "darwin" else "the package libnss3-tools or nss-tools"
    return f"Your browsers keep their own lists, which need certutil ({package}). Install it and run this again."


def _may_write(directory: Path) -> bool:
    return os.access(directory, os.W_OK)


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")


def _run(command: Sequence[str]) -> bool:
    program = _program(command[0])
    if program is None:
        return False
    result = subprocess.run([program, *command[1:]], check=False, capture_output=True, stdin=subprocess.DEVNULL)  # noqa: S603  our own arguments
    return result.returncode == 0


def _shell(command: Sequence[str]) -> str:
    return " ".join(f"'{part}'" if " " in part else part for part in command)
