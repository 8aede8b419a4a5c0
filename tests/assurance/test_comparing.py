"""Two evaluations beside each other: paired where the scores stand, honest where they do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from attending.assurance.comparison import Difference, comparable, paired, unpaired
from attending.assurance.evaluation import Request, evaluate
from attending.assurance.result import Result
from attending.assurance.store import Store
from attending.core.errors import InvalidInput
from tests.assurance.plain_trial import PlainReading, Scoring, trial


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "scores")


def result(store: Store, tmp_path: Path, shift: float, name: str) -> Result:
    dataset = tmp_path / "numbers.json"
    dataset.write_text("[]")
    asked = trial(dataset, Scoring(shift), subject=name)
    return evaluate(asked, Request(dataset), store, lambda *_: None).result


def compared(store: Store, one: Result, other: Result) -> dict[str, Difference]:
    rows = store.rows(one.evaluation), store.rows(other.evaluation)
    return {each.measure: each for each in paired((one, other), rows, PlainReading())}


def test_the_better_one_is_named(store: Store, tmp_path: Path) -> None:
    plain, sharp = result(store, tmp_path, 0, "plain"), result(store, tmp_path, 8, "sharp")
    found = compared(store, sharp, plain)["auroc"]
    assert found.better == "A"
    assert 0 < found.low <= found.value <= found.high
    assert found.paired
    assert compared(store, plain, sharp)["auroc"].better == "B"


def test_what_has_no_better_side_names_none(store: Store, tmp_path: Path) -> None:
    plain, sharp = result(store, tmp_path, 0, "plain"), result(store, tmp_path, 8, "sharp")
    found = compared(store, sharp, plain)["mean"]
    assert found.low > 0
    assert found.better == ""


def test_the_same_twice_is_no_difference(store: Store, tmp_path: Path) -> None:
    one = result(store, tmp_path, 3, "one")
    for each in compared(store, one, one).values():
        assert (each.value, each.low, each.high, each.better) == (0, 0, 0, "")


def test_lower_is_better_where_it_is(store: Store, tmp_path: Path) -> None:
    one = result(store, tmp_path, 0, "one")
    less = {**one.measures, "error": replace(one.measures["error"], value=0.1, low=0.0, high=0.2)}
    more = {**one.measures, "error": replace(one.measures["error"], value=0.8, low=0.7, high=0.9)}
    found = {
        e.measure: e for e in unpaired((replace(one, measures=less), replace(one, measures=more)))
    }
    assert found["error"].better == "A"
    assert not found["error"].paired
    assert found["mean"].better == ""


def test_unpaired_intervals_that_meet_decide_nothing(store: Store, tmp_path: Path) -> None:
    one = result(store, tmp_path, 0, "one")
    assert {each.better for each in unpaired((one, one))} == {""}


def test_other_data_and_other_tasks_are_not_compared(store: Store, tmp_path: Path) -> None:
    one = result(store, tmp_path, 0, "one")
    comparable(one, one)
    for other in (replace(one, digest="f" * 64), replace(one, task="guard"),
                  replace(one, format="other")):  # fmt: skip
        with pytest.raises(InvalidInput):
            comparable(one, other)
