"""How often a word of a note is said in its own conversation, and in any other.

The numbers are learned by ``python -m benchmarks.guard.terms`` from the training part of
ACI-Bench (CC BY 4.0) alone; the file names the digest of what it was made from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log

_FILE = "terms.json"
_SELDOM = 1.6  # log odds: about one statement in five that is looked at is doubted by a clinician
_MOST = 3.0  # what one word tells at most, in log odds


@dataclass(frozen=True)
class Terms:
    """``rates``: by stem, the share of own and of other conversations in which it is said."""

    digest: str
    rates: Mapping[str, tuple[float, float]]
    unseen: tuple[float, float]
    phrases: frozenset[str]  # pairs of neighbouring words that many notes hold
    weights: tuple[float, ...]

    def telling(self, stem: str, said: bool) -> float:
        """Log odds that the statement is of another conversation, by one word of it."""
        own, other = self.rates.get(stem, self.unseen)
        odds = log(other / own) if said else log((1 - other) / (1 - own))
        return max(-_MOST, min(_MOST, odds))

    def probability(self, features: tuple[float, ...]) -> float:
        """That the statement is of another conversation, by the features of ``fabricated``.

        Learned with as many of them as of true ones; true ones are far more, hence the shift.
        """
        bias, *slopes = self.weights
        total = bias - _SELDOM + sum(w * f for w, f in zip(slopes, features, strict=True))
        return 1 / (1 + exp(-total))


@cache
def terms() -> Terms:
    data = json.loads(files(__package__).joinpath(_FILE).read_text(encoding="utf-8"))
    rates = {stem: (own, other) for stem, own, other in data["rates"]}
    own, other = data["unseen"]
    phrases = frozenset(data["phrases"])
    return Terms(data["digest"], rates, (own, other), phrases, tuple(data["weights"]))
