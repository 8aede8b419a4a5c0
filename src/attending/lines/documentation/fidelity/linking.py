"""Which passages of a conversation a claim may rest on.

A passage is likely for a claim if the claim's words would be written of it: by the words they
share, and by what a learned table says that notes write of such talk ("listen": auscultation).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attending.lines.documentation.fidelity.association import Association, shipped
from attending.lines.documentation.fidelity.claims import Passage, Turn
from attending.lines.documentation.fidelity.pieces import pieces
from attending.lines.documentation.fidelity.terms import terms

LONGEST_PASSAGE = 90  # words
MOST_PIECES = 6
_SHORT_ANSWER = 6  # words, up to which an answer means little without its question
SAME = 0.6  # how likely a word that was said stands in the note as itself, at least
_SMOOTHING = 20.0  # words of talk at large that each passage is taken to hold besides
_RARITY = 0.5  # weight of the rarity of shared words beside the likelihood

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


class Linker:
    """Finds passages of one conversation. Made once for a conversation, asked for each claim."""

    def __init__(self, turns: Sequence[Turn], association: Association | None = None) -> None:
        self._association = association or shipped()
        self._pieces = tuple(piece for turn in turns for piece in pieces(turn))
        said = [terms(piece.text) for piece in self._pieces]
        self._windows = _windows(self._pieces)
        self._passages = _Runs.of(self._windows)
        self._lengths = self._passages.sums(np.asarray([len(each) for each in said], np.float64))
        self._usual = max(1.0, float(self._lengths.mean())) if self._windows else 1.0
        self._said = _counted(said)
        self._known: dict[str, Floats] = {}

    @property
    def heard(self) -> frozenset[str]:
        """Every term of the conversation."""
        return frozenset(self._said)

    def rank(self, claim: str, k: int) -> tuple[Passage, ...]:
        """At most ``k`` passages that share no turn's piece, the closest first."""
        if not self._windows:
            return ()
        scores = self._scores(claim)
        chosen: list[Passage] = []
        taken: set[int] = set()
        # Rounded, so that of equals the first is taken, whatever the sums left in the last place.
        for row in np.argsort(-scores.round(9), kind="stable"):
            begin, end = self._windows[row]
            if taken.isdisjoint(range(begin, end)):
                begin, end = self._answered(begin, end, taken)
                taken.update(range(begin, end))
                chosen.append(Passage(self._pieces[begin:end], float(scores[row])))
            if len(chosen) >= k:
                break
        return tuple(chosen)

    def _answered(self, begin: int, end: int, taken: set[int]) -> tuple[int, int]:
        """With the question of a short answer, and the answer to a question."""
        first, last = self._pieces[begin], self._pieces[end - 1]
        if begin and begin - 1 not in taken and _short(first) and not _asks(first):
            begin -= 1
        if end < len(self._pieces) and end not in taken and _asks(last):
            end += 1
        return begin, end

    def explained(self, term: str) -> float:
        """How well any word of the whole talk accounts for a term of a note; 0..1."""
        return max(self._weights(term).values(), default=0.0)

    def rarity(self, term: str) -> float:
        """How rare the term is in notes at large: about 3 for a common word, 11 for one unseen."""
        return -math.log(self._association.background(term))

    def _scores(self, claim: str) -> Floats:
        total = np.zeros(len(self._windows))
        for term in terms(claim):
            if term not in self._known:
                self._known[term] = self._score(term)
            total += self._known[term]
        return total

    def _score(self, term: str) -> Floats:
        """Log-likelihood of the term by each passage against talk at large, and its rarity."""
        weights = self._weights(term)
        if not weights:
            return np.zeros(len(self._windows))
        share = self._association.background(term)
        mass = self._passages.sums(self._mass(weights))
        likely = np.log((mass + _SMOOTHING * share) / ((self._lengths + _SMOOTHING) * share))
        return np.asarray(likely + _RARITY * self._shared(term))

    def _mass(self, weights: Mapping[str, float]) -> Floats:
        """By piece, how many words of it are written as the term whose weights these are."""
        mass = np.zeros(len(self._pieces))
        for said, weight in weights.items():
            places, counts = self._said[said]
            mass[places] += counts * weight
        return mass

    def _shared(self, term: str) -> Floats:
        if term not in self._said:
            return np.zeros(len(self._windows))
        places, _ = self._said[term]
        counts = self._passages.sums(self._mass({term: 1.0}))
        norm = 0.25 + 0.25 * self._lengths / self._usual
        return np.asarray(counts / (counts + norm) * math.log(1 + len(self._pieces) / len(places)))

    def _weights(self, term: str) -> dict[str, float]:
        """How likely each word that was said is written as this term."""
        sources = self._association.sources(term).items()
        weights = {said: share for said, share in sources if said in self._said}
        if term in self._said:
            weights[term] = max(SAME, weights.get(term, 0.0))
        return weights


@dataclass(frozen=True)
class _Runs:
    """Runs of pieces: from ``begins`` up to ``ends``."""

    begins: Places
    ends: Places

    @classmethod
    def of(cls, windows: Sequence[tuple[int, int]]) -> _Runs:
        both = np.asarray(windows, np.intp).reshape(-1, 2)
        return cls(both[:, 0], both[:, 1])

    def sums(self, values: Floats) -> Floats:
        """Of what each piece holds, by run."""
        summed = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(summed[self.ends] - summed[self.begins])


def _counted(said: Sequence[tuple[str, ...]]) -> dict[str, tuple[Places, Floats]]:
    """By term the pieces that hold it, and how often each does."""
    held: dict[str, list[tuple[int, int]]] = {}
    for place, each in enumerate(said):
        for term, times in Counter(each).items():
            held.setdefault(term, []).append((place, times))
    return {
        term: (np.asarray([p for p, _ in at], np.intp), np.asarray([n for _, n in at], np.float64))
        for term, at in held.items()
    }


def _short(piece: Turn) -> bool:
    return len(piece.text.split()) <= _SHORT_ANSWER


def _asks(piece: Turn) -> bool:
    return piece.text.rstrip().endswith("?")


def _windows(pieces: Sequence[Turn]) -> list[tuple[int, int]]:
    """Runs of neighbouring pieces (begin, end), so that an answer stands with its question."""
    lengths = [len(piece.text.split()) for piece in pieces]
    return [
        (begin, end)
        for begin in range(len(pieces))
        for end in range(begin + 1, min(begin + MOST_PIECES, len(pieces)) + 1)
        if end == begin + 1 or sum(lengths[begin:end]) <= LONGEST_PASSAGE
    ]
