"""What every measurement is given, and what it gives back."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import numpy as np

from attending.demo.installation import Installation

ROOT = Path(__file__).parents[1]
T = TypeVar("T")


class Effort(Enum):
    """FULL is for the record, QUICK for a look, TINY shows only that it runs."""

    FULL = "full"
    QUICK = "quick"
    TINY = "tiny"


@dataclass(frozen=True)
class Figure:
    """One number. ``met``: whether the goal is reached, None where there is no goal."""

    name: str
    value: float
    unit: str
    detail: str = ""
    goal: str = ""
    met: bool | None = None

    @classmethod
    def at_most(cls, name: str, value: float, unit: str, limit: float, detail: str = "") -> Figure:
        return cls(name, value, unit, detail, f"≤ {limit:g} {unit}".strip(), value <= limit)


@dataclass(frozen=True)
class Bench:
    """``folder`` holds the database server of the run; ``tell`` shows what is going on."""

    folder: Path
    effort: Effort
    tell: Callable[[str], None]

    def pick(self, full: T, quick: T, tiny: T) -> T:
        """The size of something, by the effort."""
        return {Effort.FULL: full, Effort.QUICK: quick, Effort.TINY: tiny}[self.effort]

    def installation(self, name: str, line: str = "", **overrides: str) -> Installation:
        """An installation with a database of its own. ``line``: a module of this package."""
        database = f"{name}_{uuid4().hex[:8]}"
        lines = {"ATTENDING_LINES": f'["benchmarks.{line}"]'} if line else {}
        return Installation(
            home=self.folder / database,
            overrides={**lines, **_UNLIMITED, "PYTHONPATH": _OURS, **overrides},
            server=self.folder,
            database=database,
        )


_OURS = f"{ROOT}{os.pathsep}{ROOT / 'src'}"  # what is measured is this tree, wherever it lies
# Measured is what is done, not what is refused.
_UNLIMITED = {
    "ATTENDING_REQUESTS_PER_PRINCIPAL": "1000000",
    "ATTENDING_REQUESTS_PER_TENANT": "1000000",
}


def median(values: Sequence[float]) -> float:
    return float(np.median(values))


def p99(values: Sequence[float]) -> float:
    return float(np.percentile(values, 99))


def spread(values: Sequence[float]) -> str:
    """The smallest and the largest, to show how steady a number is."""
    return f"{min(values):.3g}-{max(values):.3g}, n = {len(values)}"
