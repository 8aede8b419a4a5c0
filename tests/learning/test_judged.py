"""The score beside a large judge: counted by hand, drawn by note, and what would calibrate it."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest

from attending.core.guarding import Judgement, Scored
from attending.core.ids import CaseId
from attending.core.learned import JudgedStatement
from attending.core.support import Verdict
from attending.learning import told_judged
from attending.learning.judged import FIGURES, JudgeReport, Of, judge_reports
from tests.learning.notes import NOW

CARRIED, AGAINST = Verdict(0.9, 0.06, 0.04), Verdict(0.1, 0.2, 0.7)
FEW = 50  # draws of the bootstrap


def judged(
    number: int, doubt: float, *, wrong: bool, warned: str = "", **changed: str
) -> JudgedStatement:
    """Two a note."""
    said = {"section": "plan", "judge": "large 1", "score": "score 1", "model": "extractive 3"}
    said |= changed
    verdict = AGAINST if wrong else CARRIED
    scored = Scored(said["score"], doubt, 0.3)
    statement = f"{said['section']}.{number}"
    return JudgedStatement(
        CaseId(UUID(int=number // 2)),
        said["model"],
        Judgement("second", said["section"], statement, said["judge"], verdict, scored),
        frozenset({warned} if warned else ()),
        NOW + timedelta(minutes=number),
    )


HAND = (
    judged(0, 0.9, wrong=True, warned="drug"),
    judged(1, 0.8, wrong=True),
    judged(2, 0.1, wrong=False),
    judged(3, 0.1, wrong=False, warned="number", section="exam"),
)


def test_counted_by_hand() -> None:
    (report,) = judge_reports(HAND, FEW)
    whole = report.whole
    assert (whole.n, whole.doubted, whole.warned, whole.missed) == (4, 2, 2, 1)
    values = {name: each.value for name, each in whole.figures.items()}
    assert values == pytest.approx(
        {"agreement": 0.5, "kappa": 0.0, "auroc": 1.0, "ece": (0.1 + 0.2 + 2 * 0.1) / 4,
         "brier": (0.01 + 0.04 + 2 * 0.01) / 4}
    )  # fmt: skip
    assert tuple(values) == FIGURES
    assert [(b.count, b.true) for b in report.bins] == [(2, 0.0), (1, 1.0), (1, 1.0)]
    assert (report.checks["drug"].both, report.checks["drug"].judge_alone) == (1, 1)
    assert report.checks["number"].check_alone == 1
    for each in whole.figures.values():
        assert math.isnan(each.low) or each.low <= each.value <= each.high


def test_by_section_and_by_model() -> None:
    (report,) = judge_reports((*HAND, judged(9, 0.2, wrong=False, model="other 1")), FEW)
    assert [(row.kind, row.of, row.n) for row in report.rows] == [
        (Of.ALL, "all", 5), (Of.SECTION, "exam", 1), (Of.SECTION, "plan", 4),
        (Of.MODEL, "extractive 3", 4), (Of.MODEL, "other 1", 1),
    ]  # fmt: skip


def test_versions_are_never_mixed_and_the_latest_comes_first() -> None:
    later = judged(20, 0.5, wrong=True, score="score 2")
    made = judge_reports((*HAND, judged(10, 0.5, wrong=True, judge="large 2"), later), FEW)
    named = [(each.judge, each.score, each.whole.n) for each in made]
    assert named == [
        ("large 1", "score 2", 1), ("large 2", "score 1", 1), ("large 1", "score 1", 4),
    ]  # fmt: skip
    assert judge_reports(()) == ()


def sample(slope: float, intercept: float, n: int = 1200) -> JudgeReport:
    """Statements of which the judge doubts as many as a doubt so recalibrated says."""
    draw = np.random.default_rng(7)
    odds = draw.normal(-1.0, 1.5, n)
    wrong = draw.random(n) < 1 / (1 + np.exp(-(intercept + slope * odds)))
    doubts = 1 / (1 + np.exp(-odds))
    pairs = zip(doubts.tolist(), wrong.tolist(), strict=True)
    (report,) = judge_reports(
        [judged(at, doubt, wrong=is_wrong) for at, (doubt, is_wrong) in enumerate(pairs)], FEW
    )
    return report


def test_what_would_calibrate_it_is_found_and_only_told() -> None:
    report = sample(0.5, 0.8)
    found = report.suggested
    assert found is not None
    assert found.slope[1] < 0.5 < found.slope[2]
    assert found.intercept[1] < 0.8 < found.intercept[2]
    assert found.is_needed
    assert found.ece_after < found.ece
    assert found.after > found.before > 0
    assert "Nothing was changed." in told_judged.suggestion(report)
    assert f"{found.before}, then {found.after}" in told_judged.suggestion(report)


def test_a_doubt_that_means_what_it_says_needs_nothing() -> None:
    report = sample(1.0, 0.0)
    assert report.suggested is not None
    assert not report.suggested.is_needed
    assert "needs no recalibration" in told_judged.suggestion(report)


@pytest.mark.parametrize("n", [4, 99])
def test_of_few_statements_nothing_is_suggested(n: int) -> None:
    assert sample(0.5, 0.8, n).suggested is None
    (one_sided,) = judge_reports([judged(at, 0.2, wrong=False) for at in range(200)], FEW)
    assert one_sided.suggested is None
    assert "Too few" in told_judged.suggestion(one_sided)


def test_as_a_document_that_any_reader_reads() -> None:
    made = judge_reports(HAND[2:], FEW)  # the judge doubts none: no AUROC
    document = json.loads(json.dumps(told_judged.judge_document(made, NOW), allow_nan=False))
    (report,) = document["reports"]
    assert report["rows"][0]["auroc"] == {"value": None, "low": None, "high": None}
    assert report["rows"][0]["missed"] == 0
    assert report["checks"]["number"]["recall"] is None
    assert report["recalibration"] is None
    assert told_judged.shown(made[0].whole.figures["auroc"]) == "–"


def test_the_same_statements_give_the_same_figures() -> None:
    assert sample(0.7, 0.1, 200) == sample(0.7, 0.1, 200)
