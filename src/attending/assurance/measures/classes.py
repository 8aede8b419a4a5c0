"""How well classes are told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attending.assurance.measures.arrays import UNDEFINED, Flags, Texts


@dataclass(frozen=True)
class Hits:
    """Precision: of what was said, what is so. Recall: of what is so, what was said.

    f1: their harmonic mean, 2PR / (P + R) (van Rijsbergen 1979). Each in 0..1. Without
    anything said, precision is 0; without anything that is so, all three are nan.
    """

    precision: float
    recall: float
    f1: float


def hits(said: Flags, true: Flags) -> Hits:
    """Precision TP / (TP + FP), recall TP / (TP + FN), F1 2TP / (2TP + FP + FN)."""
    if not true.any():
        return Hits(UNDEFINED, UNDEFINED, UNDEFINED)
    both, told, held = int((said & true).sum()), int(said.sum()), int(true.sum())
    return Hits(both / told if told else 0.0, both / held, 2 * both / (told + held))


def f1(said: Flags, true: Flags) -> float:
    """The harmonic mean of precision and recall; see ``Hits``."""
    return hits(said, true).f1


def accuracy(said: Texts, true: Texts) -> float:
    """Share of the items whose class was told right. nan of nothing."""
    return float((said == true).mean()) if len(true) else UNDEFINED


def macro_f1(said: Texts, true: Texts) -> float:
    """The mean of the F1 of every class that occurs in truth, each with the same weight.

    Source: Yang 1999. A class that is told but never true costs the others' precision,
    and has no F1 of its own.
    """
    if not len(true):
        return UNDEFINED
    return float(np.mean([f1(said == each, true == each) for each in np.unique(true)]))
