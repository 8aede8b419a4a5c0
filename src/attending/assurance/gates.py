"""Gates: what a version must show before a clinician may promote it. Pure functions.

Whatever the versions that answer now were measured on, it was measured on too; nothing is
worse than theirs beyond their interval; and the clinic's limits hold, for every subgroup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from attending.core.promotion import Gate
from attending.core.registry import Evaluation, EvaluationDocument, Measure, ModelVersion

_SUBGROUP = re.compile(r"[/:@|\[(]")  # "recall/negation", "recall[negation]"
Place = tuple[str, str]  # task, and the dataset's digest


@dataclass(frozen=True)
class Limit:
    """Of a measure and of each subgroup of it. gap: how far a subgroup may fall behind the

    whole. What is None is not asked.
    """

    at_least: float | None = None
    at_most: float | None = None
    gap: float | None = None


@dataclass(frozen=True)
class Policy:
    """What a clinic asks beyond "no worse". required: tasks; limits: by the measure's name."""

    required: tuple[str, ...] = ()
    limits: Mapping[str, Limit] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """A version with its evaluations."""

    version: ModelVersion
    evaluations: tuple[Evaluation, ...]

    @property
    def latest(self) -> Mapping[Place, EvaluationDocument]:
        """Of several evaluations of one task on one dataset the last one counts."""
        ordered = sorted(self.evaluations, key=lambda each: each.at)
        documents = [each.document for each in ordered]
        return {(each.task, each.digest): each for each in documents}


def gates(candidate: Measured, rivals: Sequence[Measured], policy: Policy) -> tuple[Gate, ...]:
    """Every gate with its outcome, explained. rivals: the versions that answer now."""
    asked = [
        _evaluated(candidate),
        *_required(candidate, policy),
        *(gate for rival in rivals for gate in _compared(candidate, rival)),
        *_limited(candidate, policy),
    ]
    return tuple(asked)


def _gate(name: str, measure: str, *, passed: bool, why: str) -> Gate:
    return Gate(name, measure, "passed" if passed else "failed", why)


def _evaluated(candidate: Measured) -> Gate:
    count = sum(len(each.measures) for each in candidate.latest.values())
    return _gate(
        "evaluated",
        "",
        passed=count > 0,
        why=f"{len(candidate.latest)} evaluations with {count} measures.",
    )


def _required(candidate: Measured, policy: Policy) -> Iterator[Gate]:
    tasks = {task for task, _ in candidate.latest}
    for task in policy.required:
        has = task in tasks
        why = "It was evaluated." if has else "The clinic requires this, and it was not evaluated."
        yield _gate("required", task, passed=has, why=why)


def _compared(candidate: Measured, rival: Measured) -> Iterator[Gate]:
    for place, theirs in rival.latest.items():
        ours = candidate.latest.get(place)
        if ours is None:
            yield _gate(
                "same data",
                place[0],
                passed=False,
                why=f"{rival.version.label} was evaluated on {theirs.dataset}; this version was not.",
            )
            continue
        for name, measure in theirs.measures.items():
            if name not in theirs.untold:
                yield _no_worse(name, ours, theirs, measure, rival.version.label)


def _no_worse(
    name: str, ours: EvaluationDocument, theirs: EvaluationDocument, their: Measure, label: str
) -> Gate:
    higher, our = theirs.higher_is_better(name), ours.measures.get(name)
    span = f"{label} has {_figures(their)}; {'higher' if higher else 'lower'} is better."
    measure = f"{theirs.task} {name}".strip()
    if our is None:
        return _gate("no worse", measure, passed=False, why=f"It was not measured. {span}")
    holds = our.value >= their.low if higher else our.value <= their.high
    return _gate("no worse", measure, passed=holds, why=f"{_figures(our)}. {span}")


def _limited(candidate: Measured, policy: Policy) -> Iterator[Gate]:
    for name, limit in policy.limits.items():
        found = [
            (document, measure)
            for document in candidate.latest.values()
            for measure in document.measures
            if base(measure) == name
        ]
        if not found:
            yield _gate("limit", name, passed=False, why="There is a limit, and no such measure.")
        for document, measure in found:
            yield from _held(document, measure, limit)


def _held(document: EvaluationDocument, name: str, limit: Limit) -> Iterator[Gate]:
    value, shown = document.measures[name].value, f"{document.task} {name}".strip()
    if limit.at_least is not None:
        why = f"{value:.4g}; at least {limit.at_least:.4g} is asked."
        yield _gate("limit", shown, passed=value >= limit.at_least, why=why)
    if limit.at_most is not None:
        why = f"{value:.4g}; at most {limit.at_most:.4g} is asked."
        yield _gate("limit", shown, passed=value <= limit.at_most, why=why)
    whole = document.measures.get(base(name))
    if limit.gap is not None and whole is not None and base(name) != name:
        behind = whole.value - value if document.higher_is_better(name) else value - whole.value
        why = f"{value:.4g} against {whole.value:.4g} in all; a gap of {limit.gap:.4g} is allowed."
        yield _gate("subgroup", shown, passed=behind <= limit.gap, why=why)


def base(measure: str) -> str:
    """Of "recall/negation" and of "recall[negation]" it is "recall"."""
    return _SUBGROUP.split(measure)[0].strip()


def _figures(measure: Measure) -> str:
    return f"{measure.value:.4g} ({measure.low:.4g} to {measure.high:.4g}, n {measure.n})"


def failed(asked: Iterable[Gate]) -> tuple[Gate, ...]:
    return tuple(gate for gate in asked if not gate.passed)
