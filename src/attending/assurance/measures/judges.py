"""Two judges of the same statements, and the cheap checks beside the dearer judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

from attending.core.support import Verdict

SUPPORTED, UNSUPPORTED, CONTRADICTED = "supported", "unsupported", "contradicted"


def label(verdict: Verdict) -> str:
    """The likeliest of the three; of equals the one that warns most."""
    by_warning = {
        CONTRADICTED: verdict.contradicted,
        UNSUPPORTED: verdict.unsupported,
        SUPPORTED: verdict.supported,
    }
    return max(by_warning, key=by_warning.__getitem__)


def agreement(one: Sequence[str], other: Sequence[str]) -> float:
    """Share of the items that both label the same, 0..1; nan of nothing.

    Both in one order, of the same length.
    """
    pairs = list(zip(one, other, strict=True))
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else nan


def cohen_kappa(one: Sequence[str], other: Sequence[str]) -> float:
    """(p - e) / (1 - e): p the agreement, e what chance gives by each judge's own shares.

    1 at full agreement, 0 at chance; nan of nothing, and where both give one label alone.
    Source: Cohen 1960.
    """
    seen = agreement(one, other)
    left, right = Counter(one), Counter(other)
    chance = sum(left[each] * right[each] for each in left) / max(1, len(one)) ** 2
    return nan if not one or chance == 1 else (seen - chance) / (1 - chance)


@dataclass(frozen=True)
class AgainstJudge:
    """A check beside a judge: counts of statements.

    precision: of what the check flags, what the judge doubts. recall: of what the judge
    doubts, what the check flags. Each in 0..1; nan where there is nothing to divide by.
    """

    both: int
    check_alone: int
    judge_alone: int
    neither: int

    @property
    def precision(self) -> float:
        flagged = self.both + self.check_alone
        return self.both / flagged if flagged else nan

    @property
    def recall(self) -> float:
        doubted = self.both + self.judge_alone
        return self.both / doubted if doubted else nan


def against_judge(
    verdicts: Mapping[str, Verdict], flagged: Mapping[str, frozenset[str]]
) -> Mapping[str, AgainstJudge]:
    """Each check beside the judge, over the judge's sample alone.

    verdicts: by statement. flagged: by check, the statements that it flags.
    """
    doubted = frozenset(name for name, each in verdicts.items() if label(each) != SUPPORTED)
    sample = frozenset(verdicts)
    return {check: _beside(sample, doubted, found & sample) for check, found in flagged.items()}


def _beside(sample: frozenset[str], doubted: frozenset[str], found: frozenset[str]) -> AgainstJudge:
    return AgainstJudge(
        len(found & doubted),
        len(found - doubted),
        len(doubted - found),
        len(sample - doubted - found),
    )
