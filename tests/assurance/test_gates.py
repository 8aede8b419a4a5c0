"""Gates: what a version must show before a clinician may promote it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attending.assurance.gates import Limit, Measured, Policy, base, failed, gates
from attending.core.errors import InvalidInput
from attending.core.ids import EvaluationId, fresh
from attending.core.registry import (
    Evaluation,
    ModelVersion,
    VersionKind,
    canonical_document,
    read_document,
    text_digest,
    version_id,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def version(number: str) -> ModelVersion:
    made = version_id(VersionKind.MODEL, "judge", number, "ab" * 32)
    return ModelVersion(made, VersionKind.MODEL, "judge", number, "ab" * 32, {}, "ann", "", NOW)


def measured(
    number: str, *documents: dict[str, Any] | None, later: float = 0.0, **measures: Any
) -> Measured:
    told = [each for each in documents if each] or [told_of(number, **measures)]
    known = version(number)
    found = []
    for place, each in enumerate(told):
        text = canonical_document(json.dumps(each))
        at = NOW + timedelta(minutes=later + place)
        found.append(
            Evaluation(EvaluationId(fresh()), known.id, text, text_digest(text), "ann", at)
        )
    return Measured(known, tuple(found))


def told_of(
    number: str, task: str = "support", data: str = "d1", **measures: Any
) -> dict[str, Any]:
    return {
        "dataset": "pairs",
        "digest": data,
        "task": task,
        "subject": {"name": "judge", "version": number, "digest": "ab" * 32},
        "measures": {
            name.replace("__", "/"): {
                "value": value,
                "low": value - 0.02,
                "high": value + 0.02,
                "n": 50,
            }
            for name, value in measures.items()
        },
    }


def failures(*args: Any, policy: Policy | None = None) -> list[tuple[str, str]]:
    candidate, *rivals = args
    return [(g.gate, g.measure) for g in failed(gates(candidate, rivals, policy or Policy()))]


def test_a_version_without_an_evaluation_passes_nothing() -> None:
    assert failures(Measured(version("2"), ())) == [("evaluated", "")]
    assert failures(measured("2")) == [("evaluated", "")]  # an evaluation without a measure


def test_worse_within_the_interval_passes_and_beyond_it_fails() -> None:
    old = measured("1", auroc=0.90)
    assert failures(measured("2", auroc=0.885), old) == []
    assert failures(measured("2", auroc=0.879), old) == [("no worse", "support auroc")]
    assert failures(measured("2", auroc=0.99), old) == []


def test_less_is_better_where_the_document_or_the_name_says_so() -> None:
    old = measured("1", flags_per_note=2.0, loss=0.5)
    assert failures(measured("2", flags_per_note=1.0, loss=0.1), old) == []
    assert failures(measured("2", flags_per_note=2.1, loss=0.5), old) == [
        ("no worse", "support flags_per_note")
    ]
    told = told_of("1", depth=1.0) | {"better": {"depth": "lower"}}
    new = told_of("2", depth=2.0)
    assert failures(measured("2", new), measured("1", told)) == [("no worse", "support depth")]
    told["better"] = {"depth": "none"}
    assert failures(measured("2", new), measured("1", told)) == []


def test_what_the_champion_was_measured_on_is_asked_of_the_next() -> None:
    old = measured("1", told_of("1", auroc=0.9), told_of("1", data="d2", auroc=0.9))
    new = measured("2", told_of("2", auroc=0.9))
    assert failures(new, old) == [("same data", "support")]
    assert failures(measured("2", told_of("2", recall=0.9)), measured("1", auroc=0.9)) == [
        ("no worse", "support auroc")
    ]


def test_the_last_evaluation_of_the_same_data_counts() -> None:
    old = measured("1", auroc=0.9)
    again = measured("2", told_of("2", auroc=0.95), told_of("2", auroc=0.5))
    assert failures(again, old) == [("no worse", "support auroc")]


def test_each_subgroup_is_held_against_the_champions_and_against_the_limits() -> None:
    old = measured("1", recall=0.9, recall__negation=0.8)
    new = measured("2", recall=0.95, recall__negation=0.7)
    assert failures(new, old) == [("no worse", "support recall/negation")]
    policy = Policy(limits={"recall": Limit(at_least=0.75, gap=0.2)})
    assert failures(new, policy=policy) == [
        ("limit", "support recall/negation"),
        ("subgroup", "support recall/negation"),
    ]
    policy = Policy(limits={"flags": Limit(at_most=0.05)})
    assert failures(measured("2", flags=0.06), policy=policy) == [("limit", "support flags")]
    assert failures(measured("2", recall=1.0), policy=policy) == [("limit", "flags")]


def test_a_required_task_is_asked_for() -> None:
    policy = Policy(required=("guard", "support"))
    assert failures(measured("2", auroc=1.0), policy=policy) == [("required", "guard")]


def test_every_gate_says_why_in_figures() -> None:
    told = gates(measured("2", auroc=0.8), [measured("1", auroc=0.9)], Policy())
    assert [gate.why for gate in told if gate.gate == "no worse"] == [
        "0.8 (0.78 to 0.82, n 50). judge 1 has 0.9 (0.88 to 0.92, n 50); higher is better."
    ]


@pytest.mark.parametrize(
    ("name", "whole"), [("recall/negation", "recall"), ("f1[female]", "f1"), ("auroc", "auroc")]
)
def test_the_whole_of_a_subgroup(name: str, whole: str) -> None:
    assert base(name) == whole


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"dataset": 1, "digest": 2, "subject": {}, "measures": {}}',
        "[" * 5000,
        '{"dataset":"d","digest":"d","subject":{"name":"n","version":"1"},"measures":{"a":{}}}',
    ],
)
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_document(text)
