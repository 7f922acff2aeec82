"""Private directories on this machine, and readable errors for when the disk cannot be written."""

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from menagerie.errors import DomainError

# The shortest sun_path of the supported systems is macOS's, 104 bytes including the terminating zero (sys/un.h).
_MAX_SOCKET_PATH = 100


class DiskError(DomainError):
    """A directory cannot be written; free space, fix its permissions or set MENAGERIE_HOME to another one."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn disk errors into a sentence that says what is wrong.

    Raises:
        DiskError: when the disk is full or read-only, or the path belongs to somebody else.
    """
    try:
        yield
    except OSError as error:
        sentence = _sentence(error.errno, path)
        if sentence is None:
            raise
        raise DiskError(sentence) from error


def _sentence(code: int | None, path: Path) -> str | None:
    if code in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk that holds {path} is full. Free some space and try again."
    elsewhere = "set MENAGERIE_HOME to a writable directory"
    if code == errno.EROFS:
        return f"{path} is on a read-only disk; {elsewhere}."
    if code in {errno.EACCES, errno.EPERM}:
        return f"You may not write to {path}. Run as the user who owns it, or {elsewhere}."
    if code in {errno.ENOTDIR, errno.EEXIST}:
        return f"{path} cannot be created, because a file is in the way. Move the file, or {elsewhere}."
    return None


def private_directory(path: Path) -> Path:
    """Create the directory if it is missing, accessible only to its owner (0700).

    Raises:
        DiskError: when it cannot be created or made private.
    """
    with writing(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(path.stat().st_mode) != stat.S_IRWXU:
            path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file atomically, for its owner only (0600), and flush it to the disk before returning.

    Raises:
        DiskError: when it cannot be written.
    """
    with writing(path):
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def socket_directory(directory: Path, socket: str) -> Path:
    """The directory itself if the path of a socket in it is short enough, or else a short private one instead.

    A Unix socket's path is limited to about 100 bytes, and a checkout may be deeper than that.

    Raises:
        DiskError: when the short directory cannot be created, or somebody else has created it.
    """
    if len(os.fsencode(directory / socket)) <= _MAX_SOCKET_PATH:
        return directory
    name = f"menagerie-{hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]}"
    roots = [Path(root) for root in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp") if root]  # noqa: S108  the directory is checked
    root = next(r for r in roots if r.is_dir() and len(os.fsencode(r / name / socket)) <= _MAX_SOCKET_PATH)
    short = root / name
    with writing(short):
        short.mkdir(mode=0o700, exist_ok=True)
        found = short.lstat()
    # Everybody can write to /tmp: another user who created the directory beforehand could listen in our place.
    owners: set[int] = {os.geteuid()} | ({directory.stat().st_uid} if directory.exists() else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise DiskError(f"{short} belongs to somebody else. Move the data to a shorter path with MENAGERIE_HOME.")
    return private_directory(short)
