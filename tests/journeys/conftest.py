"""A demo installation whose processes really run, with its own database server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from attending.demo.installation import Installation
from attending.demo.processes import running

UPLOAD_LIMIT = 4 << 20


@pytest.fixture(scope="session")
def demo(server: Path) -> Iterator[Installation]:
    """Everything the demo starts, in this worker; ended with the session."""
    home = server / f"demo-{uuid4().hex[:8]}"
    home.mkdir()
    home.chmod(0o755)
    installation = Installation(
        home, fsync=False, overrides={"ATTENDING_UPLOAD_LIMIT": str(UPLOAD_LIMIT)}
    )
    with running(installation):
        yield installation
