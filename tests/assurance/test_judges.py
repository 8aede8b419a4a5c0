"""Two judges compared, and the cheap checks beside the dearer one."""

from __future__ import annotations

from math import isnan

import pytest

from attending.assurance.measures.judges import (
    AgainstJudge,
    against_judge,
    agreement,
    cohen_kappa,
    label,
)
from attending.core.support import Verdict

YES, NO, OTHERWISE = Verdict(0.8, 0.1, 0.1), Verdict(0.1, 0.8, 0.1), Verdict(0.1, 0.1, 0.8)


def test_a_verdict_has_its_likeliest_label_and_of_equals_the_warning() -> None:
    assert [label(each) for each in (YES, NO, OTHERWISE)] == [
        "supported", "unsupported", "contradicted"]  # fmt: skip
    assert label(Verdict(0.4, 0.2, 0.4)) == "contradicted"
    assert label(Verdict(0.5, 0.5, 0.0)) == "unsupported"


def test_kappa_by_hand() -> None:
    """Cohen's own kind of table: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no gives 0.4."""
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert agreement(one, other) == pytest.approx(0.7)
    assert cohen_kappa(one, other) == pytest.approx(0.4)
    assert cohen_kappa(other, one) == pytest.approx(0.4)


def test_kappa_at_its_ends() -> None:
    assert cohen_kappa(["a", "b"], ["a", "b"]) == 1
    assert cohen_kappa(["a", "a", "b", "b"], ["a", "b", "a", "b"]) == 0
    assert cohen_kappa(["a", "b"], ["b", "a"]) == -1
    assert isnan(cohen_kappa([], []))
    assert isnan(cohen_kappa(["a", "a"], ["a", "a"]))
    assert isnan(agreement([], []))
    with pytest.raises(ValueError, match="shorter"):
        agreement(["a", "b"], ["a"])


def test_checks_are_counted_over_the_judges_sample_alone() -> None:
    verdicts = {"s1": YES, "s2": NO, "s3": OTHERWISE, "s4": YES}
    told = against_judge(verdicts, {"drug": frozenset({"s1", "s2", "s9"}), "none": frozenset()})
    assert told["drug"] == AgainstJudge(both=1, check_alone=1, judge_alone=1, neither=1)
    assert (told["drug"].precision, told["drug"].recall) == (0.5, 0.5)
    assert told["none"] == AgainstJudge(0, 0, 2, 2)
    assert isnan(told["none"].precision)
    assert told["none"].recall == 0
