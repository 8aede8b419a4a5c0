"""One doubt for a claim: a logistic model over all that was measured of it, calibrated.

Its weights, and the doubt from which a sentence is flagged under a budget of flags, come with
the installation as data, with the digest of what they were fitted on.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

FILE = "guard.json"
JUDGED = "judged"  # the weights beside a trained judge
LEXICAL = "lexical"  # and where words alone are compared
BUDGET = 2.0  # flags on a clean note, at most, where nobody chose


@dataclass(frozen=True)
class Combined:
    """``thresholds``: by budget, in flags a clean note, the doubt from which one is made."""

    bias: float
    weights: Mapping[str, float]
    thresholds: Mapping[float, float]
    facts: Mapping[str, Any] = field(default_factory=dict)  # digest, date, measures

    def doubt(self, features: Mapping[str, float]) -> float:
        """The probability, 0..1, that the claim is wrong. What has no weight counts nothing."""
        total = self.bias + sum(
            weight * features.get(name, 0.0) for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-max(min(total, 40.0), -40.0)))

    def parts(self, features: Mapping[str, float]) -> dict[str, float]:
        """What each feature adds to the doubt, in log-odds; the largest first."""
        added = {name: weight * features.get(name, 0.0) for name, weight in self.weights.items()}
        return dict(sorted(added.items(), key=lambda part: -part[1]))

    def threshold(self, budget: float = BUDGET) -> float:
        """For the largest budget that is kept and not above ``budget``; else for the smallest."""
        within = [kept for kept in self.thresholds if kept <= budget]
        return self.thresholds[max(within) if within else min(self.thresholds)]

    @cached_property
    def version(self) -> str:
        """The first 12 hex digits of the SHA-256 of its weights and thresholds."""
        held = {name: each for name, each in self.document().items() if name != "facts"}
        return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()[:12]

    def document(self) -> dict[str, Any]:
        return {
            "bias": self.bias,
            "weights": dict(self.weights),
            "thresholds": {str(budget): at for budget, at in self.thresholds.items()},
            "facts": dict(self.facts),
        }


def read(document: Mapping[str, Any]) -> Combined:
    return Combined(
        document["bias"],
        document["weights"],
        {float(budget): at for budget, at in document["thresholds"].items()},
        document["facts"],
    )


@cache
def shipped(kind: str) -> Combined:
    """What comes with this installation. kind: "judged" or "lexical"."""
    document = json.loads(files(f"{__package__}.fitted").joinpath(FILE).read_text())
    return read(document[kind])
