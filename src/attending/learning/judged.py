"""The line's own score beside a large judge's verdicts, on the statements that it looked at.

The judge errs, too: what is measured here is how far two opinions agree, and what the cheap
one would have to say to agree more. Nothing is applied by looking at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from attending.assurance.measures.arrays import Flags, Indices, Numbers
from attending.assurance.measures.calibration import Bin, brier, ece, reliability
from attending.assurance.measures.intervals import REPEATS, draws, percentile_interval
from attending.assurance.measures.judges import (
    SUPPORTED,
    AgainstJudge,
    against_judge,
    cohen_kappa,
    label,
)
from attending.assurance.measures.ranking import auroc
from attending.core.learned import JudgedStatement
from attending.learning.recalibration import Recalibration, recalibrated

FIGURES = ("agreement", "kappa", "auroc", "ece", "brier")
WHOLE = "all"


class Of(StrEnum):
    """What a row is of: all statements, those of a section, or of one drafting model."""

    ALL = "all"
    SECTION = "section"
    MODEL = "model"


@dataclass(frozen=True)
class Figure:
    """With its 95 % interval; nan where it is a measure of nothing."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Beside:
    """Counts of statements, and how far both agree on them.

    doubted: by the judge. warned: by any other check. missed: doubted, and nothing warned.
    figures: by name. agreement: share, 0..1, that both warn of or neither does; kappa: the same
    beyond chance; auroc, ece, brier: of the score's doubt against what the judge doubts.
    """

    kind: Of
    of: str
    n: int
    doubted: int
    warned: int
    missed: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class JudgeReport:
    """One judge version beside one version of the score: others are never mixed in.

    rows: all statements first. bins: of the reliability diagram. checks: each beside the judge.
    """

    judge: str
    score: str
    rows: tuple[Beside, ...]
    bins: tuple[Bin, ...]
    checks: Mapping[str, AgainstJudge]
    suggested: Recalibration | None

    @property
    def whole(self) -> Beside:
        return self.rows[0]


def judge_reports(
    judged: Iterable[JudgedStatement], repeats: int = REPEATS
) -> tuple[JudgeReport, ...]:
    """The one with the latest statement first. repeats: of the bootstrap, by note."""
    found: dict[tuple[str, str], list[JudgedStatement]] = defaultdict(list)
    for each in judged:
        found[each.judgement.judge, each.judgement.scored.by].append(each)
    latest_first = sorted(found.items(), key=lambda pair: max(e.at for e in pair[1]), reverse=True)
    return tuple(_report(*key, statements, repeats) for key, statements in latest_first)


def _report(
    judge: str, score: str, statements: Sequence[JudgedStatement], repeats: int
) -> JudgeReport:
    sample = _Sample(statements)
    return JudgeReport(
        judge,
        score,
        tuple(_beside(*group, repeats) for group in _groups(statements)),
        reliability(sample.doubts, sample.doubted),
        _checks(statements),
        recalibrated(
            sample.doubts,
            sample.doubted,
            sample.cases,
            statements[-1].judgement.scored.warns_from,
            repeats,
        ),
    )


class _Sample:
    """The statements as arrays, in one order."""

    def __init__(self, statements: Sequence[JudgedStatement]) -> None:
        self.cases = [str(each.case) for each in statements]
        self.doubts: Numbers = np.asarray([each.judgement.scored.doubt for each in statements])
        self.doubted: Flags = np.asarray([_is_doubted(each) for each in statements], bool)
        self.warned: Flags = np.asarray([bool(each.warned) for each in statements], bool)

    def figures(self, at: Indices) -> Sequence[float]:
        """As FIGURES names them."""
        doubts, doubted, warned = self.doubts[at], self.doubted[at], self.warned[at]
        return (
            float((doubted == warned).mean()),
            cohen_kappa(doubted.tolist(), warned.tolist()),
            auroc(doubts, doubted),
            ece(doubts, doubted),
            brier(doubts, doubted),
        )


def _beside(kind: Of, of: str, statements: Sequence[JudgedStatement], repeats: int) -> Beside:
    sample = _Sample(statements)
    values = sample.figures(np.arange(len(statements)))
    drawn = draws(sample.figures, sample.cases, repeats)
    intervals = [percentile_interval(drawn[:, place]) for place in range(len(FIGURES))]
    return Beside(
        kind,
        of,
        len(statements),
        int(sample.doubted.sum()),
        int(sample.warned.sum()),
        int((sample.doubted & ~sample.warned).sum()),
        {
            name: Figure(value, *interval)
            for name, value, interval in zip(FIGURES, values, intervals, strict=True)
        },
    )


def _groups(
    statements: Sequence[JudgedStatement],
) -> Iterator[tuple[Of, str, Sequence[JudgedStatement]]]:
    yield Of.ALL, WHOLE, statements
    for kind, named in ((Of.SECTION, _section), (Of.MODEL, _model)):
        found: dict[str, list[JudgedStatement]] = defaultdict(list)
        for each in statements:
            found[named(each)].append(each)
        for name, among in sorted(found.items()):
            yield kind, name, among


def _section(each: JudgedStatement) -> str:
    return each.judgement.section


def _model(each: JudgedStatement) -> str:
    return each.model


def _is_doubted(each: JudgedStatement) -> bool:
    return label(each.judgement.verdict) != SUPPORTED


def _checks(statements: Sequence[JudgedStatement]) -> Mapping[str, AgainstJudge]:
    verdicts, flagged = {}, defaultdict(set)
    for each in statements:
        name = f"{each.case} {each.judgement.statement}"
        verdicts[name] = each.judgement.verdict
        for check in each.warned:
            flagged[check].add(name)
    return against_judge(verdicts, {check: frozenset(flagged[check]) for check in sorted(flagged)})
