"""A note as a whole: whether it was made of this conversation at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

FEW = 5  # doubted statements, below which a note is not doubted as a whole
SHARE = 0.3  # of a note's statements; notes of the validation part have up to 0.21


@dataclass(frozen=True)
class Whole:
    """``statements``: that claim something; ``doubted``: those that would be flagged.

    ``surprise``: in nats, of all statements together (``features.surprise``).
    """

    statements: int
    doubted: int
    surprise: float

    @property
    def foreign(self) -> bool:
        """So much is doubted that the recording, or the patient, may be another's."""
        return self.doubted >= FEW and self.doubted >= SHARE * self.statements

    @property
    def unsaid(self) -> float:
        """How much of the note nothing in the talk accounts for: 0, and more with each word."""
        return math.log1p(self.surprise)


def whole(doubted: Sequence[bool], surprises: Sequence[float]) -> Whole:
    """Of each statement whether it is flagged, and its surprise."""
    return Whole(len(doubted), sum(doubted), sum(surprises))
