"""Which section of a note a stretch of conversation belongs to, by its words.

A multinomial naive Bayes model over the words of MTS-Dialog's training part (Ben Abacha et al.
2023, CC BY 4.0): the shipped file holds counts of words by section, and nothing else of it.
``python -m attending.lines.documentation.headers TRAINING.csv`` makes that file anew.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

SHIPPED = Path(__file__).with_name("headers.json")
SMOOTHING = 0.05  # chosen on MTS-Dialog's validation part
RAREST = 2  # dialogues that a word has to stand in
_WORD = re.compile(r"[a-z][a-z']+")


@dataclass(frozen=True)
class HeaderModel:
    """dialogues: how many of each section. words: of each word, by section, in how many."""

    dialogues: Mapping[str, int]
    words: Mapping[str, Mapping[str, int]]
    trained_on: str = ""

    @cached_property
    def sections(self) -> tuple[str, ...]:
        return tuple(sorted(self.dialogues))

    def section(self, dialogue: str) -> str:
        """The likeliest section; the most frequent one if no word is known."""
        known = [self._place[word] for word in words_of(dialogue) if word in self._place]
        scores = self._prior + self._weights[known].sum(axis=0)
        return self.sections[int(scores.argmax())]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.words)}

    @cached_property
    def _prior(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        counts = np.array([self.dialogues[section] for section in self.sections], dtype=np.float64)
        shares: np.ndarray[tuple[int], np.dtype[np.float64]] = np.log(counts / counts.sum())
        return shares

    @cached_property
    def _weights(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        counts = np.full((len(self.words), len(self.sections)), SMOOTHING)
        for row, held in enumerate(self.words.values()):
            for section, count in held.items():
                counts[row, self.sections.index(section)] += count
        logs: np.ndarray[tuple[int, int], np.dtype[np.float64]] = np.log(
            counts / counts.sum(axis=0)
        )
        return logs


def words_of(dialogue: str) -> frozenset[str]:
    """The words of a dialogue, each once, without the speakers' names."""
    said = re.sub(r"(?m)^\s*[A-Za-z_]+\d*\s*:", " ", dialogue)
    return frozenset(_WORD.findall(said.lower()))


def fitted(examples: Iterable[tuple[str, str]], trained_on: str = "") -> HeaderModel:
    """The model of examples (section, dialogue)."""
    told = [(section, words_of(dialogue)) for section, dialogue in examples]
    frequent = Counter(word for _, words in told for word in words)
    kept = sorted(word for word, count in frequent.items() if count >= RAREST)
    by_word = {word: Counter[str]() for word in kept}
    for section, words in told:
        for word in words & by_word.keys():
            by_word[word][section] += 1
    return HeaderModel(Counter(section for section, _ in told), by_word, trained_on)


@cache
def shipped() -> HeaderModel:
    """The model of the shipped file."""
    held = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return HeaderModel(held["dialogues"], held["words"], held["trained_on"])


def write(model: HeaderModel, path: Path = SHIPPED) -> None:
    """Keep a model, the same bytes for the same counts."""
    document = {
        "about": "Counts of words by section, of MTS-Dialog's training part (CC BY 4.0).",
        "trained_on": model.trained_on,
        "dialogues": dict(sorted(model.dialogues.items())),
        "words": {word: dict(sorted(held.items())) for word, held in model.words.items()},
    }
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


def _main(training: Path) -> None:
    from attending.assurance.digests import file_digest  # noqa: PLC0415 - only here

    with training.open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["section_header"], row["dialogue"]) for row in csv.DictReader(file)]
    write(fitted(rows, file_digest(training)))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
