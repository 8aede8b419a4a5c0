"""Certain in the note and only possible in the talk, or the other way round."""

from __future__ import annotations

from collections.abc import Mapping

from attending.lines.documentation.fidelity.claims import ClaimedNote, Signal
from attending.lines.documentation.fidelity.signals.lexicon import CONDITIONS
from attending.lines.documentation.fidelity.signals.listed import listed
from attending.lines.documentation.fidelity.signals.reading import Reading, Said, Stated, each

_DOUBTS = frozenset(
    listed("""
    possible possibly probable probably likely suspect suspected suspicious may might could maybe
    perhaps concern concerned concerning consistent suggest suggests suggestive rule think thinking
    unlikely appears seems if questionable presumed evaluate whether risk looks look
    """)
)
_NEAR = 7  # words
_MOST = 0.55  # a hint: people hedge what they are sure of


class OtherCertainty:
    name: str = "certainty"

    def signals(self, note: ClaimedNote) -> Mapping[str, Signal]:
        return each(note, self._look)

    def _look(self, reading: Reading, stated: Stated) -> Signal | None:
        said = reading.said
        hedged = any(word.text in _DOUBTS for word in stated.words)
        for word in stated.words:
            places = said.places.get(word.stem, ())
            if word.stem not in CONDITIONS or not places:
                continue
            doubted = sum(_doubted(said, place) for place in places)
            if not hedged and doubted == len(places):
                why = f"“{word.text}” stands as certain; it was spoken of as possible."
                return Signal(
                    self.name, min(_MOST, 0.3 + 0.1 * doubted), why, said.quote(places[0])
                )
            if hedged and not doubted and len(places) > 1:
                why = f"“{word.text}” stands as possible; it was spoken of as certain."
                return Signal(self.name, 0.3, why, said.quote(places[0]))
        return None


def _doubted(said: Said, place: int) -> bool:
    return any(said.words[p].text in _DOUBTS for p in said.near(place, _NEAR) if p < place)
