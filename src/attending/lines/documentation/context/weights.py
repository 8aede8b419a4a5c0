"""The fitted weights, as they lie beside this file: small, readable, with what they came from."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

FILE = "weights.json"


@dataclass(frozen=True)
class Model:
    """A logistic model over features that hold or not, and from which chance on it says yes."""

    weights: Mapping[str, float]
    threshold: float

    def probability(self, names: Iterable[str]) -> float:
        """In 0..1. Features that it does not know count nothing."""
        score = sum(self.weights.get(name, 0.0) for name in names)
        return 1.0 / (1.0 + math.exp(-max(-35.0, min(35.0, score))))


@dataclass(frozen=True)
class Weights:
    negated: Model
    historical: Model
    hypothetical: Model


def read(document: Mapping[str, Any]) -> Weights:
    models = {
        name: Model(made["weights"], made["threshold"]) for name, made in document["models"].items()
    }
    return Weights(models["negated"], models["historical"], models["hypothetical"])


@cache
def shipped() -> Weights:
    """Those of this version; read once."""
    return read(json.loads(files(__package__).joinpath(FILE).read_text("utf-8")))
