"""Learns the table of what notes write of talk: IBM's model 1, by expectation maximisation.

Pairs are a note's words beside the talk that they rest on: whole exchanges of MTS-Dialog, and
sentences of ACI-Bench beside the passages that an earlier table links them to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attending.lines.documentation.fidelity.association import Association
from attending.lines.documentation.fidelity.fitting.corpus import Visit
from attending.lines.documentation.fidelity.linking import Linker
from attending.lines.documentation.fidelity.terms import terms

ROUNDS = 6
LEAST = 0.02  # a share below it is noise
RARE = 3  # words of talk that fewer pairs hold become nothing: mostly names of people
_LINKED = 2  # passages beside a sentence
_NULL = ""  # what stands in a note for no word of the talk

Words = tuple[str, ...]


@dataclass(frozen=True)
class Parallel:
    noted: Words
    said: Words


def learn(exchanges: Sequence[Visit], visits: Sequence[Visit], passes: int = 2) -> Association:
    """From short exchanges taken whole, and from visits linked anew in each pass."""
    short = [pair for visit in exchanges if (pair := _whole(visit)).noted and pair.said]
    table = fit(short)
    for _ in range(passes):
        table = fit([*short, *(pair for visit in visits for pair in _linked(visit, table))])
    return table


def _whole(visit: Visit) -> Parallel:
    noted = tuple(term for _, text in visit.note for term in terms(text))
    return Parallel(noted, tuple(term for turn in visit.turns for term in terms(turn.text)))


def _linked(visit: Visit, table: Association) -> Iterator[Parallel]:
    linker = Linker(visit.turns, table)
    for _, text in visit.note:
        passages = linker.rank(text, _LINKED)
        said = tuple(term for passage in passages for term in terms(passage.text))
        if (noted := terms(text)) and said:
            yield Parallel(noted, said)


def fit(pairs: Sequence[Parallel]) -> Association:
    """Deterministic."""
    cells = _Cells(pairs)
    share = np.full(cells.kinds, 1.0)
    for _ in range(ROUNDS):
        share = cells.round(share)
    counted = Counter(term for pair in pairs for term in pair.noted)
    total = counted.total()
    held = Counter(word for pair in pairs for word in set(pair.said))
    written: dict[str, dict[str, float]] = {}
    for index in np.flatnonzero(share >= LEAST):
        said, noted = cells.kind(int(index))
        if said != _NULL and held[said] >= RARE:
            written.setdefault(said, {})[noted] = round(float(share[index]), 3)
    shares = {term: float(f"{n / total:.3g}") for term, n in counted.items() if n > 1}
    return Association(written, shares)


class _Cells:
    """Every word of a note beside every word of its talk; kinds are the distinct couples."""

    def __init__(self, pairs: Sequence[Parallel]) -> None:
        self._noted = sorted({term for pair in pairs for term in pair.noted})
        self._said = [_NULL, *sorted({term for pair in pairs for term in pair.said})]
        keys, times, groups = self._laid_out(pairs)
        self._times, self._groups = times, groups
        self._kinds, self._kind_of = np.unique(keys, return_inverse=True)
        self._source = self._kinds % len(self._said)

    @property
    def kinds(self) -> int:
        return len(self._kinds)

    def kind(self, index: int) -> tuple[str, str]:
        """(said, noted)"""
        noted, said = divmod(int(self._kinds[index]), len(self._said))
        return self._said[said], self._noted[noted]

    def round(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Each noted word is shared out among the talk beside it; then counted anew."""
        due = share[self._kind_of] * self._times
        due /= np.bincount(self._groups, due)[self._groups]
        counts = np.bincount(self._kind_of, due, minlength=self.kinds)
        # One more of each source, so that a word that was said once proves little.
        return np.asarray(counts / (np.bincount(self._source, counts)[self._source] + 1.0))

    def _laid_out(
        self, pairs: Sequence[Parallel]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        noted_at = {term: i for i, term in enumerate(self._noted)}
        said_at = {term: i for i, term in enumerate(self._said)}
        keys, times, groups = [], [], []
        group = 0
        for pair in pairs:
            counted = Counter(pair.said)
            columns = np.asarray([0, *(said_at[term] for term in counted)], np.int64)
            weight = np.asarray([1, *counted.values()], np.float64)
            for term in pair.noted:
                keys.append(noted_at[term] * len(self._said) + columns)
                times.append(weight)
                groups.append(np.full(len(columns), group))
                group += 1
        return np.concatenate(keys), np.concatenate(times), np.concatenate(groups)
