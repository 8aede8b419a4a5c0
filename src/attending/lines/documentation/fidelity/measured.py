"""A note measured against a conversation: every claim with its passages, reasons and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attending.core.support import SupportModel, Verdict
from attending.lines.documentation.fidelity.association import Association
from attending.lines.documentation.fidelity.claims import (
    Claim,
    ClaimedNote,
    Passage,
    Signal,
    SignalCheck,
    Turn,
)
from attending.lines.documentation.fidelity.conversation import is_heading
from attending.lines.documentation.fidelity.features import features, surprise
from attending.lines.documentation.fidelity.judge import Hearing, LexicalJudge
from attending.lines.documentation.fidelity.linking import Linker
from attending.lines.documentation.fidelity.signals import SIGNALS

PASSAGES = 3


@dataclass(frozen=True)
class Measured:
    """One claim. ``signals``: the strongest first. ``verdicts``: as a hearing gives them.

    ``surprise``: in nats, how little of its words the talk accounts for.
    """

    claim: Claim
    signals: tuple[Signal, ...]
    verdicts: tuple[Verdict, ...]
    features: Mapping[str, float]
    surprise: float


class Conversation:
    """One conversation, ready to measure notes against it."""

    def __init__(
        self,
        turns: Sequence[Turn],
        support: SupportModel | None = None,
        *,
        off: frozenset[str] = frozenset(),
        signals: Sequence[SignalCheck] = SIGNALS,
        association: Association | None = None,
    ) -> None:
        """support: the judge; without one words alone are compared. off: signals left out."""
        self._turns = tuple(turns)
        self._linker = Linker(turns, association)
        self._hearing = Hearing(turns, support or LexicalJudge(association))
        self._signals = tuple(each for each in signals if each.name not in off)
        self._ranked: dict[str, tuple[Passage, ...]] = {}

    def measured(self, note: Sequence[tuple[str, str]]) -> dict[int, Measured]:
        """By its place in the note each claim, (section key or "", text).

        Headings and empty sentences claim nothing. Raises EngineFailed.
        """
        claims = tuple(
            Claim(str(place), section, text, self._passages(text))
            for place, (section, text) in enumerate(note)
            if text.strip() and not is_heading(text)
        )
        reasons = self._reasons(ClaimedNote(claims, self._turns))
        judged = self._hearing.verdicts(claims)
        return {
            int(claim.id): Measured(
                claim,
                reasons[claim.id],
                judged[claim.id],
                features(claim, self._linker, judged[claim.id], reasons[claim.id]),
                surprise(claim.text, self._linker),
            )
            for claim in claims
        }

    def _reasons(self, note: ClaimedNote) -> dict[str, tuple[Signal, ...]]:
        told = [check.signals(note) for check in self._signals] if note.turns else []
        return {
            claim.id: tuple(
                sorted((t[claim.id] for t in told if claim.id in t), key=lambda s: -s.strength)
            )
            for claim in note.claims
        }

    def _passages(self, text: str) -> tuple[Passage, ...]:
        if text not in self._ranked:
            self._ranked[text] = self._linker.rank(text, PASSAGES)
        return self._ranked[text]
