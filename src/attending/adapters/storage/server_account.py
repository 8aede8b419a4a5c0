"""Whom the embedded server runs as, and what belongs to that account.

PostgreSQL refuses to run as root. Under root, every program of the server runs as an
unprivileged account, and root hands over what it makes for it, never through a link:
the account may have planted it.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from attending.core.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STATE = Path("/var/lib")
"""Where root puts what has to lie outside of its own home: durable, and root's alone."""

_COMMAND_LIMIT_S = 300.0
_UNPRIVILEGED = ("postgres", "nobody")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True)
class ServerAccount:
    """Whom the server runs as; ``None`` means as ourselves."""

    uid: int | None = None
    gid: int | None = None

    def run(
        self, command: Sequence[str | Path], cwd: Path, inherited: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, in a session of its own and a clean environment."""
        return subprocess.run(
            command,
            cwd=cwd,
            env=_ENVIRONMENT,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            umask=0o077,
            pass_fds=inherited,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_COMMAND_LIMIT_S,
            check=False,
        )

    def reaches(self, directory: Path) -> bool:
        """Whether the kernel lets this account pass through the directory."""
        if self.uid is None:
            return True
        asked = self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", directory], cwd=Path("/"))
        return asked.returncode == 0

    def runs(self, program: Path) -> bool:
        """Whether this account can execute the program and load its libraries."""
        try:
            return self.run([program, "--version"], cwd=Path("/")).returncode == 0
        except OSError:
            return False

    def own(self, descriptor: int) -> None:
        if self.uid is not None and self.gid is not None:
            os.fchown(descriptor, self.uid, self.gid)


def account_of(home: Path) -> ServerAccount:
    if os.geteuid() != 0:
        return ServerAccount()
    owner = home.stat()
    if owner.st_uid != 0:
        return ServerAccount(owner.st_uid, owner.st_gid)
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerAccount(entry.pw_uid, entry.pw_gid)
    message = "The database server refuses to run as root, and no account stands in."
    raise Misconfigured(message, remedy="Create the account postgres, or run as another user.")


def make_private(directory: Path, account: ServerAccount) -> None:
    """Make a directory of mode 0700 that belongs to the account; refuse a stranger's."""
    directory.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        wanted = os.geteuid() if account.uid is None else account.uid
        if os.fstat(descriptor).st_uid not in {wanted, os.geteuid()}:
            message = f"The directory {directory} belongs to another user."
            raise Misconfigured(message, remedy="Remove it, or set another directory.")
        os.fchmod(descriptor, 0o700)
        account.own(descriptor)
    finally:
        os.close(descriptor)


def take_over(data: Path, account: ServerAccount) -> None:
    """Give data that root has put there (a restored backup) to the server's account."""
    if account.uid is None or account.gid is None or not data.exists():
        return
    if data.lstat().st_uid == account.uid:
        return
    for _, folders, files, descriptor in os.fwalk(data):
        account.own(descriptor)
        for name in [*folders, *files]:
            os.chown(name, account.uid, account.gid, dir_fd=descriptor, follow_symlinks=False)


@contextmanager
def opened(path: Path, account: ServerAccount) -> Iterator[int]:
    """A file of mode 0600 that belongs to the account; never through a link."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        account.own(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
