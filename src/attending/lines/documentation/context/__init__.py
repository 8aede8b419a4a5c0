"""What a sentence of a clinical text asserts of a concept in it.

Is it denied, is it past or merely conceivable, is it the patient's? Cues from a lexicon, each
with its scope, are the features of a small model that was fitted to labelled sentences; what
the cues say alone is where the fit begins. Doubt and experiencer are told by the cues alone.

Reading order: lexicon, reading (the sentence around the concept), cues, scope, rules,
features, weights; training fits the weights again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from attending.lines.documentation.context import rules
from attending.lines.documentation.context.features import features
from attending.lines.documentation.context.reading import reading
from attending.lines.documentation.context.scope import reaches
from attending.lines.documentation.context.weights import Weights, shipped

__all__ = ["Assertion", "Experiencer", "Temporality", "assertion"]


class Temporality(StrEnum):
    """When a concept holds: now, before this episode, or not at any particular time."""

    RECENT = "Recent"
    HISTORICAL = "Historical"
    HYPOTHETICAL = "Not particular"


class Experiencer(StrEnum):
    PATIENT = "Patient"
    OTHER = "Other"


@dataclass(frozen=True)
class Assertion:
    """What is asserted. Probabilities are in 0..1.

    ``negated`` is what ``p_negated`` says at the threshold chosen when the model was fitted;
    ``temporality`` likewise. ``uncertain``: something calls it possible, likely or not excluded.
    """

    negated: bool
    temporality: Temporality
    experiencer: Experiencer
    p_negated: float
    p_historical: float
    uncertain: bool


def assertion(sentence: str, concept: str, start: int | None = None) -> Assertion:
    """What the sentence asserts of the concept that begins at ``start`` (an offset in it).

    Without ``start`` the concept is looked for: written in capitals, as it is, or its longest
    part. One that stands nowhere is taken to follow the whole sentence.
    """
    return judged(sentence, concept, start, shipped())


def judged(sentence: str, concept: str, start: int | None, weights: Weights) -> Assertion:
    """The same by other weights than those that are shipped."""
    read = reading(sentence, concept, start)
    reach = reaches(read)
    names = features(read, reach)
    negated = weights.negated.probability(names)
    historical = weights.historical.probability(names)
    return Assertion(
        negated >= weights.negated.threshold,
        _time(weights, historical, weights.hypothetical.probability(names)),
        Experiencer.OTHER if rules.of_another(read, reach) else Experiencer.PATIENT,
        negated,
        historical,
        rules.uncertain(reach),
    )


def _time(weights: Weights, historical: float, hypothetical: float) -> Temporality:
    if hypothetical >= max(weights.hypothetical.threshold, historical):
        return Temporality.HYPOTHETICAL
    if historical >= weights.historical.threshold:
        return Temporality.HISTORICAL
    return Temporality.RECENT
