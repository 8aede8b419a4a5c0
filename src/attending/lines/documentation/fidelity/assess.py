"""A whole note assessed against a conversation: the one entry to the guard's score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attending.core.support import SupportModel
from attending.lines.documentation.fidelity.claims import Passage, Signal, Turn
from attending.lines.documentation.fidelity.combined import (
    BUDGET,
    JUDGED,
    LEXICAL,
    Combined,
    shipped,
)
from attending.lines.documentation.fidelity.measured import Conversation, Measured

__all__ = ["Assessed", "assess", "support_score"]


@dataclass(frozen=True)
class Assessed:
    """One sentence of a note. ``doubt`` in 0..1, calibrated; ``signals``: the strongest first.

    ``surprise``: in nats, how little of its words the talk accounts for.
    """

    text: str
    section: str
    doubt: float
    flagged: bool
    signals: tuple[Signal, ...] = ()
    passages: tuple[Passage, ...] = ()
    surprise: float = 0.0


def assess(
    note: Sequence[tuple[str, str]],
    turns: Sequence[Turn],
    support: SupportModel | None = None,
    *,
    off: frozenset[str] = frozenset(),
    budget: float = BUDGET,
) -> tuple[Assessed, ...]:
    """Each sentence of ``note``, (section key or "", text), in order.

    support: the judge; without one words alone are compared. off: names of signals to leave out.
    budget: flags on a clean note, at most. Headings and empty sentences have no doubt.
    Raises EngineFailed.
    """
    combined = shipped(LEXICAL if support is None else JUDGED)
    found = Conversation(turns, support, off=off).measured(note)
    return tuple(
        _assessed(found[place], combined, combined.threshold(budget))
        if place in found
        else Assessed(text, section, 0.0, flagged=False)
        for place, (section, text) in enumerate(note)
    )


def support_score(claim: str, turns: Sequence[Turn], support: SupportModel | None) -> float:
    """How far the conversation carries the claim, 0..1: what is left beside the doubt.

    Raises EngineFailed.
    """
    (assessed,) = assess((("", claim),), turns, support)
    return 1 - assessed.doubt


def _assessed(measured: Measured, combined: Combined, threshold: float) -> Assessed:
    claim = measured.claim
    doubt = combined.doubt(measured.features)
    return Assessed(
        claim.text,
        claim.section,
        doubt,
        doubt >= threshold,
        measured.signals,
        claim.passages,
        measured.surprise,
    )
