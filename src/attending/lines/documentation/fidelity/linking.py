"""Which passages of a conversation a claim may rest on.

A passage is likely for a claim if the claim's words would be written of it: by the words they
share, and by what a learned table says that notes write of such talk ("listen": auscultation).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

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

Floats = NDArray[np.float32]


class Linker:
    """Finds passages of one conversation. Made once for a conversation, asked for each claim."""

    def __init__(self, turns: Sequence[Turn], association: Association | None = None) -> None:
        self._association = association or shipped()
        self._pieces = tuple(piece for turn in turns for piece in pieces(turn))
        said = [terms(piece.text) for piece in self._pieces]
        self._columns = {term: i for i, term in enumerate(sorted({t for s in said for t in s}))}
        self._windows = _windows(self._pieces)
        self._counts = self._counted(said)
        self._lengths = self._counts.sum(axis=1)
        self._rarity = self._rarities(said)
        self._known: dict[str, Floats] = {}

    @property
    def heard(self) -> frozenset[str]:
        """Every term of the conversation."""
        return frozenset(self._columns)

    def rank(self, claim: str, k: int) -> tuple[Passage, ...]:
        """At most ``k`` passages that share no turn's piece, the closest first."""
        if not self._windows:
            return ()
        scores = self._scores(claim)
        chosen: list[Passage] = []
        taken: set[int] = set()
        for row in np.argsort(-scores, kind="stable"):
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
        return float(self._weights(term).max(initial=0.0))

    def rarity(self, term: str) -> float:
        """How rare the term is in notes at large: about 3 for a common word, 11 for one unseen."""
        return -math.log(self._association.background(term))

    def _scores(self, claim: str) -> Floats:
        total = np.zeros(len(self._windows), np.float32)
        for term in terms(claim):
            if term not in self._known:
                self._known[term] = self._score(term)
            total += self._known[term]
        return total

    def _score(self, term: str) -> Floats:
        """Log-likelihood of the term by each passage against talk at large, and its rarity."""
        weights = self._weights(term)
        columns = np.flatnonzero(weights)
        if not len(columns):
            return np.zeros(len(self._windows), np.float32)
        share = self._association.background(term)
        mass = self._counts[:, columns] @ weights[columns]
        likely = np.log(
            (mass + _SMOOTHING * share) / ((self._lengths + _SMOOTHING) * share), dtype=np.float32
        )
        return np.asarray(likely + _RARITY * self._shared(term), np.float32)

    def _shared(self, term: str) -> Floats:
        column = self._columns.get(term)
        if column is None:
            return np.zeros(len(self._windows), np.float32)
        counts = self._counts[:, column]
        norm = 0.25 + 0.25 * self._lengths / max(1.0, float(self._lengths.mean()))
        return np.asarray(counts / (counts + norm) * self._rarity[column], np.float32)

    def _weights(self, term: str) -> Floats:
        """How likely each word of the talk is written as this term."""
        weights = np.zeros(len(self._columns), np.float32)
        for said, share in self._association.sources(term).items():
            if said in self._columns:
                weights[self._columns[said]] = share
        if term in self._columns:
            own = self._columns[term]
            weights[own] = max(SAME, float(weights[own]))
        return weights

    def _counted(self, said: list[tuple[str, ...]]) -> Floats:
        counts = np.zeros((len(self._pieces) + 1, len(self._columns)), np.float32)
        for row, each in enumerate(said, 1):
            for term, n in Counter(each).items():
                counts[row, self._columns[term]] = n
        summed = np.cumsum(counts, axis=0)
        begins = [begin for begin, _ in self._windows]
        ends = [end for _, end in self._windows]
        return np.asarray(summed[ends] - summed[begins], np.float32)

    def _rarities(self, said: list[tuple[str, ...]]) -> Floats:
        holding = Counter(term for each in said for term in set(each))
        return np.asarray(
            [np.log(1 + len(said) / holding[term]) for term in self._columns], np.float32
        )


def _short(piece: Turn) -> bool:
    return len(piece.text.split()) <= _SHORT_ANSWER


def _asks(piece: Turn) -> bool:
    return piece.text.rstrip().endswith("?")


def rank(claim: str, turns: Sequence[Turn], k: int) -> tuple[Passage, ...]:
    """The ``k`` passages, or fewer, that the claim rests on most likely; the closest first.

    For many claims of one conversation make a ``Linker`` once.
    """
    return Linker(turns).rank(claim, k)


def _windows(pieces: Sequence[Turn]) -> list[tuple[int, int]]:
    """Runs of neighbouring pieces (begin, end), so that an answer stands with its question."""
    lengths = [len(piece.text.split()) for piece in pieces]
    return [
        (begin, end)
        for begin in range(len(pieces))
        for end in range(begin + 1, min(begin + MOST_PIECES, len(pieces)) + 1)
        if end == begin + 1 or sum(lengths[begin:end]) <= LONGEST_PASSAGE
    ]
