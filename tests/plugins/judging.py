"""A check that asks a large judge of its own, which says what the test wants."""

from __future__ import annotations

from dataclasses import dataclass

from attending.core.draft import Draft, Finding, Severity
from attending.core.guarding import Judgement, Scored
from attending.core.line import CheckCard
from attending.core.support import Verdict

CARD = CheckCard("Second", "whether a second judge agrees.", (Severity.CAUTION,))
DOUBTS = Verdict(0.1, 0.7, 0.2)
SCORED = Scored("score 1, judge 1", 0.4, 0.3)


@dataclass
class Judging:
    """Doubts every statement, and says so."""

    verdict: Verdict = DOUBTS
    scored: Scored = SCORED
    judge: str = "large 1"
    name: str = "second"
    card: CheckCard = CARD

    def examine(self, rendition: bytes, draft: Draft) -> tuple[Finding, ...]:
        return self.sample(rendition, draft)[0]

    def sample(
        self, rendition: bytes, draft: Draft
    ) -> tuple[tuple[Finding, ...], tuple[Judgement, ...]]:
        judged = tuple(
            Judgement(self.name, section.key, each.id, self.judge, self.verdict, self.scored)
            for section in draft.sections
            for each in section.statements
        )
        found = (
            Finding(self.name, each.section, each.statement, Severity.CAUTION, "It doubts it.")
            for each in judged
        )
        return tuple(found), judged
