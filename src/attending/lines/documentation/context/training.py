"""Fits the weights again, and says how well by cross-validation.

``python -m attending.lines.documentation.context.training ../shared/data/nlp/negation/negex_dev.jsonl``

The same file gives the same weights. Sentences, not concepts, are dealt into folds, so that no
sentence is judged by what was learned from it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from attending.learning.logistic import ALWAYS, Design, Floats, design, fit, held_by, probabilities
from attending.lines.documentation.context.features import (
    DENIAL_WITHIN,
    RULE_CONDITION,
    RULE_DENIED,
    RULE_PAST,
    STATEMENT,
    VERB_WITHIN,
    features,
)
from attending.lines.documentation.context.lexicon import Cue
from attending.lines.documentation.context.reading import reading
from attending.lines.documentation.context.scope import reaches
from attending.lines.documentation.context.weights import FILE

Flags = npt.NDArray[np.bool_]

SEED = 20261121
_RIDGE = 0.3  # how strongly weights are held where the fit begins
_LEAST = 3  # sentences that a feature must occur in
_RULE = 4.0  # what a rule that fires counts before anything is learned
_BASE = -2.0  # and what the absence of any counts
_FOLDS = 5
_REPEATS = 3
_DRAWS = 1000
_SMALLEST = 0.001  # weights under this are left out


@dataclass(frozen=True)
class Goal:
    """One thing to tell: which label says so, which rule it begins with, where it says yes."""

    name: str
    field: str
    label: str
    rule: str
    threshold: float
    looks: re.Pattern[str] = re.compile("")  # at features whose names begin so


# A denial is told by its words alone: what kind of thing is denied would only mislead.
_OF_DENIAL = (
    ALWAYS, RULE_DENIED, Cue.DENIED, Cue.NOT, Cue.GONE_AFTER, Cue.AFFIRMED, Cue.UNCERTAIN,
    Cue.CONDITION, DENIAL_WITHIN, STATEMENT, VERB_WITHIN,
)  # fmt: skip
_NO_NEIGHBOURS = re.compile(
    "(?!verb |nearest cue )"
)  # verbs nearby tell of conditions, not of the past
GOALS = (
    Goal("negated", "negation", "Negated", RULE_DENIED, 0.5, re.compile("|".join(_OF_DENIAL))),
    Goal("historical", "temporality", "Historical", RULE_PAST, 0.4, _NO_NEIGHBOURS),
    Goal("hypothetical", "temporality", "Not particular", RULE_CONDITION, 0.5),
)


@dataclass(frozen=True)
class Labelled:
    """Sentences with a concept each, what holds of them, and their labels by goal."""

    sentences: tuple[str, ...]
    names: tuple[frozenset[str], ...]
    labels: Mapping[str, Flags]

    def part(self, rows: Sequence[int]) -> Labelled:
        return Labelled(
            tuple(self.sentences[row] for row in rows),
            tuple(self.names[row] for row in rows),
            {name: labels[list(rows)] for name, labels in self.labels.items()},
        )


def labelled(content: str) -> Labelled:
    """Of JSON lines ``{sentence, concept, negation, temporality}``."""
    rows = [json.loads(line) for line in content.splitlines() if line.strip()]
    reads = [reading(row["sentence"], row["concept"]) for row in rows]
    return Labelled(
        tuple(row["sentence"] for row in rows),
        tuple(features(read, reaches(read)) for read in reads),
        {g.name: np.array([row[g.field] == g.label for row in rows]) for g in GOALS},
    )


def fitted(data: Labelled, goal: Goal) -> tuple[Design, Floats]:
    seen = [[name for name in names if goal.looks.match(name)] for names in data.names]
    columns = design(seen, data.sentences, _LEAST)
    begin = np.zeros(len(columns.columns))
    begin[columns.columns[ALWAYS]] = _BASE
    if goal.rule in columns.columns:
        begin[columns.columns[goal.rule]] = _RULE
    held = held_by(columns.columns, _RIDGE)
    return columns, fit(columns.matrix(seen), data.labels[goal.name], held, begin)


def crossed(data: Labelled, goal: Goal, seed: int) -> Floats:
    """The chance that each is so, by weights that its sentence did not fit."""
    chances = np.zeros(len(data.sentences))
    folds = dealt(data.sentences, seed)
    for fold in range(_FOLDS):
        columns, weights = fitted(data.part(np.flatnonzero(folds != fold).tolist()), goal)
        inside = np.flatnonzero(folds == fold)
        rows = columns.matrix([data.names[row] for row in inside])
        chances[inside] = probabilities(rows @ weights)
    return chances


def dealt(sentences: Sequence[str], seed: int) -> npt.NDArray[np.int_]:
    """The fold of each; equal sentences are in one."""
    order = sorted(set(sentences))
    random.Random(seed).shuffle(order)  # noqa: S311  # folds are no secret  # nosec B311
    fold = {sentence: index % _FOLDS for index, sentence in enumerate(order)}
    return np.array([fold[sentence] for sentence in sentences])


def f1(labels: Flags, said: Flags) -> float:
    return float(2 * (labels & said).sum() / max(1, labels.sum() + said.sum()))


def interval(data: Labelled, labels: Flags, said: Flags) -> tuple[float, float]:
    """The middle 95 % of F1 when whole sentences are drawn again, with replacement."""
    names, group = np.unique(np.array(data.sentences), return_inverse=True)
    count = len(names)
    hit, size = (np.bincount(group, v, count) for v in (labels & said, labels * 1 + said))
    draws = np.random.default_rng(SEED).integers(0, count, (_DRAWS, count))
    values = 2 * hit[draws].sum(1) / np.maximum(1, size[draws].sum(1))
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def document(content: bytes, name: str) -> dict[str, Any]:
    """What is shipped: the weights, and what they came from."""
    data = labelled(content.decode())
    return {
        "data": {"file": name, "sha256": hashlib.sha256(content).hexdigest()},
        "items": len(data.sentences),
        "ridge": _RIDGE,
        "models": {goal.name: _model(data, goal) for goal in GOALS},
    }


def _model(data: Labelled, goal: Goal) -> dict[str, Any]:
    columns, weights = fitted(data, goal)
    return {
        "threshold": goal.threshold,
        "weights": {
            name: round(float(weights[column]), 3)
            for name, column in columns.columns.items()
            if abs(weights[column]) >= _SMALLEST
        },
    }


def measured(data: Labelled) -> list[str]:
    """A line a goal: F1 of its positive class, over repeats, and with its interval."""
    runs = [{g.name: crossed(data, g, SEED + repeat) for g in GOALS} for repeat in range(_REPEATS)]
    return [_line(data, runs, goal) for goal in GOALS] + [_macro(data, runs)]


def _line(data: Labelled, runs: list[dict[str, Floats]], goal: Goal) -> str:
    labels = data.labels[goal.name]
    each = [f1(labels, run[goal.name] >= goal.threshold) for run in runs]
    low, high = interval(data, labels, runs[0][goal.name] >= goal.threshold)
    spread = ", ".join(f"{value:.3f}" for value in each)
    return f"{goal.label}: F1 {np.mean(each):.3f} ({spread}); first repeat [{low:.3f}, {high:.3f}]"


def _macro(data: Labelled, runs: list[dict[str, Floats]]) -> str:
    """Over Recent, Historical and Not particular."""
    truth = _times(data.labels)
    values = []
    for run in runs:
        said = _times({g.name: run[g.name] >= g.threshold for g in GOALS})
        values.append(np.mean([f1(truth == time, said == time) for time in range(3)]))
    return f"Temporality, macro F1 over three classes: {np.mean(values):.3f}"


def _times(flags: Mapping[str, Flags]) -> npt.NDArray[np.int_]:
    return np.where(flags["hypothetical"], 2, np.where(flags["historical"], 1, 0))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("data", type=Path)
    asked.add_argument("--measure", action="store_true", help="cross-validate; write nothing")
    given = asked.parse_args()
    content = given.data.read_bytes()
    if given.measure:
        sys.stdout.write("\n".join(measured(labelled(content.decode()))) + "\n")
        return
    made = json.dumps(document(content, given.data.name), indent=1, sort_keys=True)
    Path(__file__).with_name(FILE).write_text(made + "\n", "utf-8")


if __name__ == "__main__":
    main()
