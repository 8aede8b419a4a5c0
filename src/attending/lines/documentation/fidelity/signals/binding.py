"""Which number that was said a number of the note stands for: by its unit and its context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attending.lines.documentation.fidelity.signals.amounts import (
    DOSES,
    DURATIONS,
    TIMES,
    Amount,
    numeral,
)
from attending.lines.documentation.fidelity.signals.number import equals
from attending.lines.documentation.fidelity.signals.reading import Said, Stated
from attending.lines.documentation.fidelity.signals.words import Word

_KINDS = (frozenset({"second", "minute", "hour"}) | frozenset(DURATIONS), DOSES)
_RIVAL = 0.5  # the least agreement of the units at which another value may stand for this one
_APART = 5  # words; closer than that two numbers stand in one context
_LIKE, _UNIT = 0.65, 0.35  # shares of context and unit in a score


@dataclass(frozen=True)
class Bound:
    """A number that was said beside one of the note. ``score``: 0..1, by unit and context."""

    amount: Amount
    score: float
    likeness: float
    agrees: float  # of the units: 1 the same, 0.5 one is not said, 0 another


@dataclass(frozen=True)
class Binding:
    """``own``: the same value, the likeliest first; ``rivals``: other values of that kind."""

    own: tuple[Bound, ...]
    rivals: tuple[Bound, ...]


def bind(said: Said, stated: Stated, amount: Amount) -> Binding:
    context = stated.around(amount.start, amount.end)
    bound = [_bound(said, amount, other, context) for other in said.amounts]
    bound.sort(key=lambda found: -found.score)
    values = {value for value, _ in equals(amount)}
    own = [found for found in bound if values & {v for v, _ in equals(found.amount)}]
    best = own[0].amount.start if own else -_APART
    rivals = [
        found
        for found in bound
        if found not in own
        and _rivals(said, amount, found)
        and abs(found.amount.start - best) > _APART
    ]
    return Binding(tuple(own), tuple(rivals))


def denominator(words: Sequence[Word], amount: Amount) -> bool:
    """Whether it only says out of what: the 10 of 3/10, the 90 of 150/90."""
    return amount.start > 0 and words[amount.start - 1].text in ("/", "over", "of")


def _rivals(said: Said, amount: Amount, found: Bound) -> bool:
    """Whether another number may be what was said in place of this one."""
    other = found.amount
    if not numeral(said.words[other.start].text) or denominator(said.words, other):
        return False
    if amount.unit == "of" and other.value == 10:  # noqa: PLR2004 - the end of the scale
        return False
    if amount.unit == "age" or not amount.unit:
        return other.unit == amount.unit and other.value > 1
    return found.agrees >= _RIVAL and other.value > 1


def agreement(amount: Amount, other: Amount) -> float:
    if amount.unit == other.unit:
        return 1.0 if amount.unit else 0.5
    if not amount.unit or not other.unit:
        return 0.5
    shared = {(v, u) for v, u in equals(amount) if u} & {(v, u) for v, u in equals(other) if u}
    return 1.0 if shared else 0.0


def same_kind(one: str, other: str) -> bool:
    return any(one in kind and other in kind for kind in _KINDS) and (one in TIMES) == (
        other in TIMES
    )


def _bound(said: Said, amount: Amount, other: Amount, context: frozenset[str]) -> Bound:
    likeness = said.likeness(context, other.start)
    agrees = agreement(amount, other)
    return Bound(other, _LIKE * likeness + _UNIT * agrees, likeness, agrees)
