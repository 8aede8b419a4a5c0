"""Which utterances a written statement rests on: those that share its rarest words.

What the model cites is a hint and no proof: a cited turn counts only where words are shared.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from attending.core.evidence import TimeSpan
from attending.core.speech import Role, Transcript, Utterance
from attending.lines.documentation.generative.reading import Written
from attending.lines.documentation.quantities import in_figures

MOST = 4  # utterances that a statement cites
ENOUGH = 2.5  # of shared rarity, for an utterance to be cited
CITED_ENOUGH = 1.2  # the same, where the model cites it
_WORD = re.compile(r"[a-z0-9]+")


class Links:
    """Over one transcript."""

    def __init__(self, transcript: Transcript) -> None:
        self._utterances = transcript.utterances
        self._words = {each.id: _stems(each.text) for each in transcript.utterances}
        known = Counter(word for words in self._words.values() for word in words)
        count = max(1, len(self._words))
        self._rarity = {word: math.log(1 + count / times) for word, times in known.items()}

    def evidence(self, written: Written) -> tuple[Utterance, ...]:
        """In order of time; none where nothing said is near."""
        wanted = _stems(written.text)
        named = {
            self._utterances[turn - 1].id for turn in written.turns if turn <= len(self._utterances)
        }
        chosen: list[Utterance] = []
        while len(chosen) < MOST:
            best = max(self._utterances, key=lambda u: self._near(wanted, u, named), default=None)
            if best is None or self._near(wanted, best, named) <= 0:
                break
            chosen.append(best)
            wanted -= self._words[best.id]
        return tuple(u for u in self._utterances if u in chosen)

    def _near(self, wanted: frozenset[str], utterance: Utterance, named: set[str]) -> float:
        """Above 0 where it is near enough to be cited."""
        shared = sum(self._rarity[word] for word in wanted & self._words[utterance.id])
        return shared - (CITED_ENOUGH if utterance.id in named else ENOUGH)


def span(utterance: Utterance) -> TimeSpan:
    """The whole utterance as evidence."""
    return TimeSpan(utterance.start, utterance.end, "audio", utterance.id, utterance.text)


def speaker(cited: tuple[Utterance, ...]) -> str | None:
    """Whose words a statement rests on: the clinician's, if theirs are among them."""
    roles = [utterance.role for utterance in cited]
    if Role.CLINICIAN in roles:
        return Role.CLINICIAN.value
    return roles[0].value if roles else None


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:6] for word in _WORD.findall(in_figures(text).lower()))
