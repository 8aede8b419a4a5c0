"""The scripts and styles as they were bundled when the package was built."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

OWN = Path(__file__).parent / "static"


def asset(name: str, line: str = "", folder: Path = OWN) -> str:
    """The address of a script or a style, with the digest of what it is now."""
    path = f"/assets/lines/{line}/{name}" if line else f"/assets/{name}"
    return f"{path}?v={digest(folder / name)}"


@cache
def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@cache
def content(path: Path, *, packed: bool) -> bytes:
    """packed: as gzip; it lies beside the file."""
    return path.with_name(f"{path.name}.gz" if packed else path.name).read_bytes()
