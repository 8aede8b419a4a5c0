"""Why a claim is doubted, in words for a clinician, with how much it matters."""

from __future__ import annotations

from dataclasses import dataclass

from attending.core.draft import Severity
from attending.lines.documentation.fidelity.claims import Passage, Signal
from attending.lines.documentation.fidelity.combined import Combined
from attending.lines.documentation.fidelity.features import SIGNAL
from attending.lines.documentation.fidelity.measured import Measured

LEAST = 0.25  # of a signal's strength, for it to be told as the reason
MILD = frozenset({"fabricated"})  # signals that say how little was said, and not what is wrong
_OPPOSED = 0.5  # of a contradiction, for it to be told as one


@dataclass(frozen=True)
class Reason:
    """``why`` is a sentence or two; ``passage``: where to listen; ``quote``: what it is about."""

    why: str
    severity: Severity
    passage: Passage | None
    quote: str = ""


def reason(measured: Measured, combined: Combined) -> Reason:
    """The strongest reason: what adds most to the doubt, if that can be told; else the judge's."""
    passage = next(iter(measured.claim.passages), None)
    if signal := _telling(measured, combined):
        severity = Severity.CAUTION if signal.name in MILD else Severity.SERIOUS
        return Reason(signal.explanation, severity, passage, signal.quote)
    if any(verdict.contradicted >= _OPPOSED for verdict in measured.verdicts):
        return Reason("What was said speaks against this.", Severity.SERIOUS, passage)
    return Reason("Nothing that was said clearly carries this.", Severity.CAUTION, passage)


def _telling(measured: Measured, combined: Combined) -> Signal | None:
    """The signal that adds most to the doubt."""
    parts = combined.parts(measured.features)
    told = [each for each in measured.signals if each.strength >= LEAST]
    return max(told, key=lambda each: parts.get(SIGNAL + each.name, 0.0), default=None)
