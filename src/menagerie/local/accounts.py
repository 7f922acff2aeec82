"""The account that the database server runs under: our own, or an unprivileged one if we are root."""

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass

from menagerie.errors import DomainError

_NAME = "menagerie"


@dataclass(frozen=True)
class SystemAccount:
    """An account of this machine.

    `switch` tells whether a server must switch to it because we are root, under which PostgreSQL refuses to run.
    """

    name: str
    user: int
    group: int
    switch: bool


def server_account() -> SystemAccount:
    """The account that PostgreSQL runs under; as root, a system user is created for it the first time.

    Raises:
        DomainError: when the user id has no name, or root cannot make the system user.
    """
    if os.geteuid() != 0:
        try:
            name = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            raise DomainError(
                f"The user id {os.geteuid()} has no name on this machine, and PostgreSQL needs one. "
                "Run as a user that is listed in /etc/passwd."
            ) from None
        return SystemAccount(name, os.geteuid(), os.getegid(), switch=False)
    if not sys.platform.startswith("linux"):
        raise DomainError("PostgreSQL does not run as root. Run the same command as an ordinary user, without sudo.")
    entry = _find() or _make()
    return SystemAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def _find() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(_NAME)
    except KeyError:
        return None


def _make() -> pwd.struct_passwd:
    # Two concurrent useradd calls can both find no such user, and the second then replaces the first one's entry with
    # another user id.
    directory = os.open("/etc", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        entry = _find()
        if entry is None:
            _add()
            entry = _find()
    finally:
        os.close(directory)
    if entry is None:
        raise DomainError(
            "PostgreSQL does not run as root, and a system user for it could not be created. "
            f"Run as an ordinary user, or create a system user named {_NAME}."
        )
    return entry


def _add() -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if useradd:
        home_and_shell = ("--home-dir", "/nonexistent", "--no-create-home", "--shell", "/usr/sbin/nologin")
        subprocess.run(  # noqa: S603  our own arguments
            [useradd, "--system", "--user-group", *home_and_shell, _NAME], check=False, capture_output=True
        )
