"""Content as a digest: SHA-256 in hexadecimal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def file_digest(path: Path) -> str:
    """Of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_digest(folder: Path, files: Iterable[Path]) -> str:
    """Of files by their place in a folder, whatever the order in which they are given."""
    lines = sorted(f"{path.relative_to(folder).as_posix()}\0{file_digest(path)}" for path in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
