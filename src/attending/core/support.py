"""Support: does what was said carry a claim? The port of the models that judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Verdict:
    """Probabilities, each in 0..1, that sum to 1: carried, not carried, said otherwise."""

    supported: float
    unsupported: float
    contradicted: float


@dataclass(frozen=True)
class Pair:
    """A claim of a note beside the passage of the conversation that should carry it."""

    claim: str
    passage: str


class SupportModel(Protocol):
    """Judges claims against passages. Local: it sees what was said as it was said."""

    name: str
    version: str

    def judge(self, pairs: Sequence[Pair]) -> tuple[Verdict, ...]:
        """One verdict a pair, in their order. Raises EngineFailed."""
        ...
