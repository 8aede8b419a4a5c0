"""What the steps of the loop are given; wired in app.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from attending.core.errors import UnsupportedSource
from attending.core.line import Line
from attending.core.ports import Blobs, Storage, Telemetry
from attending.loop.answering import Promotions
from attending.loop.guard import LIMIT


@dataclass(frozen=True)
class LoopParts:
    storage: Storage
    blobs: Blobs
    telemetry: Telemetry
    lines: Mapping[str, Line]
    promotions: Promotions = field(default_factory=lambda: Promotions(None))
    check_limit: timedelta = LIMIT  # for one check of the guard
    clock: Callable[[], float] = time.monotonic  # seconds; for what is done now and then

    def line(self, name: str) -> Line:
        """Raises UnsupportedSource for a line that is not installed."""
        if name not in self.lines:
            raise UnsupportedSource("This installation has no such line.", lines=sorted(self.lines))
        return self.lines[name]
