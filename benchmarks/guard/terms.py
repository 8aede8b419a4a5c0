"""Learn ``signals/terms.json``: how often a note's words are said in its own conversation.

python -m benchmarks.guard.terms ../shared/data/scribe

From ACI-Bench's training part alone. Each note's own words are left out of the rates that
its features are made with. The same data and seed give the same file.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from attending.lines.documentation.fidelity.claims import Claim, ClaimedNote
from attending.lines.documentation.fidelity.signals import fabricated
from attending.lines.documentation.fidelity.signals.reading import Said, Stated, read
from attending.lines.documentation.fidelity.signals.terms import Terms
from benchmarks.guard.signals import turns

SEED = 5
OTHERS = 4  # other conversations that each statement is held against
LEAST = 3  # notes with a word, for a rate of its own
OFTEN = 4  # notes with a pair of words, for it to be a usual phrase
OUT = Path("src/attending/lines/documentation/fidelity/signals/terms.json")
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z•-])|\n+")

Rates = dict[str, Counter[str]]


def read_all(path: Path) -> list[tuple[Said, list[Stated]]]:
    found = []
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            pieces = [p.strip() for p in _SENTENCE.split(row["note"]) if p and p.strip()]
            claims = tuple(Claim(str(i), "", text) for i, text in enumerate(pieces))
            reading = read(ClaimedNote(claims, turns(row["dialogue"])))
            kept = [s for s in reading.stated if not s.title and len(s.telling) > 1]
            found.append((reading.said, kept))
    return found


def counted(said: Said, stated: list[Stated], talks: list[Said]) -> Rates:
    """By stem: statements with it, of them said here; and said in other talks."""
    found: Rates = {name: Counter() for name in ("own", "own_said", "other", "other_said", "pairs")}
    found["pairs"].update({pair for statement in stated for pair in fabricated.pairs(statement)})
    for stem in {stem for statement in stated for stem in statement.telling}:
        found["own"][stem] += 1
        found["own_said"][stem] += fabricated.spoken(said, stem)
        for talk in talks:
            found["other"][stem] += 1
            found["other_said"][stem] += fabricated.spoken(talk, stem)
    return found


def rates(total: Rates, less: Rates) -> Terms:
    """Smoothed shares, without one note's part; the unseen are as the seldom seen."""
    own = {s: n - less["own"][s] for s, n in total["own"].items()}
    seldom = [s for s, n in own.items() if 0 < n < LEAST]
    said = sum(total["own_said"][s] - less["own_said"][s] for s in seldom)
    base = said / max(1, sum(own[s] for s in seldom))
    away = sum(total["other_said"][s] for s in seldom) / sum(total["other"][s] for s in seldom)
    found = {
        s: (
            round((total["own_said"][s] - less["own_said"][s] + 2 * base) / (n + 2), 3),
            round((total["other_said"][s] - less["other_said"][s] + 2 * away)
                  / (total["other"][s] - less["other"][s] + 2), 3),
        )
        for s, n in own.items()
        if n >= LEAST
    }  # fmt: skip
    bounded = {s: (min(0.98, max(0.02, a)), min(0.98, max(0.02, b))) for s, (a, b) in found.items()}
    usual = {pair for pair, n in total["pairs"].items() if n - less["pairs"][pair] >= OFTEN}
    return Terms("", bounded, (round(base, 3), round(max(0.02, away), 3)), frozenset(usual), ())


def examples(notes: list[tuple[Said, list[Stated]]]) -> Iterator[tuple[Rates, int]]:
    chosen = random.Random(SEED)
    for index, (said, stated) in enumerate(notes):
        others = [talk for at, (talk, _) in enumerate(notes) if at != index]
        yield counted(said, stated, chosen.sample(others, OTHERS)), index


def fit(rows: list[tuple[float, ...]], labels: list[int]) -> list[float]:
    """Logistic regression by Newton steps, with a small ridge."""
    x = np.column_stack([np.ones(len(rows)), np.array(rows)])
    y = np.array(labels, dtype=float)
    w = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.eye(len(w))
        w += np.linalg.solve(hessian, x.T @ (y - p) - w)
    return [round(float(value), 4) for value in w]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    path = parser.parse_args().folder / "aci-bench" / "train.csv"
    notes = read_all(path)
    parts = [part for part, _ in examples(notes)]
    total = {name: sum((part[name] for part in parts), Counter()) for name in parts[0]}
    chosen = random.Random(SEED)
    rows, labels = [], []
    for (said, stated), part in zip(notes, parts, strict=True):
        known = rates(total, part)
        for statement in stated:
            rows.append(fabricated.features(known, said, statement))
            labels.append(0)
            other = chosen.choice([talk for talk, _ in notes if talk is not said])
            rows.append(fabricated.features(known, other, statement))
            labels.append(1)
    empty: Rates = {name: Counter() for name in total}
    known = rates(total, empty)
    data = {
        "made_of": "ACI-Bench train (CC BY 4.0)",
        "digest": hashlib.sha256(path.read_bytes()).hexdigest(),
        "seed": SEED,
        "unseen": known.unseen,
        "weights": fit(rows, labels),
        "phrases": sorted(known.phrases),
        "rates": [[stem, *pair] for stem, pair in sorted(known.rates.items())],
    }
    OUT.write_text(
        json.dumps(data, separators=(",", ":")).replace("],[", "],\n[") + "\n", encoding="utf-8"
    )
    print(f"{len(known.rates)} stems, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
