"""A statement whose words nobody said."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import lru_cache

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each
from attending.lines.documentation.fidelity.signals.terms import Terms, terms

_FEWEST = 2  # words that tell anything, to judge a statement by
_PREFIX = 6  # letters that two forms of one word share
_WINDOW = 40  # words of a talk in which a statement may be said
_SHOWN = 4


class UnsaidStatement:
    """Words that notes take from the talk weigh much, words that notes add weigh little."""

    name: str = "fabricated"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        if stated.title or len(stated.telling) < _FEWEST:
            return None
        known = terms()
        strength = known.probability(features(known, reading.said, stated))
        unsaid = [s for s in sorted(stated.telling) if not spoken(reading.said, s)]
        unsaid.sort(key=lambda stem: -known.telling(stem, said=False))
        words = [w.text for s in unsaid[:_SHOWN] for w in stated.words if w.stem == s]
        listed = ", ".join(dict.fromkeys(words)) or "all of it in one place"
        return Signal(
            self.name, strength, f"Little of this was said: not {listed}.", stated.claim.text
        )


def spoken(said: Said, stem: str) -> bool:
    """Whether a word was said in any form."""
    return stem in said.places or (len(stem) >= _PREFIX and stem[:_PREFIX] in _prefixes(said))


@lru_cache(maxsize=2)
def _prefixes(said: Said) -> frozenset[str]:
    return frozenset(stem[:_PREFIX] for stem in said.places if len(stem) >= _PREFIX)


def features(known: Terms, said: Said, stated: Stated) -> tuple[float, ...]:
    """Log odds of all words, their mean, and what the best window leaves open."""
    stems = sorted(stated.telling)
    odds = [known.telling(stem, spoken(said, stem)) for stem in stems]
    numbers = [
        a for a in stated.amounts if not any(set(a.values) & set(o.values) for o in said.amounts)
    ]
    mean = sum(odds) / max(1, len(odds))
    return (
        sum(odds) / 10,
        mean,
        _open(known, said, stems),
        min(3, len(numbers)) / 3,
        _usual(known, stated),
        1 / len(stems),
    )


def pairs(stated: Stated) -> list[str]:
    """Its neighbouring words, two by two, without those that tell nothing."""
    stems = [word.stem for word in stated.words if word.telling]
    return [f"{one} {other}" for one, other in itertools.pairwise(stems)]


def _usual(known: Terms, stated: Stated) -> float:
    """The share of the statement that many notes hold word for word."""
    found = pairs(stated)
    return sum(pair in known.phrases for pair in found) / len(found) if found else 0.0


def _open(known: Terms, said: Said, stems: Sequence[str]) -> float:
    """The share of the words' weight that the best window of the talk leaves unsaid."""
    weights = {s: max(0.1, known.telling(s, said=False)) for s in stems}
    total = sum(weights.values())
    places = sorted((p, s) for s in stems for p in said.places.get(s, ()))
    best, start, inside = 0.0, 0, dict.fromkeys(stems, 0)
    covered = 0.0
    for place, stem in places:
        covered += 0.0 if inside[stem] else weights[stem]
        inside[stem] += 1
        while places[start][0] < place - _WINDOW:
            gone = places[start][1]
            inside[gone] -= 1
            covered -= 0.0 if inside[gone] else weights[gone]
            start += 1
        best = max(best, covered)
    return 1 - best / total if total else 0.0
