"""One whole installation for the tests of faults; they leave it running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import Stack


@pytest.fixture(scope="session")
def standing(server: Path) -> Iterator[Stack]:
    with Stack.opened(server, server=server) as stack:
        yield stack


@pytest.fixture
def stack(standing: Stack) -> Iterator[Stack]:
    """All three processes run, every gate is open and no fault is planned, before and after."""
    yield standing
    for stage in ("decode", "infer", "guard"):
        standing.gates.open(stage)
    for proxy in (standing.to_ehr, standing.to_web, standing.to_notices):
        proxy.let_go()
        proxy.forget()
    for process in ("web", "inference", "releaser"):
        if not standing.processes.alive(process):
            standing.restart(process)
