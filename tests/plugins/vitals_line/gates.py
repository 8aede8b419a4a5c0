"""Where a test can hold a process in the middle of a step: a file says "hold"."""

from __future__ import annotations

import os
import time
from pathlib import Path

GATES = "VITALS_GATES"  # environment: the folder of the gates, or nothing


def pass_gate(stage: str) -> None:
    """Wait while ``<stage>.hold`` exists, having said so by ``<stage>.reached-<pid>``.

    ``<stage>.pass-<pid>`` lets that process alone through.
    """
    folder = os.environ.get(GATES)
    if not folder:
        return
    hold, let = Path(folder, f"{stage}.hold"), Path(folder, f"{stage}.pass-{os.getpid()}")
    while hold.exists() and not let.exists():
        Path(folder, f"{stage}.reached-{os.getpid()}").touch()
        time.sleep(0.01)
