"""What one signal says so strongly that it needs no others beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attending.lines.documentation.checks.examined import Examined
from attending.lines.documentation.fidelity.claims import Claim, ClaimedNote, Signal, SignalCheck
from attending.lines.documentation.fidelity.conversation import turns
from attending.lines.documentation.rendition import from_json

STRONG = 0.6  # of a signal's strength


def unsaid(rendition: bytes, items: Sequence[Examined], check: SignalCheck) -> Mapping[str, Signal]:
    """By the statement's id, the signals that are strong."""
    if not items:
        return {}
    claims = tuple(Claim(item.statement.id, item.section, item.text) for item in items)
    told = check.signals(ClaimedNote(claims, turns(from_json(rendition))))
    return {name: signal for name, signal in told.items() if signal.strength >= STRONG}
