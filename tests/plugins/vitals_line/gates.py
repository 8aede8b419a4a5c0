"""Where a test can hold a process in the middle of a step: a file says "hold"."""

from __future__ import annotations

import os
import time
from pathlib import Path

GATES = "VITALS_GATES"  # environment: the folder of the gates, or nothing


def pass_gate(stage: str) -> None:
    """Wait while ``<stage>.hold`` exists, having said so by ``<stage>.reached``."""
    folder = os.environ.get(GATES)
    if not folder:
        return
    hold = Path(folder, f"{stage}.hold")
    while hold.exists():
        Path(folder, f"{stage}.reached").touch()
        time.sleep(0.01)
