"""Examination, assessment or plan in words that only the patient said."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from attending.core.speech import Role
from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each
from attending.lines.documentation.soap import CLINICIAN_ONLY

_FEWEST = 3  # words that were said, to tell by whom
_LEAST = 0.25  # of their weight, that the clinician must have said, too


class OnlyThePatient:
    """Looks at sections that only a clinician can ground; silent where speakers are unknown."""

    name: str = "speaker"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        said = reading.said
        if stated.claim.section not in CLINICIAN_ONLY or not {Role.CLINICIAN, Role.PATIENT} <= set(
            said.roles
        ):
            return None
        known = [stem for stem in stated.telling if stem in said.places]
        if len(known) < _FEWEST:
            return None
        total = sum(said.weight(stem) for stem in known)
        own = sum(said.weight(stem) for stem in known if stem in _clinicians(said))
        if own / total >= _LEAST:
            return None
        why = "Only the patient said these words; they cannot ground it."
        return Signal(self.name, 0.9 - own / total, why, said.quote(said.places[known[0]][0]))


@lru_cache(maxsize=2)
def _clinicians(said: Said) -> frozenset[str]:
    """The stems of what anybody but the patient said."""
    pairs = zip(said.words, said.turn_of, strict=True)
    return frozenset(word.stem for word, turn in pairs if said.roles[turn] is not Role.PATIENT)
